"""A thing's history in fold order as pages show it: events, acts about it, and corrections, each in plain words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from provenance.domain.epcis.event import Action
from provenance.domain.fold import measures
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.custody import Custody
from provenance.domain.fold.measures import Reached
from provenance.domain.fold.register import Party, Register, Spot
from provenance.domain.fold.steps import packs, title
from provenance.domain.fold.timeline import Moment, Order
from provenance.domain.gs1.keys import Gtin, Link
from provenance.domain.records import Batch, Handover, HandoverState, MeasureKind, Stamp


class EntryKind(StrEnum):
    """What an entry of a history is."""

    EVENT = "event"
    ISSUE = "issue"
    HANDOVER = "handover"
    MEASURE = "measure"
    RECALL = "recall"
    EXAMINATION = "examination"
    WITHDRAWN = "withdrawn"


class Entry(NamedTuple):
    """One thing that happened; a named tuple because a history has dozens and a frozen dataclass costs five times more.

    `time` is the effective time, `title` what happened in plain words, `step` the CBV's word for it where it is an
    event, `fact` the digest of the event's fact or the key of a record (`measure:M-1`), `through` the container that
    it happened to, `custodian` who held the thing from then on, `reason` what an authority or a brand gave as its
    reason, `witnesses` the other organisations that recorded the same event, `event_id` the event's id.
    """

    time: datetime
    kind: EntryKind
    title: str
    recorder: Party
    fact: str
    step: str | None = None
    place: Spot | None = None
    custodian: Party | None = None
    through: Link | None = None
    reason: str | None = None
    event_id: str | None = None
    witnesses: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """What a history is written from, beside the timeline."""

    custody: Custody
    batch: Batch | None = None
    gtin: Gtin | None = None
    serial: str | None = None
    lot: str | None = None
    measures: Sequence[Reached] = ()
    handovers: Sequence[Handover] = ()


def write(timeline: Timeline, sources: Sources, register: Register) -> tuple[Entry, ...]:
    """Return the history of a thing, events and acts, in fold order."""
    held = _Held(sources.custody, register)
    keyed = [(moment.key[:2], _event(moment, timeline.item, held, register)) for moment in _shown(timeline)]
    keyed += [((entry.time, entry.fact), entry) for entry in _acts(timeline, sources, register)]
    keyed.sort(key=lambda pair: pair[0])
    return tuple(entry for _, entry in keyed)


def _shown(timeline: Timeline) -> Iterator[Moment]:
    """Yield the moments without those that only packed other things into, or out of, a container of this one."""
    for moment in timeline.moments:
        event = moment.event
        others = moment.through is not None and event.parent == moment.through and packs(event)
        emptied = event.action is Action.DELETE and not event.children
        if not others or emptied or event.action is Action.OBSERVE:
            yield moment


class _Held:
    """Who held the thing right after each of a row of moments, asked for in their order."""

    def __init__(self, custody: Custody, register: Register) -> None:
        self._changes = [(change.key, register.party(change.party)) for change in reversed(custody.custodians)]
        self._custodian: Party | None = None

    def after(self, key: Order) -> Party | None:
        while self._changes and self._changes[-1][0] <= key:
            self._custodian = self._changes.pop()[1]
        return self._custodian


def _event(moment: Moment, item: Link, held: _Held, register: Register) -> Entry:
    at, _, fact, event, _, place, through = moment
    if through is None and packs(event) and event.parent != item:
        through = event.parent
    witnesses: tuple[Party, ...] = ()
    if len(moment.witnesses) > 1:
        names = dict.fromkeys(each.recorder for each in moment.witnesses if each.recorder != moment.by)
        witnesses = tuple(register.party(name) for name in names)
    custodian = held.after(moment.key)
    recorder, what = register.party(fact.recorder), title(event)
    # In the order of the fields: by name, this line would cost a tenth of a verdict.
    return Entry(
        at,
        EntryKind.EVENT,
        what,
        recorder,
        fact.digest,
        event.step,
        place,
        custodian,
        through,
        None,
        fact.id,
        witnesses,
    )


def _acts(timeline: Timeline, sources: Sources, register: Register) -> Iterator[Entry]:
    if sources.batch is not None:
        batch = sources.batch
        yield _act(batch.issued, EntryKind.ISSUE, "Number issued", f"batch:{batch.id}", register)
    yield from _measured(sources.measures, register)
    yield from _handed(sources.handovers, register)
    yield from _recalled(sources, register)
    for each in measures.examinations(timeline.item, register):
        key = f"examination:{each.id}"
        yield _act(
            each.examined, EntryKind.EXAMINATION, f"Examined: {each.result.value}", key, register, reason=each.method
        )
    for fact in timeline.gathered.withdrawn:
        recorder = register.party(fact.recorder)
        what = f"{title(fact.event)} (record withdrawn by {recorder.name})"
        at = fact.effective(register.tolerance)
        yield Entry(at, EntryKind.WITHDRAWN, what, recorder, fact.digest, fact.event.step, event_id=fact.id)


_IMPOSED = {
    MeasureKind.DETAIN: "Held by an authority",
    MeasureKind.SEIZE: "Seized by an authority",
    MeasureKind.DESTROY: "Destruction ordered by an authority",
}
_LIFTED = {
    MeasureKind.DETAIN: "Released by the authority",
    MeasureKind.SEIZE: "Seizure lifted",
    MeasureKind.DESTROY: "Order of destruction lifted",
}


def _measured(reached: Iterable[Reached], register: Register) -> Iterator[Entry]:
    for each in reached:
        measure, key = each.measure, f"measure:{each.measure.id}"
        place = register.spot_of(measure.place) if measure.place else None
        for stamp, titles in ((measure.imposed, _IMPOSED), (measure.lifted, _LIFTED)):
            if stamp is not None and register.done(stamp):
                yield Entry(
                    stamp.effective, EntryKind.MEASURE, titles[measure.measure_kind], register.party(stamp.by), key,
                    place=place, through=each.through, reason=measure.reason,
                )  # fmt: skip


def _handed(handovers: Iterable[Handover], register: Register) -> Iterator[Entry]:
    for handover in handovers:
        key, receiver = f"handover:{handover.id}", register.name(handover.receiver)
        yield _act(handover.offered, EntryKind.HANDOVER, f"Offered to {receiver}", key, register)
        if handover.answered is not None and register.done(handover.answered):
            what = {HandoverState.ACCEPTED: "Accepted by", HandoverState.REJECTED: "Rejected by"}.get(handover.state)
            title_ = f"{what} {receiver}" if what else f"Offer to {receiver} taken back"
            yield _act(handover.answered, EntryKind.HANDOVER, title_, key, register, reason=handover.reason)


def _recalled(sources: Sources, register: Register) -> Iterator[Entry]:
    if sources.gtin is None or sources.serial is None:
        return
    for recall in measures.recalls(sources.gtin, register):
        if measures.names(recall, sources.serial, sources.lot):
            key = f"recall:{recall.id}"
            yield _act(recall.ordered, EntryKind.RECALL, "Recalled by its brand", key, register, reason=recall.reason)
            if recall.lifted is not None and register.done(recall.lifted):
                yield _act(recall.lifted, EntryKind.RECALL, "Recall lifted", key, register)


def _act(
    stamp: Stamp, kind: EntryKind, title_: str, key: str, register: Register, *, reason: str | None = None
) -> Entry:
    return Entry(stamp.effective, kind, title_, register.party(stamp.by), key, reason=reason)
