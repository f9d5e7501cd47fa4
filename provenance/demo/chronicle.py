"""What the members of the demonstration record: EPCIS events, kept by recorder, and acts, in the order in which they
are done.

Stories write into a `Chronicle`; `provenance.demo.run` puts it on the ledger. Times are spans before the run, so that
the goods that are at sea are at sea whenever somebody looks. Nothing here speaks to a ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from provenance.demo.world import Member, Spot
from provenance.domain import vocabulary
from provenance.domain.gs1.keys import Link
from provenance.domain.instant import format_instant

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass(frozen=True, slots=True)
class Act:
    """An act of authority: who does it, which method of `provenance.contracts.Contracts` it is, its arguments, and
    the event that it carries, if any.
    """

    by: Member
    name: str
    arguments: Mapping[str, Any]
    event: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Chronicle:
    """Events by recorder and acts in order, seen from the instant of the run."""

    run: datetime
    events: dict[Member, list[dict[str, Any]]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)

    def ago(self, days: float) -> datetime:
        """Return the instant this many days before the run, to the second."""
        return self.run - timedelta(seconds=round(days * 86_400))

    def act(self, by: Member, name: str, /, *, days: float | None = None, **arguments: Any) -> None:
        """Add an act by the name of its method of `Contracts`, effective `days` before the run, or from now on."""
        effective = {} if days is None else {"effective": self.ago(days)}
        self.acts.append(Act(by, name, {**arguments, **effective}))

    def saw(
        self,
        by: Member,
        step: str,
        things: Sequence[Link],
        /,
        *,
        days: float,
        place: Spot,
        aboard: Spot | None = None,
        **more: Any,
    ) -> None:
        """Add an observation of things read at a place, and `aboard` where they are then somewhere else.

        `more` are further fields of the event, as EPCIS names them.
        """
        body = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": list(things)}
        where = {} if aboard is None else {"bizLocation": {"id": aboard.link}}
        self._record(by, self._event(body, step, days=days, place=place, more={**where, **more}))

    def made(self, by: Member, things: Sequence[Link], /, *, days: float, place: Spot, lot: str) -> None:
        """Add the commissioning of items of one lot."""
        body = {"type": "ObjectEvent", "action": "ADD", "epcList": list(things), "ilmd": {"cbvmda:lotNumber": lot}}
        self._record(by, self._event(body, "commissioning", days=days, place=place, more={"disposition": "active"}))

    def packed(self, by: Member, parent: Link, children: Sequence[Link], /, *, days: float, place: Spot) -> None:
        """Add the packing of things into a logistic unit."""
        body = {"type": "AggregationEvent", "action": "ADD", "parentID": parent, "childEPCs": list(children)}
        self._record(by, self._event(body, "packing", days=days, place=place, more={"disposition": "in_progress"}))

    def unpacked(self, by: Member, parent: Link, children: Sequence[Link], /, *, days: float, place: Spot) -> None:
        """Add the unpacking of things from a logistic unit."""
        body = {"type": "AggregationEvent", "action": "DELETE", "parentID": parent, "childEPCs": list(children)}
        self._record(by, self._event(body, "unpacking", days=days, place=place, more={"disposition": "in_progress"}))

    def handed_over(
        self,
        giver: Member,
        taker: Member,
        things: Sequence[Link],
        /,
        *,
        days: float,
        at: Spot,
        to: Spot,
        by: str,
        **more: Any,
    ) -> None:
        """Add both halves of a handover: the giver ships to the taker, who receives six hours later."""
        parties = {
            "sourceList": [{"type": "possessing_party", "source": giver.party}],
            "destinationList": [{"type": "possessing_party", "destination": taker.party}],
            **self.mode(by),
            **more,
        }
        self.saw(giver, "shipping", things, days=days, place=at, disposition="in_transit", **parties)
        self.saw(taker, "receiving", things, days=days - 0.25, place=to, disposition="in_progress", **parties)

    def offered(self, giver: Member, taker: Member, item: Link, /, *, days: float, at: Spot, handover: str) -> None:
        """Add an offer of custody, which the taker then accepts or rejects."""
        parties = {
            "sourceList": [{"type": "possessing_party", "source": giver.party}],
            "destinationList": [{"type": "possessing_party", "destination": taker.party}],
        }
        body = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [item]}
        event = self._event(body, "shipping", days=days, place=at, more={"disposition": "in_transit", **parties})
        arguments = {"handover": handover, "items": [item], "receiver": taker.id, "effective": self.ago(days)}
        self.acts.append(Act(giver, "offer", arguments, event))

    @staticmethod
    def mode(name: str) -> dict[str, str]:
        """Return the extension field that says how goods travel."""
        return {"prov:transportMode": name}

    def document(self, recorder: Member) -> dict[str, Any]:
        """Return the recorder's events as the EPCIS document that it captures."""
        return self.document_of(self.events[recorder])

    def document_of(self, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return events as an EPCIS document, with the context that they need."""
        return {
            "@context": [CONTEXT, {"prov": vocabulary.NAMESPACE}],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": format_instant(self.run),
            "epcisBody": {"eventList": events},
        }

    def _record(self, by: Member, event: dict[str, Any]) -> None:
        self.events.setdefault(by, []).append(event)

    def _event(
        self, body: dict[str, Any], step: str, *, days: float, place: Spot, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        where = {"readPoint": {"id": place.link}, "bizLocation": {"id": place.link}}
        when = {"eventTime": format_instant(self.ago(days)), "eventTimeZoneOffset": place.zone}
        return {**body, **when, "bizStep": step, **where, **more}
