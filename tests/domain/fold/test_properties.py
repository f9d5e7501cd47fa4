"""What holds for every history: order and repetition do not matter, and information never lowers a grade."""

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.domain.epcis.event import Action
from provenance.domain.findings import Severity
from provenance.domain.fold.register import Register
from provenance.domain.records import Measure, MeasureKind
from provenance.domain.verdict import fold, state_and_history
from tests.domain.fold.build import (
    CRATE,
    DEPOT,
    DOOR,
    END,
    FACTORY,
    ITEM,
    LAGOS,
    NOWHERE,
    PALLET,
    PORT,
    PREFIXES,
    ROTTERDAM,
    STORE,
    Ledger,
    day,
    declares_wrong,
    made,
    packed,
    saw,
    stamp,
    to,
    unpacked,
    verdict,
    world,
)  # fmt: skip

SITES = (FACTORY, PORT, ROTTERDAM, DEPOT, STORE, DOOR, LAGOS, NOWHERE, None)
MEMBERS = tuple(PREFIXES)
STEPS = ("shipping", "loading", "departing", "receiving", "arriving", "accepting", "storing", "retail_selling",
         "void_shipping", "inspecting", "decommissioning", None)  # fmt: skip

times = st.integers(0, 400).map(lambda tenth: tenth / 10)
delays = st.sampled_from([timedelta(0), timedelta(minutes=-9), timedelta(hours=2), timedelta(days=30)])


@st.composite
def sightings(draw, things=(ITEM, PALLET, CRATE)):
    when = draw(times)
    named = draw(st.sampled_from(things))
    receiver = draw(st.sampled_from((None, *MEMBERS)))
    return saw(
        draw(st.sampled_from(MEMBERS)), when, draw(st.sampled_from(STEPS)), named, at=draw(st.sampled_from(SITES)),
        recorded=day(when) + draw(delays), **(to(receiver) if receiver else {}),
    )  # fmt: skip


@st.composite
def packings(draw):
    when = draw(times)
    container, child = draw(st.sampled_from(((PALLET, ITEM), (CRATE, ITEM), (PALLET, CRATE), (CRATE, PALLET))))
    if draw(st.booleans()):
        return unpacked(when, container, *draw(st.sampled_from(((), (child,)))))
    return packed(when, container, child, action=draw(st.sampled_from((Action.ADD, Action.OBSERVE))))


@st.composite
def histories(draw):
    facts = draw(st.lists(st.one_of(sightings(), packings()), max_size=12))
    facts += draw(st.sampled_from(([], [made(0)], [made(1), made(2, "STRANGER")])))
    if facts and draw(st.booleans()):
        facts.append(declares_wrong(draw(st.sampled_from(facts)), by=draw(st.sampled_from((None, "SHOP")))))
    return facts


HELD = Measure(
    id="M-1", measure_kind=MeasureKind.DETAIN, items=(PALLET,), reason="papers", place=ROTTERDAM.id,
    imposed=stamp("CUSTOMS-NL", day(15)), lifted=stamp("CUSTOMS-NL", day(20)),
)  # fmt: skip
WORLD = world(HELD)
relaxed = settings(deadline=None)


@relaxed
@given(histories(), st.integers(0, 2**32))
def test_order_of_facts_never_changes_a_verdict(facts, seed):
    shuffled = list(facts)
    random.Random(seed).shuffle(shuffled)
    assert verdict(shuffled, WORLD) == verdict(facts, WORLD)


@relaxed
@given(histories(), st.data())
def test_repeated_facts_never_change_a_verdict(facts, data):
    again = data.draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    assert verdict([*again, *facts, *again], WORLD) == verdict(facts, WORLD)


@relaxed
@given(histories())
def test_the_same_facts_recorded_again_later_change_nothing(facts):
    later = [type(each)(each.digest, each.recorder, each.recorded + timedelta(days=90), each.id, each.event)
             for each in facts]  # fmt: skip
    assert verdict([*later, *facts], WORLD) == verdict(facts, WORLD)


@relaxed
@given(histories())
def test_findings_come_weightiest_first_and_once(facts):
    found = verdict(facts, WORLD).findings
    ranks = [each.severity.rank for each in found]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(found)) == len(found)


@relaxed
@given(histories())
def test_a_withdrawn_clone_sighting_leaves_only_information(facts):
    base = verdict(facts, WORLD)
    extra = saw("SHOP", 41, "storing", at=LAGOS)
    found = verdict([*facts, extra, declares_wrong(extra)], WORLD)
    added = set(found.findings) - set(base.findings)
    assert {each.severity for each in added} <= {Severity.INFO}
    assert found.grade == base.grade


@relaxed
@given(histories(), st.integers(0, 45))
def test_what_happens_later_is_not_seen_earlier(facts, now):
    as_of = day(now)
    tolerance = timedelta(seconds=300)
    known = [each for each in facts if each.event.error or each.effective(tolerance) <= as_of]
    assert verdict(facts, WORLD, as_of=as_of) == verdict(known, WORLD, as_of=as_of)


@relaxed
@given(histories(), st.integers(0, 45))
def test_history_only_grows(facts, now):
    plain = [each for each in facts if each.event.error is None]
    before = {each.fact for each in verdict(plain, WORLD, as_of=day(now)).history if each.kind == "event"}
    for entry in verdict(plain, WORLD).history:
        if entry.kind == "event" and entry.through is None and entry.time <= day(now):
            assert entry.fact in before


@settings(max_examples=60, deadline=None)
@given(st.lists(sightings(things=(PALLET,)), max_size=8))
def test_an_item_in_a_pallet_is_where_and_with_whom_the_pallet_is(moves):
    start = [made(0, "MAKER"), saw("MAKER", 0, "commissioning", PALLET, action=Action.ADD, at=FACTORY)]
    later = [each for each in moves if each.effective(timedelta(seconds=300)) > day(1)]
    ledger = Ledger([*start, packed(1, PALLET, ITEM), *later]).of()
    register = Register(WORLD, END)
    item, _ = state_and_history(fold(ITEM, ledger, register), register)
    pallet, _ = state_and_history(fold(PALLET, ledger, register), register)
    assert (item.place, item.custodian, item.towards) == (pallet.place, pallet.custodian, pallet.towards)
    assert item.containers == (PALLET,)


@relaxed
@given(histories(), st.sampled_from(MEMBERS), times)
def test_a_bare_sighting_never_lowers_the_grade(facts, by, when):
    bare = saw(by, when, "inspecting")
    before, after = verdict(facts, WORLD), verdict([*facts, bare], WORLD)
    heaviest = [max((each.severity.rank for each in found.findings), default=0) for found in (before, after)]
    assert heaviest[1] >= heaviest[0]
