"""The client facade: complete, typed as the acts are, and over a real ledger."""

import dataclasses
import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

import chaincode
from chaincode import state as states
from provenance.contracts import ATTEMPTS, TRANSACTIONS, Contracts
from provenance.domain import canonical
from provenance.domain.acts import ACTS, Call, perform
from provenance.domain.epcis import chunk
from provenance.domain.gs1.keys import Link
from provenance.domain.records import (
    RECORDS,
    Bar,
    Handover,
    HandoverState,
    Licence,
    MeasureKind,
    Organisation,
    Place,
    PlaceKind,
    Product,
    Right,
    RightKind,
    Role,
    Rules,
)
from provenance.domain.world import MemoryWorld
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import CertificateAuthority, InsecureWallet
from provenance.ledger.port import Conflict, Rejected
from tests.domain.acts.scene import GTIN, ITEM, PRODUCT, RIGHT, ROTTERDAM, event

MEMBERS = {
    "Brand": ([Role.BRAND], None, ["9521000"]),
    "Maker": ([Role.MANUFACTURER], None, []),
    "Carrier": ([Role.CARRIER], None, []),
    "CustomsNL": ([Role.CUSTOMS], "NL", []),
    "OfficeCN": ([Role.IP_OFFICE], "CN", []),
}


@pytest.fixture
def ledger(tmp_path):
    authority = CertificateAuthority.create(tmp_path / "keys")
    EmbeddedLedger.create(tmp_path, authority)
    opened = EmbeddedLedger.open(tmp_path, chaincode.execute)
    yield opened
    opened.close()


@pytest.fixture
def of(tmp_path, ledger):
    """The contracts of an organisation of a consortium that has been founded and enrolled."""
    wallet = InsecureWallet(tmp_path / "keys")

    def contracts(organisation: str) -> Contracts:
        return Contracts(ledger, wallet.signer(organisation))

    for organisation in ("Steward", *MEMBERS):
        wallet.add(organisation)
    contracts("Steward").found(stewards=["Steward"])
    for organisation, (roles, jurisdiction, prefixes) in MEMBERS.items():
        contracts("Steward").enrol(
            organisation=organisation, name=organisation, roles=roles, jurisdiction=jurisdiction, prefixes=prefixes
        )
    return contracts


def one_event(step: str) -> bytes:
    return canonical.dump({"events": event(step)})


def test_every_act_has_its_method():
    assert TRANSACTIONS.keys() == ACTS.keys()
    assert all(callable(getattr(Contracts, method)) for method in TRANSACTIONS.values())
    assert len(set(TRANSACTIONS.values())) == len(TRANSACTIONS)


@pytest.mark.parametrize("name", ACTS)
def test_a_method_takes_what_its_act_takes(name):
    method = getattr(Contracts, TRANSACTIONS[name])
    parameters = [each for each in inspect.signature(method).parameters.values() if each.name != "self"]
    assert {each.kind for each in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    missing = dataclasses.MISSING
    required = {
        field.name: field.default is missing and field.default_factory is missing
        for field in dataclasses.fields(ACTS[name].arguments)
    }
    assert {each.name: each.default is inspect.Parameter.empty for each in parameters} == required
    assert method.__doc__


def test_the_way_of_an_item_onto_the_ledger(of):
    brand, office, maker, carrier = of("Brand"), of("OfficeCN"), of("Maker"), of("Carrier")
    earlier = datetime.now(UTC) - timedelta(days=30)
    brand.register_place(
        place=ROTTERDAM,
        name="Quay 1",
        place_kind=PlaceKind.PORT,
        country="NL",
        unlocode="NLRTM",
        latitude=Decimal("51.9496"),
        longitude=Decimal("4.1453"),
        time_zone="Europe/Amsterdam",
        effective=earlier,
    )
    right = {**RIGHT, "right_kind": RightKind.TRADEMARK, "starts": date(2020, 1, 1), "expires": date(2030, 1, 1)}
    brand.declare_right(right="cn-mark", **right)
    office.confirm_right(right="cn-mark", effective=earlier)
    brand.grant_licence(licence="l-1", right="cn-mark", licensee="Maker", starts=date(2026, 1, 1), make_in=["CN"])
    brand.register(gtin=GTIN, **PRODUCT)
    brand.delegate_prefix(prefix="9521000", delegate="Maker")
    maker.issue_serials(batch="b-1", gtin=GTIN, first="1000", last="1999")
    receipt = maker.append(one_event("commissioning"))
    assert canonical.parse(receipt.result)["count"] == 1
    brand.offer(handover="h-1", items=[ITEM], receiver="Carrier", events=one_event("shipping"))
    carrier.accept(handover="h-1", events=one_event("receiving"))
    assert carrier.query(Handover, "h-1").state is HandoverState.ACCEPTED
    assert carrier.query(Right, "cn-mark").confirmed.effective == earlier
    assert carrier.query(Licence, "l-1").make_in == ("CN",)
    assert carrier.query(Product, GTIN).hs_code == "6404.11"
    assert carrier.query(Place, ROTTERDAM).latitude == Decimal("51.9496")
    assert carrier.query(Organisation, "Nobody") is None


def test_replaying_the_blocks_gives_the_state(of, ledger):
    """Whoever has the transactions has the records: what acts wrote through the ledger and what their replay writes."""
    test_the_way_of_an_item_onto_the_ledger(of)
    replayed, state = MemoryWorld(), {}
    for transaction in (each for block in ledger.blocks(0) for each in block.transactions):
        state.update({write.key: write.value for write in transaction.writes})
        if transaction.name in ACTS:
            call = Call(transaction.creator, transaction.time, transaction.id)
            perform(replayed, call, transaction.name, transaction.arguments)
    records = {key: value for key, value in state.items() if not key.startswith("chunk:")}
    assert len(records) > len(MEMBERS)
    for key, value in records.items():
        kind, identifier = key.split(":", 1)
        assert states.write(replayed.get(RECORDS[kind], identifier)) == value


def test_what_is_committed_is_what_was_called(of, ledger):
    body = one_event("commissioning")
    of("Maker").append(body)
    *_, last = ledger.blocks(0)
    (committed,) = last.transactions
    assert (committed.name, committed.arguments, committed.creator) == ("custody:append", body, "Maker")
    assert [write.key for write in committed.writes] == [f"chunk:Maker:{chunk.read(body).root.hex()}"]


def test_a_refusal_passes_through_with_its_code(of):
    with pytest.raises(Rejected) as refusal:
        of("Maker").register(gtin=GTIN, **PRODUCT)
    assert refusal.value.code == "authority.role"
    with pytest.raises(Rejected) as refusal:
        of("Steward").set_rules(rules=Rules())
    assert refusal.value.code == "rules.version"


def test_a_signed_envelope_is_handed_out_before_it_is_committed(of, ledger):
    seen = []
    signer = of("Steward")._signer
    contracts = Contracts(ledger, signer, on_signed=lambda signed: seen.append((signed.id, ledger.find(signed.id))))
    receipt = contracts.set_rules(rules=Rules(version="2026-2"))
    assert seen == [(receipt.transaction_id, None)]


def test_conflicts_are_simulated_again(of):
    """Six measures on one thing at the same time all read and write its bar: each ends up in it."""
    of("Brand").register_place(place=ROTTERDAM, name="Quay 1", place_kind=PlaceKind.PORT, country="NL")
    customs = of("CustomsNL")

    def impose(number: int) -> None:
        customs.impose(
            measure=f"m-{number}", measure_kind=MeasureKind.DETAIN, reason="x", items=[ITEM], place=ROTTERDAM
        )

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(impose, range(6)))
    assert sorted(customs.query(Bar, Link(ITEM)).measures) == [f"m-{number}" for number in range(6)]


class Contended:
    """A ledger on which somebody else is always faster."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, transaction, signer, on_signed=None):
        self.submitted += 1
        raise Conflict("ledger.conflict", "read a version that is gone")


def test_attempts_are_bounded():
    ledger = Contended()
    with pytest.raises(Conflict):
        Contracts(ledger, None).lift(measure="m-1")
    assert ledger.submitted == ATTEMPTS
