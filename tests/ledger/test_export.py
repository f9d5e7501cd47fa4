"""Exported blocks carry all that is needed to check them without the ledger."""

import tracemalloc
from base64 import b64decode
from collections.abc import Callable, Iterator

import orjson
import pytest
from ledger_contract import ask
from ledger_scene import Opening

from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.embedded.chain import Configuration, Header, data_hash
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal, committed, endorsed, sha256
from provenance.ledger.embedded.export import lines
from provenance.ledger.embedded.membership import Membership
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Validity


def octets(raw: dict[str, str], *names: str) -> list[bytes]:
    return [b64decode(raw[name]) for name in names]


def test_every_line_can_be_checked_without_the_ledger(opening: Opening) -> None:
    ledger, acme = opening()
    other = InsecureWallet(opening.folder / "keys").add("Other")
    for signer in (acme, other, acme):
        ledger.submit(ask("increment", key="n"), signer)
    exported = [orjson.loads(line) for line in lines(ledger)]
    blocks = list(ledger.blocks(0))
    ledger.close()

    configuration = Configuration.decode(b64decode(exported[0]["configuration"]))
    membership, identities, previous = Membership(configuration), dict[bytes, Identity](), b""
    for raw, block in zip(exported, blocks, strict=True):
        header = Header(raw["number"], *octets(raw, "previous_hash", "data_hash"))
        assert (header.previous, header.hash()) == (previous, block.hash)
        assert membership.signed_by_ledger(b64decode(raw["signature"]), header.hash())
        for entry in raw["identities"]:
            identity = Identity(entry["organisation"], b64decode(entry["certificate"]))
            identities[identity.digest()] = identity
        digests = [check(entry, membership, identities) for entry in raw["transactions"]]
        assert header.data == (data_hash(digests) if digests else sha256(configuration.encode()))
        previous = block.hash
    assert [len(raw["identities"]) for raw in exported] == [0, 1, 1, 0]


def check(raw: dict[str, str], membership: Membership, identities: dict[bytes, Identity]) -> bytes:
    proposal = Proposal.decode(b64decode(raw["proposal"]))
    identity = identities[proposal.creator]
    envelope = Envelope(identity, *octets(raw, "proposal", "arguments", "signature", "response", "endorsement"))
    assert proposal.arguments == sha256(envelope.arguments)
    membership.require_signed(identity, envelope.signature, sha256(envelope.proposal), at=proposal.time)
    assert membership.signed_by_ledger(envelope.endorsement, endorsed(envelope.proposal, envelope.response))
    return committed(envelope, Validity(raw["validity"]))


def test_it_can_begin_anywhere(opening: Opening) -> None:
    ledger, acme = opening()
    for _ in range(3):
        ledger.submit(ask("increment", key="n"), acme)
    later = [orjson.loads(line) for line in lines(ledger, start=2)]
    ledger.close()
    assert [raw["number"] for raw in later] == [2, 3]
    assert [entry["organisation"] for entry in later[0]["identities"]] == ["Acme"]


@pytest.mark.parametrize("reading", [lines, lambda ledger: ledger.blocks(0)])
def test_reading_needs_the_memory_of_a_block_not_of_the_ledger(
    opening: Opening, reading: Callable[[EmbeddedLedger], Iterator[object]]
) -> None:
    ledger, acme = opening()
    peaks = []
    for height in (6, 36):
        while ledger.height() < height:
            ledger.submit(ask("store", body="x" * 400_000), acme)
        tracemalloc.start()
        assert sum(1 for _ in reading(ledger)) == height
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    ledger.close()
    assert peaks[1] < 1.2 * peaks[0]
