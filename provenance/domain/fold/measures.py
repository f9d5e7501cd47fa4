"""What authorities, brands and examiners did about an item: measures, recalls and examinations.

A measure on a container counts for what was inside when it was imposed, and for what is inside while it lasts. A
lifted measure or recall stays visible and changes no grade.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES, sells
from provenance.domain.fold.timeline import Moment
from provenance.domain.gs1.keys import Gtin, Link
from provenance.domain.records import (
    Declaration,
    Examination,
    ExaminationResult,
    Measure,
    MeasureKind,
    Recall,
)

_CODES = {MeasureKind.DETAIN: "held", MeasureKind.SEIZE: "seized", MeasureKind.DESTROY: "destroyed"}
_VERBS = {
    MeasureKind.DETAIN: "detained",
    MeasureKind.SEIZE: "seized",
    MeasureKind.DESTROY: "ordered the destruction of",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A measure that reached the item, by itself or through a container, and whether it holds it still."""

    measure: Measure
    through: Link | None
    in_force: bool


def reached(timeline: Timeline, register: Register) -> tuple[Reached, ...]:
    """Return the measures that reached an item, in the order in which they were imposed."""
    found: dict[str, Reached] = {}
    for thing in dict.fromkeys((timeline.item, *(stay.container for stay in timeline.stays))):
        for measure in register.world.linked(Measure, f"item/{thing}"):
            if measure.id not in found and register.done(measure.imposed):
                each = _reach(measure, thing, timeline, register)
                if each is not None:
                    found[measure.id] = each
    return tuple(sorted(found.values(), key=lambda each: (each.measure.imposed.effective, each.measure.id)))


def _reach(measure: Measure, thing: Link, timeline: Timeline, register: Register) -> Reached | None:
    lifted = register.done(measure.lifted)
    if thing == timeline.item:
        return Reached(measure, None, not lifted)
    stays = [stay for stay in timeline.stays if stay.container == thing]
    start, end = measure.imposed.effective, measure.lifted.effective if measure.lifted else None
    if any(stay.covers(start) for stay in stays):
        return Reached(measure, thing, not lifted)
    if any(stay.start > start and (not lifted or end is None or stay.start < end) for stay in stays):
        return Reached(measure, thing, not lifted and any(stay.covers(register.as_of) for stay in stays))
    return None


def judge(timeline: Timeline, measures: Sequence[Reached], register: Register) -> Iterator[Finding]:
    """Find measures, what moved under them, and measures taken where the goods were not."""
    for each in measures:
        yield _taken(each, register)
        yield from _moved(each.measure, timeline, register)
        yield from _elsewhere(each.measure, timeline, register)


def _taken(each: Reached, register: Register) -> Finding:
    measure = each.measure
    what = "it" if each.through is None else "the container that it was in"
    text = (
        f"{register.name(measure.imposed.by)} {_VERBS[measure.measure_kind]} {what} on "
        f"{words.day(measure.imposed.effective)} ({measure.reason.rstrip('.')})"
    )
    if each.in_force:
        return finding(_CODES[measure.measure_kind], f"{text}.", f"measure:{measure.id}")
    if measure.lifted is not None and register.done(measure.lifted):
        text += f"; {register.name(measure.lifted.by)} lifted this on {words.day(measure.lifted.effective)}"
    else:
        text += "; it has left that container since"
    return finding("hold_lifted", f"{text}.", f"measure:{measure.id}")


def _moved(measure: Measure, timeline: Timeline, register: Register) -> Iterator[Finding]:
    start = measure.imposed.effective + 2 * register.tolerance
    end = measure.lifted.effective if measure.lifted and register.done(measure.lifted) else None
    for moment in timeline.moments:
        if moment.at <= start or moment.seen_by(measure.imposed.by) or (end is not None and moment.at >= end):
            continue
        if _moves(moment, measure):
            where = f" at {moment.place.label}" if moment.place and moment.place.known else ""
            text = (
                f"{register.name(moment.by)} moved it{where} on {words.day(moment.at)}, while it was held by "
                f"{register.name(measure.imposed.by)}."
            )
            yield finding("moved_under_hold", text, f"measure:{measure.id}", moment.digest)


def _moves(moment: Moment, measure: Measure) -> bool:
    step = moment.event.step
    if step in DEPARTURES or step == "transporting" or sells(moment.event):
        return True
    return step in ARRIVALS and moment.place is not None and moment.place.known and moment.place.id != measure.place


def _elsewhere(measure: Measure, timeline: Timeline, register: Register) -> Iterator[Finding]:
    country = _country(measure, register)
    last: Moment | None = None
    for moment in timeline.moments:
        if moment.at > measure.imposed.effective:
            break
        if moment.place is not None and moment.place.country is not None:
            last = moment
        elif moment.event.step in DEPARTURES or moment.event.step == "transporting":
            last = None
    if country is None or last is None or last.place is None or last.event.step in DEPARTURES:
        return
    if last.place.country != country:
        text = (
            f"{register.name(measure.imposed.by)} took a measure in {country} on "
            f"{words.day(measure.imposed.effective)}, "
            f"but the goods were last seen at {last.place.label} on {words.day(last.at)}."
        )
        yield finding("measure_elsewhere", text, last.digest, f"measure:{measure.id}")


def _country(measure: Measure, register: Register) -> str | None:
    if measure.place is not None:
        return register.spot_of(measure.place).country
    declaration = register.world.get(Declaration, measure.declaration) if measure.declaration else None
    return declaration.country if declaration else register.jurisdiction(measure.imposed.by)


def recalls(gtin: Gtin, register: Register) -> list[Recall]:
    """Return the recalls of a product that were ordered, lifted ones included, in their order."""
    found = [recall for recall in register.world.linked(Recall, f"recall/{gtin}") if register.done(recall.ordered)]
    return sorted(found, key=lambda recall: (recall.ordered.effective, recall.id))


def recalled(gtin: Gtin, serial: str, lot: str | None, register: Register) -> Iterator[Finding]:
    """Find the recalls that name the item, its lot or its product."""
    for recall in recalls(gtin, register):
        if names(recall, serial, lot):
            yield _recall(recall, register)
        elif lot is None and not recall.serials and not register.done(recall.lifted):
            text = f"{register.name(recall.ordered.by)} recalled lot {recall.lot}; this item's lot is not on record."
            yield finding("recall_unclear", text, f"recall:{recall.id}")


def names(recall: Recall, serial: str, lot: str | None) -> bool:
    """Return whether a recall names an item: by its serial, else by its lot, else as one of the product."""
    if recall.serials:
        return serial in recall.serials
    return recall.lot is None or recall.lot == lot


def _recall(recall: Recall, register: Register) -> Finding:
    what = "this item" if recall.serials else f"lot {recall.lot}" if recall.lot else "this product"
    text = (
        f"{register.name(recall.ordered.by)} recalled {what} on {words.day(recall.ordered.effective)} "
        f"({recall.reason.rstrip('.')})"
    )
    if recall.lifted is not None and register.done(recall.lifted):
        text += f"; the recall was lifted on {words.day(recall.lifted.effective)}"
        return finding("recall_lifted", f"{text}.", f"recall:{recall.id}")
    return finding("recalled", f"{text}.", f"recall:{recall.id}")


def examinations(item: Link, register: Register) -> list[Examination]:
    """Return the examinations of an item, in their order."""
    found = [each for each in register.world.linked(Examination, f"item/{item}") if register.done(each.examined)]
    return sorted(found, key=lambda each: (each.examined.effective, each.id))


_EXAMINED = {
    ExaminationResult.COUNTERFEIT: ("examined_counterfeit", "found it to be counterfeit"),
    ExaminationResult.GENUINE: ("examined_genuine", "found it to be genuine"),
    ExaminationResult.INCONCLUSIVE: ("examined_inconclusive", "came to no conclusion"),
}


def examined(item: Link, register: Register) -> Iterator[Finding]:
    """Find what examiners who had the item in hand said."""
    for each in examinations(item, register):
        code, result = _EXAMINED[each.result]
        text = (
            f"{register.name(each.examined.by)} had it in hand on {words.day(each.examined.effective)} "
            f"({each.method.rstrip('.')}) and {result}."
        )
        yield finding(code, text, f"examination:{each.id}")
