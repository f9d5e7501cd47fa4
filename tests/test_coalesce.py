"""Scans that arrive together share a transaction, and nobody pays for a neighbour's."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import bootstrap
from provenance.bootstrap import Gateway
from provenance.coalesce import Coalescer
from provenance.domain.epcis import chunk, document
from provenance.domain.epcis.document import Captured
from provenance.domain.records import Role
from provenance.ledger.port import LedgerError, Receipt, Rejected, Unknown
from provenance.settings import Settings

THREADS, EACH = 16, 12


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    home = tmp_path_factory.mktemp("home")
    bootstrap.initialise(home, Settings())
    opened = bootstrap.open_gateway(home, Settings())
    for organisation in ("Carrier", "Brand"):
        bootstrap.enrol(opened, organisation, name=organisation, roles=[Role.CARRIER])
    yield opened
    opened.close()


def scan(serial: str) -> Captured:
    event = (
        '{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"ObjectEvent",'
        '"eventTime":"2026-03-01T09:00:00Z","eventTimeZoneOffset":"+00:00","action":"OBSERVE","bizStep":"storing",'
        f'"epcList":["https://id.gs1.org/01/09521234000013/21/{serial}"]}}'
    )
    (captured,) = document.read(event.encode()).events
    return captured


def recorded(gateway: Gateway) -> list[tuple[str, str, str]]:
    """Return organisation, transaction and event id of every event on the ledger."""
    return [
        (transaction.creator, transaction.id, entry.id)
        for block in gateway.ledger.blocks(0)
        for transaction in block.transactions
        if transaction.name == "custody:append"
        for entry in chunk.entries(transaction.arguments)
    ]


def together(coalescer: Coalescer[Captured], scans: Sequence[Captured]) -> list[Receipt | LedgerError]:
    """Submit all but the first while the first one's transaction is held, so that they gather; return the outcomes."""
    outcomes: dict[int, Receipt | LedgerError] = {}

    def submit(number: int) -> None:
        try:
            outcomes[number] = coalescer.submit("Carrier", scans[number])
        except LedgerError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(len(scans))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [outcomes[number] for number in range(len(scans))]


class Held:
    """Records as the gateway does, once as many have come as are waited for."""

    def __init__(self, gateway: Gateway, wanted: int) -> None:
        self.gateway = gateway
        self.groups: list[list[Captured]] = []
        self.coalescer = Coalescer[Captured](self, weight=lambda each: len(each.body), most=500, heaviest=1 << 20)
        self._wanted = wanted

    def __call__(self, organisation: str, events: Sequence[Captured]) -> Receipt:
        if not self.groups:
            waiting = self.coalescer._queue(organisation)._waiting
            while len(waiting) < self._wanted - 1:
                threading.Event().wait(0.001)
        self.groups.append(list(events))
        (arguments,) = chunk.build(events)
        return self.gateway.contracts_for(organisation).append(arguments)


def test_every_scan_of_many_threads_is_recorded_once_and_answered_with_its_own_transaction(gateway):
    answers: list[tuple[str, str, str]] = []

    def work(number: int) -> None:
        organisation = ("Carrier", "Brand")[number % 2]
        for count in range(EACH):
            event = scan(f"T{number}.{count}")
            answers.append((organisation, gateway.record(organisation, event).transaction_id, event.id))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == THREADS * EACH
    assert sorted(recorded(gateway)) == sorted(answers)
    assert len({transaction for _, transaction, _ in answers}) < len(answers)


def test_those_who_wait_share_one_transaction(gateway):
    held = Held(gateway, 9)
    outcomes = together(held.coalescer, [scan(f"S{number}") for number in range(9)])
    assert [len(group) for group in held.groups] == [1, 8]
    assert len({outcome.transaction_id for outcome in outcomes}) == 2
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)


def test_a_bad_event_takes_no_neighbour_down(gateway):
    held = Held(gateway, 9)
    scans = [scan(f"B{number}") for number in range(9)]
    bad = replace(scan("Bad"), id=scans[0].id)
    outcomes = together(held.coalescer, [*scans[:4], bad, *scans[5:]])
    refused = [outcome for outcome in outcomes if not isinstance(outcome, Receipt)]
    assert refused == [outcomes[4]]
    assert isinstance(outcomes[4], Rejected)
    assert outcomes[4].code == "chunk.id"
    found = [event for _, _, event in recorded(gateway)]
    assert [found.count(each.id) for number, each in enumerate(scans) if number != 4] == [1] * 8


def test_the_same_scan_by_two_at_once_is_success_for_both(gateway):
    held = Held(gateway, 3)
    first, second = scan("D1"), scan("D2")
    outcomes = together(held.coalescer, [first, second, second])
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)


def test_what_is_not_known_is_not_known_to_any_of_those_in_it():
    gathered = threading.Event()

    def record(organisation: str, events: Sequence[str]) -> Receipt:
        assert gathered.wait(10)
        if len(events) == 1:
            return Receipt("first", 1, b"")
        raise Unknown("ledger.unknown", "no answer", "t-2")

    coalescer = Coalescer[str](record, weight=len, most=500, heaviest=1000)
    outcomes: list[object] = []

    def submit(entry: str) -> None:
        try:
            outcomes.append(coalescer.submit("Carrier", entry))
        except Unknown as error:
            outcomes.append(error.transaction_id)

    threads = [threading.Thread(target=submit, args=(entry,)) for entry in "abcd"]
    for thread in threads:
        thread.start()
    while len(coalescer._queue("Carrier")._waiting) < 3:
        threading.Event().wait(0.001)
    gathered.set()
    for thread in threads:
        thread.join(10)
    assert sorted(map(str, outcomes)) == [str(Receipt("first", 1, b"")), "t-2", "t-2", "t-2"]


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_each_refusal_meets_its_own_entry_and_each_other_entry_is_recorded_once(bad):
    kept: list[int] = []

    def record(organisation: str, entries: Sequence[int]) -> Receipt:
        if any(bad[entry] for entry in entries):
            raise Rejected("chunk.id", "refused", None)
        kept.extend(entries)
        return Receipt(f"t{entries[0]}", 1, b"")

    coalescer = Coalescer[int](record, weight=lambda _: 1, most=500, heaviest=1000)
    outcomes = coalescer._settle("Carrier", range(len(bad)))
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == bad
    assert kept == [entry for entry, is_bad in enumerate(bad) if not is_bad]
