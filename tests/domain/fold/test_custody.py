"""Custody passes where both sides say so, whatever the order and the clocks; legs move the place alone."""

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from provenance.domain.epcis.event import Typed
from provenance.domain.findings import Severity
from provenance.domain.records import Handover, HandoverState
from provenance.domain.verdict import Status
from provenance.domain.vocabulary import ORGANISATION
from tests.domain.fold.build import (
    DEPOT,
    FACTORY,
    ITEM,
    PALLET,
    PORT,
    ROTTERDAM,
    STORE,
    codes,
    day,
    made,
    packed,
    party,
    remarks,
    saw,
    stamp,
    to,
    verdict,
    world,
)  # fmt: skip

HOLDERS = ("MAKER", "FORWARDER", "SHOP", "STRANGER")


class CustodyMachine(RuleBasedStateMachine):
    """Handovers as partners record them, each compared with who must hold the item afterwards."""

    @initialize()
    def begin(self):
        self.facts = [made(0)]
        self.custodian = "MAKER"
        self.towards = None
        self.now = 1.0

    def record(self, by, step, when, **fields):
        self.facts.append(saw(by, when, step, **fields))

    def tick(self):
        self.now += 1
        return self.now

    @rule(receiver=st.sampled_from(HOLDERS), skew=st.sampled_from([0.02, -0.02, 0.5]), steps=st.integers(1, 3))
    def hand_over(self, receiver, skew, steps):
        if receiver == self.custodian:
            return
        when = self.tick()
        for number, step in enumerate(("shipping", "loading", "departing")[:steps]):
            self.record(self.custodian, step, when + number / 1000, **to(receiver))
        self.record(receiver, "receiving", when + skew)
        self.custodian, self.towards = receiver, None

    @rule(receiver=st.sampled_from(HOLDERS))
    def send_and_call_back(self, receiver):
        if receiver == self.custodian:
            return
        self.record(self.custodian, "shipping", self.tick(), **to(receiver))
        self.record(self.custodian, "void_shipping", self.tick())
        self.towards = None

    @rule(step=st.sampled_from(["departing", "arriving", "loading", "unloading", "receiving"]))
    def carry(self, step):
        self.record("CARRIER", step, self.tick())

    @rule(step=st.sampled_from(["storing", "inspecting", "holding"]), by=st.sampled_from(HOLDERS))
    def look(self, step, by):
        self.record(by, step, self.tick())

    @invariant()
    def custodian_is_known(self):
        facts = list(self.facts)
        random.Random(len(facts)).shuffle(facts)
        found = verdict(facts)
        assert found.state.custodian.id == self.custodian
        assert (found.state.towards.id if found.state.towards else None) == self.towards
        assert all(each.severity is Severity.INFO for each in found.findings)


TestCustody = CustodyMachine.TestCase
TestCustody.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)


def custodian(facts, **fields):
    return verdict(facts, **fields).state.custodian.id


SENT = [made(0), saw("MAKER", 1, "shipping", at=FACTORY, **to("FORWARDER"))]


def test_a_departure_alone_hands_nothing_over():
    found = verdict(SENT)
    assert (found.state.custodian.id, found.state.towards.id) == ("MAKER", "FORWARDER")
    assert found.state.status is Status.IN_TRANSIT


def test_an_arrival_recorded_weeks_later_still_completes_the_handover():
    assert custodian([*SENT, saw("FORWARDER", 2, "receiving", recorded=day(60))]) == "FORWARDER"


def test_an_arrival_with_a_clock_behind_the_departure_still_completes_the_handover():
    assert custodian([*SENT, saw("FORWARDER", 0.9, "receiving")]) == "FORWARDER"


def test_history_says_who_held_it_from_when():
    found = verdict([*SENT, saw("CARRIER", 2, "arriving", at=PORT), saw("FORWARDER", 3, "receiving", at=PORT)])
    assert [each.custodian.id for each in found.history if each.kind == "event"] == [
        "MAKER", "MAKER", "MAKER", "FORWARDER",
    ]  # fmt: skip


def test_a_later_arrival_does_not_bring_custody_back():
    facts = [
        *SENT, saw("FORWARDER", 2, "receiving"), saw("FORWARDER", 3, "shipping", **to("SHOP")),
        saw("SHOP", 4, "receiving"), saw("FORWARDER", 5, "arriving"),
    ]  # fmt: skip
    assert custodian(facts) == "SHOP"


def test_goods_sent_back_and_forth_are_where_the_last_handover_left_them():
    facts = [
        *SENT, saw("FORWARDER", 2, "receiving"), saw("FORWARDER", 3, "shipping", **to("MAKER")),
        saw("MAKER", 4, "receiving"), saw("MAKER", 5, "shipping", **to("FORWARDER")),
    ]  # fmt: skip
    found = verdict(facts)
    assert (found.state.custodian.id, found.state.towards.id) == ("MAKER", "FORWARDER")


def test_missed_arrival_is_told_and_followed():
    facts = [*SENT, saw("FORWARDER", 9, "shipping", at=DEPOT, **to("SHOP")), saw("SHOP", 10, "receiving", at=STORE)]
    assert custodian(facts) == "SHOP"
    assert remarks(verdict(facts)) == {"arrival_missed"}


def test_a_thief_who_names_an_accomplice_gets_no_custody():
    facts = [
        made(0), saw("STRANGER", 5, "shipping", **to("SHOP")), saw("SHOP", 6, "receiving"), saw("MAKER", 7, "storing"),
    ]  # fmt: skip
    assert custodian(facts) == "MAKER"
    assert remarks(verdict(facts)) == {"not_custodian"}


def test_parties_are_found_by_their_own_uri_as_well():
    sent = saw("MAKER", 1, "shipping", destinations=(Typed("possessing_party", f"{ORGANISATION}SHOP"),))
    assert custodian([made(0), sent, saw("SHOP", 2, "receiving")]) == "SHOP"


def test_ownership_is_apart_from_custody():
    sold = saw("MAKER", 1, "shipping", **to("FORWARDER", owner="SHOP"))
    found = verdict([made(0), sold, saw("FORWARDER", 2, "receiving")])
    assert (found.state.custodian.id, found.state.owner.id) == ("FORWARDER", "SHOP")
    assert verdict([made(0), sold]).state.owner is None


def test_an_owner_named_without_possession_changes_no_custody():
    found = verdict([made(0), saw("MAKER", 1, "shipping", destinations=(Typed("owning_party", party("SHOP")),))])
    assert found.state.custodian.id == "MAKER"
    assert found.state.towards is None


def handover(state, answered=2):
    return Handover(
        id="H-1", items=(ITEM,), receiver="FORWARDER", state=state, offered=stamp("MAKER", day(1)),
        answered=stamp("FORWARDER", day(answered)) if answered else None,
    )  # fmt: skip


def test_an_accepted_offer_is_a_handover():
    found = verdict(SENT, world(handover(HandoverState.ACCEPTED)))
    assert found.state.custodian.id == "FORWARDER"
    assert [each.title for each in found.history if each.kind == "handover"] == [
        "Offered to Forwarder", "Accepted by Forwarder",
    ]  # fmt: skip
    assert remarks(found) == set()


def test_an_open_offer_is_on_its_way():
    found = verdict([made(0)], world(handover(HandoverState.OFFERED, None)))
    assert found.state.towards.id == "FORWARDER"


def test_rejected_and_voided_offers_leave_the_goods_where_they_were():
    for state in (HandoverState.REJECTED, HandoverState.VOIDED):
        found = verdict(SENT, world(handover(state)))
        assert (found.state.custodian.id, found.state.towards) == ("MAKER", None)
        assert found.state.status is Status.ACTIVE


def test_an_offer_of_the_pallet_is_one_of_what_is_inside():
    offer = Handover(
        id="H-2", items=(PALLET,), receiver="SHOP", state=HandoverState.ACCEPTED,
        offered=stamp("MAKER", day(5)), answered=stamp("SHOP", day(6)),
    )  # fmt: skip
    inside = [made(0), packed(1, PALLET)]
    assert custodian(inside, within=world(offer)) == "SHOP"
    assert custodian([made(0), packed(5.5, PALLET)], within=world(offer)) == "MAKER"


def test_a_second_witness_of_a_departure_is_no_second_departure():
    copy = saw("STRANGER", 1, "shipping", at=FACTORY, recorded=day(9), **to("FORWARDER"))
    facts = [*SENT, copy, saw("FORWARDER", 2, "receiving", at=ROTTERDAM)]
    found = verdict(facts)
    assert found.state.custodian.id == "FORWARDER"
    assert "not_custodian" not in codes(found)
    shipped = next(each for each in found.history if each.step == "shipping")
    assert {shipped.recorder.id, *(each.id for each in shipped.witnesses)} == {"MAKER", "STRANGER"}
