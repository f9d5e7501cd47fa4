"""What every implementation of `ledger.port.Ledger` must do; an adapter's test module subclasses `PortSuite`.

The adapter provides the fixture `opening`: a picklable callable that returns another open client of the same ledger,
which runs `ledger_contract.execute`, and a signer; and the fixtures `ledger` and `signer` made by calling it. The
ledger may have been used before: every test keeps to keys of its own.
"""

import itertools
import json
import multiprocessing
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from ledger_contract import ask

from provenance.ledger.port import (
    Block,
    Committed,
    Conflict,
    Failed,
    Ledger,
    Receipt,
    Rejected,
    Signed,
    Signer,
    Transaction,
    Validity,
)

Opening = Callable[[], tuple[Ledger, Signer]]


class SubmissionLostError(Exception):
    """Stands for the process dying between signing and submitting."""


def value(ledger: Ledger, signer: Signer, key: str) -> bytes:
    return ledger.evaluate(ask("get", key=key), signer)


def committed(ledger: Ledger, receipt: Receipt) -> Committed:
    """Return the transaction in the block that its receipt names."""
    (entry,) = [
        each for each in next(iter(ledger.blocks(receipt.block))).transactions if each.id == receipt.transaction_id
    ]
    return entry


def signed_only(ledger: Ledger, signer: Signer, transaction: Transaction) -> Signed:
    """Have a transaction signed and lose it before it is submitted."""
    kept: list[Signed] = []

    def keep(signed: Signed) -> None:
        kept.append(signed)
        raise SubmissionLostError

    with pytest.raises(SubmissionLostError):
        ledger.submit(transaction, signer, keep)
    return kept[0]


def insist(ledger: Ledger, signer: Signer, transaction: Transaction) -> Receipt:
    """Submit until no other transaction comes between."""
    while True:
        try:
            return ledger.submit(transaction, signer)
        except Conflict:
            continue


def work(opening: Opening, key: str, count: int) -> list[str]:
    """Increment a shared counter from a process of its own and return the acknowledged ids."""
    ledger, signer = opening()
    try:
        return [insist(ledger, signer, ask("increment", key=key)).transaction_id for _ in range(count)]
    finally:
        ledger.close()


def recorded(ledger: Ledger, start: int) -> list[tuple[str, Validity]]:
    return [(entry.id, entry.validity) for block in ledger.blocks(start) for entry in block.transactions]


def valid(ledger: Ledger, start: int) -> list[str]:
    return sorted(id_ for id_, validity in recorded(ledger, start) if validity is Validity.VALID)


class PortSuite:
    @pytest.fixture
    def key(self) -> str:
        return f"key-{uuid.uuid4()}"

    def test_a_submitted_transaction_is_in_the_block_of_its_receipt(
        self, ledger: Ledger, signer: Signer, key: str
    ) -> None:
        asked = ask("put", key=key, value="1")
        receipt = ledger.submit(asked, signer)
        entry = committed(ledger, receipt)
        assert (entry.id, entry.name, entry.arguments) == (receipt.transaction_id, asked.name, asked.arguments)
        assert (entry.creator, entry.certificate) == (signer.organisation, signer.certificate)
        assert [(write.key, write.value) for write in entry.writes] == [(key, b"1")]
        assert entry.validity is Validity.VALID
        assert receipt.result == b"put"
        assert value(ledger, signer, key) == b"1"

    def test_the_contract_sees_who_asks_and_when(self, ledger: Ledger, signer: Signer) -> None:
        receipt = ledger.submit(ask("describe"), signer)
        creator, transaction_id, time, direct = json.loads(receipt.result)
        entry = committed(ledger, receipt)
        assert (creator, transaction_id, direct) == (signer.organisation, receipt.transaction_id, True)
        assert datetime.fromisoformat(time) == entry.time
        assert abs(datetime.now(UTC) - entry.time) < timedelta(minutes=1)

    def test_a_refusal_has_the_contracts_code_and_writes_nothing(
        self, ledger: Ledger, signer: Signer, key: str
    ) -> None:
        height, signed = ledger.height(), []
        with pytest.raises(Rejected) as refusal:
            ledger.submit(ask("refuse", key=key), signer, signed.append)
        assert (refusal.value.code, refusal.value.detail) == ("test.refused", "this is always refused")
        assert (ledger.height(), signed, value(ledger, signer, key)) == (height, [], b"")

    def test_a_contract_that_breaks_fails_and_writes_nothing(self, ledger: Ledger, signer: Signer, key: str) -> None:
        height = ledger.height()
        with pytest.raises(Failed):
            ledger.submit(ask("break_down", key=key), signer)
        assert (ledger.height(), value(ledger, signer, key)) == (height, b"")

    def test_nothing_empty_is_written(self, ledger: Ledger, signer: Signer, key: str) -> None:
        height = ledger.height()
        for name, content in ((key, ""), ("", "1")):
            with pytest.raises(Failed):
                ledger.submit(ask("put", key=name, value=content), signer)
        assert ledger.height() == height

    def test_a_transaction_does_not_read_its_own_writes(self, ledger: Ledger, signer: Signer, key: str) -> None:
        assert ledger.submit(ask("put_and_get", key=key, value="1"), signer).result == b"nothing"
        assert ledger.submit(ask("put_and_get", key=key, value="2"), signer).result == b"1"

    def test_evaluating_writes_nothing(self, ledger: Ledger, signer: Signer, key: str) -> None:
        height = ledger.height()
        assert ledger.evaluate(ask("increment", key=key), signer) == b"1"
        assert ledger.evaluate(ask("increment", key=key), signer) == b"1"
        assert ledger.height() == height

    def test_a_query_can_be_refused(self, ledger: Ledger, signer: Signer) -> None:
        with pytest.raises(Rejected) as refusal:
            ledger.evaluate(ask("nothing_of_this_name"), signer)
        assert refusal.value.code == "test.unknown"

    def test_of_two_that_read_the_same_the_first_in_order_wins(self, ledger: Ledger, signer: Signer, key: str) -> None:
        ledger.submit(ask("put", key=key, value="5"), signer)
        late, winner = signed_only(ledger, signer, ask("increment", key=key)), ask("increment", key=key)
        receipt = ledger.submit(winner, signer)
        with pytest.raises(Conflict) as lost:
            ledger.resubmit(late.envelope)
        assert lost.value.transaction_id == late.id
        assert value(ledger, signer, key) == b"6"
        assert dict(recorded(ledger, 0))[late.id] is Validity.CONFLICT
        assert (ledger.find(late.id), ledger.find(receipt.transaction_id)) == (None, receipt)

    def test_of_two_that_found_nothing_the_first_in_order_wins(self, ledger: Ledger, signer: Signer, key: str) -> None:
        def overtake(_: Signed) -> None:
            ledger.submit(ask("increment", key=key), signer)

        with pytest.raises(Conflict):
            ledger.submit(ask("increment", key=key), signer, overtake)
        assert value(ledger, signer, key) == b"1"

    def test_writing_without_reading_never_conflicts(self, ledger: Ledger, signer: Signer, key: str) -> None:
        late = signed_only(ledger, signer, ask("put", key=key, value="late"))
        ledger.submit(ask("put", key=key, value="early"), signer)
        ledger.resubmit(late.envelope)
        assert value(ledger, signer, key) == b"late"

    def test_the_last_transaction_decides_and_blocks_keep_all(self, ledger: Ledger, signer: Signer, key: str) -> None:
        first = ledger.submit(ask("put", key=key, value="1"), signer)
        second = ledger.submit(ask("put", key=key, value="2"), signer)
        assert first.transaction_id != second.transaction_id
        written = {
            entry.id: [write.value for write in entry.writes]
            for block in ledger.blocks(first.block)
            for entry in block.transactions
        }
        assert written == {first.transaction_id: [b"1"], second.transaction_id: [b"2"]}

    def test_a_transaction_is_signed_before_it_is_submitted(self, ledger: Ledger, signer: Signer, key: str) -> None:
        signed: list[tuple[str, Receipt | None]] = []
        receipt = ledger.submit(
            ask("put", key=key, value="1"), signer, lambda kept: signed.append((kept.id, ledger.find(kept.id)))
        )
        assert signed == [(receipt.transaction_id, None)]

    def test_what_was_signed_and_lost_can_be_submitted_later_and_counts_once(
        self, ledger: Ledger, signer: Signer, key: str
    ) -> None:
        lost = signed_only(ledger, signer, ask("increment", key=key))
        assert (ledger.find(lost.id), value(ledger, signer, key)) == (None, b"")
        receipt = ledger.resubmit(lost.envelope)
        assert (receipt.transaction_id, receipt.result) == (lost.id, b"1")
        assert ledger.resubmit(lost.envelope) == receipt == ledger.find(lost.id)
        assert value(ledger, signer, key) == b"1"
        assert Counter(id_ for id_, _ in recorded(ledger, 0))[lost.id] == 1

    def test_a_loser_stays_a_loser(self, ledger: Ledger, signer: Signer, key: str) -> None:
        late = signed_only(ledger, signer, ask("increment", key=key))
        ledger.submit(ask("increment", key=key), signer)
        for _ in range(2):
            with pytest.raises(Conflict):
                ledger.resubmit(late.envelope)
        assert Counter(id_ for id_, _ in recorded(ledger, 0))[late.id] == 1

    def test_an_envelope_that_was_changed_is_not_taken(self, ledger: Ledger, signer: Signer, key: str) -> None:
        envelope = signed_only(ledger, signer, ask("put", key=key, value="1")).envelope
        forged = envelope.replace(b'"value": "1"', b'"value": "9"')
        assert forged != envelope
        for broken in (forged, envelope[:-1], envelope + b"x", b"", b"not an envelope"):
            with pytest.raises(Failed):
                ledger.resubmit(broken)
        assert value(ledger, signer, key) == b""

    def test_finding_what_was_never_there(self, ledger: Ledger) -> None:
        assert ledger.find("0" * 64) is None

    def test_blocks_are_chained_from_the_first(self, ledger: Ledger, signer: Signer, key: str) -> None:
        for number in range(3):
            ledger.submit(ask("put", key=f"{key}-{number}", value="1"), signer)
        blocks: list[Block] = list(ledger.blocks(0))
        assert [block.number for block in blocks] == list(range(ledger.height()))
        assert blocks[0].previous_hash == b""
        assert blocks[0].hash.hex() == ledger.id
        assert all(after.previous_hash == before.hash for before, after in itertools.pairwise(blocks))
        assert list(ledger.blocks(2)) == blocks[2:]
        assert list(ledger.blocks(ledger.height())) == []

    def test_large_arguments_come_back_as_they_were(self, ledger: Ledger, signer: Signer) -> None:
        asked = ask("store", body="x" * 1_048_000)
        receipt = ledger.submit(asked, signer)
        assert committed(ledger, receipt).arguments == asked.arguments

    def test_threads_that_count_together_lose_no_count(self, ledger: Ledger, signer: Signer, key: str) -> None:
        start, receipts = ledger.height(), list[Receipt]()

        def count() -> None:
            receipts.extend(insist(ledger, signer, ask("increment", key=key)) for _ in range(8))

        threads = [threading.Thread(target=count) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(int(receipt.result) for receipt in receipts) == list(range(1, 49))
        assert valid(ledger, start) == sorted(receipt.transaction_id for receipt in receipts)

    def test_processes_that_count_together_lose_no_count(
        self, ledger: Ledger, signer: Signer, opening: Opening, key: str
    ) -> None:
        start = ledger.height()
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            acknowledged = [id_ for ids in pool.starmap(work, [(opening, key, 12)] * 3) for id_ in ids]
        assert value(ledger, signer, key) == b"36"
        assert valid(ledger, start) == sorted(acknowledged)
        assert all(ledger.find(id_) is not None for id_ in acknowledged)
