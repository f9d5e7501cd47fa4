"""When and how a subscriber wants to be told: the subscription controls of EPCIS 2.0 (8.2.5), from JSON or a URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance.domain.canonical import Number
from provenance.domain.epcis import schedule
from provenance.domain.epcis.schedule import RANGES, Schedule
from provenance.domain.errors import Malformed
from provenance.domain.instant import parse_instant
from provenance.http.problems import Problem

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

NEVER = datetime.max.replace(tzinfo=UTC, microsecond=0)
_URL = frozenset({*RANGES, "stream", "reportIfEmpty", "initialRecordTime"})


@dataclass(frozen=True, slots=True)
class Controls:
    """A schedule, or None for a stream; whether to be told of nothing; and from which record time on."""

    schedule: Schedule | None
    report_if_empty: bool
    initial: datetime

    def first(self, now: datetime) -> datetime:
        """Return when to look first."""
        return now if self.schedule is None else self.following(now)

    def following(self, now: datetime) -> datetime:
        """Return when to look next."""
        return now if self.schedule is None else self.schedule.next(now) or NEVER


def controls_of_json(body: Mapping[str, Any]) -> Controls:
    """Return the controls in the body of a subscription; raises `Problem` (400)."""
    stated = body.get("schedule")
    if stated is not None and not isinstance(stated, Mapping):
        raise _wrong("schedule is an object of fields", "/schedule")
    fields = None if stated is None else {name: _text(name, value) for name, value in stated.items()}
    stream = body.get("stream", False)
    if not isinstance(stream, bool):
        raise _wrong("stream is true or left out", "/stream")
    empty = body.get("reportIfEmpty", False)
    if not isinstance(empty, bool):
        raise _wrong("reportIfEmpty is true or false", "/reportIfEmpty")
    initial = body.get("initialRecordTime")
    if initial is not None and not isinstance(initial, str):
        raise _wrong("initialRecordTime is a date-time", "/initialRecordTime")
    return _controls(fields, initial, streams=stream, empty=empty)


def controls_of_url(arguments: "MultiDict[str, str]") -> Controls:
    """Return the controls in the query of a websocket's handshake; raises `Problem` (400)."""
    for name in arguments:
        if name not in _URL or len(arguments.getlist(name)) > 1:
            raise _wrong(f"{name[:40]!r} is no parameter of a subscription, or is given twice")
    fields = {name: arguments[name] for name in RANGES if name in arguments} or None
    flags = {name: arguments.get(name, "false") for name in ("stream", "reportIfEmpty")}
    for name, value in flags.items():
        if value not in ("true", "false"):
            raise _wrong(f"{name} is true or false")
    initial = arguments.get("initialRecordTime")
    return _controls(fields, initial, streams=flags["stream"] == "true", empty=flags["reportIfEmpty"] == "true")


def _controls(fields: Mapping[str, str] | None, initial: str | None, *, streams: bool, empty: bool) -> Controls:
    if (fields is None) is not streams:
        raise _wrong("a subscription has either a schedule, or stream=true")
    now = datetime.now(UTC)
    try:
        read = None if fields is None else schedule.read(fields)
        since = now if initial is None else parse_instant(initial)
    except Malformed as error:
        raise _wrong(error.detail, f"/schedule{error.pointer}" if error.pointer else None, error.code) from None
    return Controls(read, empty, since)


def _text(name: str, value: Any) -> str:
    if isinstance(value, Number):
        return value.literal
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong(f"{name[:40]} is a text such as '0' or '[1-5],10'", f"/schedule/{name[:40]}")
    return str(value)


def _wrong(detail: str, pointer: str | None = None, code: str = "subscriptions.controls") -> Problem:
    return Problem(400, code, detail, pointer=pointer, epcis="SubscriptionControlsException")
