"""The contracts as one organisation deploys them: the transactions of `execute`, with this deployment's stewards.

Whoever came first could found the registry with stewards of its choice; therefore an endorser founds it only with the
stewards that its operator wrote down, and with none written down it founds nothing.
"""

from collections.abc import Callable
from typing import Final

from chaincode.dispatch import execute
from provenance.domain import canonical, codec
from provenance.domain.acts import ACTS
from provenance.domain.acts.registry import Found
from provenance.domain.contract import Stub
from provenance.domain.deflate import inflated
from provenance.domain.errors import Malformed, Refused

TRANSACTIONS: Final = frozenset(name.encode() for name in (*ACTS, "custody:append", "registry:get"))
"""Everything that can be called."""

_ARGUMENTS: Final = 2


def deployed(stewards: frozenset[str]) -> Callable[[Stub, tuple[bytes, ...]], bytes]:
    """Return the contracts: called with a transaction's name and arguments, they return its result.

    Raises `DomainError`: what `execute` raises, `contract.arguments`, `contract.deflated`, `registry.other_stewards`.
    """

    def run(stub: Stub, called: tuple[bytes, ...]) -> bytes:
        name, arguments = _call(called)
        if name == "registry:found":
            _require_stewards(arguments, stewards)
        return execute(stub, name, arguments)

    return run


def _call(called: tuple[bytes, ...]) -> tuple[str, bytes]:
    if len(called) != _ARGUMENTS:
        raise Malformed("contract.arguments", "a call has two arguments: the transaction's name and a JSON object")
    try:
        return called[0].decode(), inflated(called[1])
    except UnicodeDecodeError:
        raise Malformed("contract.arguments", "a transaction's name is UTF-8") from None


def _require_stewards(arguments: bytes, stewards: frozenset[str]) -> None:
    named = codec.decode(Found, canonical.parse(arguments)).stewards
    if not stewards:
        raise Refused("registry.no_stewards", "this endorser was not told the stewards of the deployment")
    if frozenset(named) != stewards:
        raise Refused("registry.other_stewards", "the deployment of this endorser names other stewards")
