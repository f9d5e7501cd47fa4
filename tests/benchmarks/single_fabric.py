"""How long one act of authority takes on Fabric, one at a time: from its submission by a client to committed.

Two of three organisations endorse each.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from provenance.contracts import Contracts
from provenance.domain.gs1.keys import CANONICAL_STEM, check_digit
from provenance.domain.records import PlaceKind, Role
from provenance.ledger.fabric import FabricLedger, load
from provenance.ledger.fabric.wallet import opened
from tests.benchmarks.fabric_stage import costs, line, stage

_PREFIX = "9521234"


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield the latencies of acts and what they cost."""
    acts = 300 if full else 60
    with stage() as staged:
        if staged is None:
            return
        profile = load(staged.network.profile("Steward"))
        assert profile.certificate is not None
        assert profile.key is not None
        signer = opened(profile.organisation, profile.certificate, profile.key)
        with closing(FabricLedger(profile, signer)) as ledger:
            contracts = Contracts(ledger, signer)
            contracts.enrol(organisation="Steward", name="Steward", roles=[Role.STEWARD], prefixes=[_PREFIX])
            for number in range(5):
                _act(contracts, number)
            before = staged.cpu()
            spans = sorted(_act(contracts, number) for number in range(5, 5 + acts))
            after = staged.cpu()
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        yield line(f"single-fabric.{name}", 1000 * spans[int(len(spans) * share)], "ms")
    yield from costs("single-fabric", before, after, acts)


def _act(contracts: Contracts, number: int) -> float:
    digits = f"{_PREFIX}{number:05d}"
    place = f"{CANONICAL_STEM}/414/{digits}{check_digit(digits)}"
    began = time.monotonic()
    contracts.register_place(place=place, name=f"Place {number}", place_kind=PlaceKind.WAREHOUSE, country="NL")
    return time.monotonic() - began
