"""How long a company prefix is: what the registry says, else what GS1 says of its ranges (`biip`'s table)."""

from functools import lru_cache

from biip import ParseError
from biip.gs1_prefixes import GS1CompanyPrefix

from provenance.domain.epcis.format import PrefixLength
from provenance.domain.gs1.urn import PREFIX_LENGTHS
from provenance.domain.records.registry import Prefix
from provenance.domain.world import World


def lengths(world: World) -> PrefixLength:
    """Return what tells the length of the company prefix that a key begins with; a registered one counts first."""

    def length(key: str) -> int | None:
        for size in reversed(PREFIX_LENGTHS):
            if world.get(Prefix, key[:size]) is not None:
                return size
        return _by_range(key[: PREFIX_LENGTHS[-1]])

    return length


@lru_cache(maxsize=1 << 14)
def _by_range(digits: str) -> int | None:
    try:
        found = GS1CompanyPrefix.extract(digits)
    except ParseError:
        return None
    return None if found is None else len(found.value)
