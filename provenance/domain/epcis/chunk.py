"""Chunks: the events that one transaction records, as its arguments (DESIGN: captures are chunks).

A chunk is canonical JSON, `{"events":[{"algorithm":"CBV2.0","event":{...},"id":"ni:..."}]}`, of 1 to 500 entries and at
most 1 MiB; its root is the RFC 9162 Merkle root over the events' digests, in their order. Where a document's header
states where its events' places are, `"masterData":[...]` follows the events: each statement once, in the order of their
bytes, at most two an event, each a leaf after the events'. `build` makes chunks, `read` checks one and everything in it
and trusts nothing, `entries` and `statements` take one that is on the ledger at its word.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from provenance.domain import canonical, merkle
from provenance.domain.epcis import entry, masterdata, usual
from provenance.domain.epcis.document import Captured
from provenance.domain.epcis.eventhash import VERSION
from provenance.domain.epcis.masterdata import Statement
from provenance.domain.errors import Malformed

MOST_EVENTS: Final = 500
MOST_BYTES: Final = 1024 * 1024

_OPENING: Final = b'{"events":['
_CLOSING: Final = b"]}"
_BEFORE: Final = b'{"algorithm":"' + VERSION.encode() + b'","event":'
_ID: Final = b',"id":"'
_FIRST: Final = _OPENING + _BEFORE
_NEXT: Final = b'"},' + _BEFORE
_LAST: Final = b'"}' + _CLOSING
_STATED: Final = b'],"masterData":['
_LAST_STATED: Final = b"}}" + _CLOSING
"""How a chunk with statements ends, and none without: a look at the end tells that there is nothing to look for."""

_NOTHING: Final[frozenset[bytes]] = frozenset()
_PLACES_AN_EVENT: Final = 2
"""Where it was read, and where things are then."""
_DEEPEST: Final = 61
"""How deep an event may be: what `canonical.parse` takes, less the three levels of the chunk around it."""
_DIGITS_ALIKE: Final = bytes.maketrans(b"-0123456789", b"0" * 11)


class Entry(NamedTuple):
    """An event of a chunk with its id, its canonical bytes and their SHA-256 (hex)."""

    id: str
    digest: str
    event: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a checked chunk comes to: how many events, its statements, and the Merkle root over the events' digests
    with the statements' after them.
    """

    count: int
    root: bytes
    statements: tuple[Statement, ...] = ()


def build(captured: Iterable[Captured]) -> list[bytes]:
    """Return the events as chunks that keep their order and the limits, each the arguments of a transaction."""
    chunks: list[bytes] = []
    waiting: list[bytes] = []
    stated: set[bytes] = set()
    size = len(_OPENING) + len(_CLOSING)
    for each in captured:
        written = _entry(each.body, each.id)
        fresh = set(each.stated) - stated if each.stated else _NOTHING
        added = len(written) + 1 + (_weight(fresh, stated) if fresh else 0)
        if waiting and (len(waiting) == MOST_EVENTS or size + added - 1 > MOST_BYTES):
            chunks.append(_joined(waiting, stated))
            waiting, stated, size = [], set(), len(_OPENING) + len(_CLOSING)
            fresh = frozenset(each.stated)
            added = len(written) + 1 + (_weight(fresh, stated) if fresh else 0)
        waiting.append(written)
        stated |= fresh
        size += added
    return [*chunks, _joined(waiting, stated)] if waiting else chunks


def read(arguments: bytes) -> Chunk:
    """Return the chunk after checking all of it: limits, canonical bytes, every event's form and id.

    Raises `Malformed` (`chunk.*`, `json.*`, and what the form of an event raises) with the place.
    """
    if len(arguments) > MOST_BYTES:
        raise Malformed("chunk.too_large", f"a chunk has at most {MOST_BYTES} bytes, this has {len(arguments)}")
    events, written = _apart(arguments)
    digests = _cut(events) or [sha256(body).digest() for body in _parsed(events)]
    said = _said(written) if written else ()
    if len(said) > _PLACES_AN_EVENT * len(digests):
        raise Malformed("chunk.count", "a chunk states more places than its events can name", "/masterData")
    return Chunk(len(digests), merkle.root([*digests, *leaves(said)]), said)


def entries(arguments: bytes) -> Iterator[Entry]:
    """Give the entries of a chunk that is on the ledger, or of an act with events, at the word of its endorsers.

    What a canonical chunk holds is cut out of it, body by body, rather than written anew.
    """
    given = 0
    arguments, _ = _apart(arguments)
    if arguments.startswith(_FIRST) and arguments.endswith(_LAST):
        for written in arguments[len(_FIRST) : -len(_LAST)].split(_NEXT):
            body, _, event_id = written.rpartition(_ID)
            try:
                event = event_of(body)
            except (Malformed, ValueError):  # something inside an event looks like the end of an entry
                break
            yield Entry(event_id.decode(), sha256(body).hexdigest(), event, body)
            given += 1
        else:
            return
    yield from islice(_rewritten(arguments), given, None)


def event_of(body: bytes) -> Any:
    """Return the event of canonical bytes that are on the ledger, at the word of their endorsers.

    Raises `Malformed`, `ValueError`.
    """
    return canonical.parse(body) if _has_numbers(body) else orjson.loads(body)


def statements(arguments: bytes) -> tuple[Statement, ...]:
    """Return the statements of a chunk that is on the ledger; raises `Malformed` for what is none."""
    written = _apart(arguments)[1]
    return _said(written) if written else ()


def leaves(said: Iterable[Statement]) -> list[bytes]:
    """Return the leaves of statements in a chunk's tree."""
    return [sha256(each.body).digest() for each in said]


def key(recorder: str, root: bytes) -> str:
    """Return the state key of what a contract writes for a chunk that it took: who recorded it, and its root."""
    return f"chunk:{recorder}:{root.hex()}"


def joined(chunks: Sequence[bytes]) -> bytes:
    """Return one chunk with the entries of several, in their order; it is the caller's to keep the limits."""
    parts = [_apart(each) for each in chunks]
    stated = [each.body for _, written in parts if written for each in _said(written)]
    return _joined([events[len(_OPENING) : -len(_CLOSING)] for events, _ in parts], stated)


def count(arguments: bytes) -> int:
    """Return how many events a chunk has."""
    return len(orjson.loads(arguments)["events"])


def _cut(arguments: bytes) -> list[bytes] | None:
    """Return the digests of a flawless chunk's events, or None: what is wrong, and with what, `_parsed` says.

    It is cut into bodies, which are read one after the other and not kept: what is gone again stays in the processor's
    cache. That the chunk is canonical follows from each body's being what its event is written as, and each id's being
    its event's: nothing else can stand there.
    """
    if not (arguments.startswith(_FIRST) and arguments.endswith(_LAST)):
        return None
    written = arguments[len(_FIRST) : -len(_LAST)].split(_NEXT)
    if len(written) > MOST_EVENTS:
        return None
    digests: list[bytes] = []
    try:
        for each in written:
            body, _, event_id = each.rpartition(_ID)
            if _id_of(body).encode() != event_id:
                return None
            digests.append(sha256(body).digest())
    except (Malformed, ValueError):
        return None
    return digests


def _id_of(body: bytes) -> str:
    """Return the id of the event that canonical bytes spell; raises `Malformed`, `ValueError`.

    orjson reads an event as `canonical.parse` does but for repeated names and some numbers, and what it reads is
    written as it came only where there are none. How deep an event is, is looked at where it has so many brackets.
    """
    if body.count(b"{") + body.count(b"[") <= _DEEPEST:
        found = entry.known(body) or _usual_id(body)
        if found is not None:
            return found
    again, event_id = entry.checked(canonical.parse(body, max_depth=_DEEPEST))
    if again != body:
        raise Malformed("chunk.not_canonical", "an event is canonical JSON without a record time")
    return event_id


def _usual_id(body: bytes) -> str | None:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(event) is not dict or "recordTime" in event or len(body) > entry.LONGEST or canonical.dump(event) != body:
        return None
    return usual.event_id(event)


def _apart(arguments: bytes) -> tuple[bytes, bytes]:
    """Return a chunk without its statements, and what is written of these, which is nothing in most.

    No text inside a string can be taken for the beginning of the list, and no statement holds such a list.
    """
    at = arguments.rfind(_STATED) if arguments.endswith(_LAST_STATED) else -1
    if at < 0:
        return arguments, b""
    return arguments[:at] + _CLOSING, arguments[at + len(_STATED) : -len(_CLOSING)]


def _said(written: bytes) -> tuple[Statement, ...]:
    """Return the statements of a chunk after checking them and that they stand as they should."""
    found: list[Statement] = []
    for index, value in enumerate(canonical.parse(b"[" + written + b"]")):
        try:
            found.append(masterdata.read(value))
        except Malformed as error:
            raise error.under(f"/masterData/{index}") from None
    if b",".join(masterdata.listed([each.body for each in found])) != written:
        detail = "statements are canonical JSON, each once, in the order of their bytes"
        raise Malformed("chunk.not_canonical", detail, "/masterData")
    return tuple(found)


def _weight(fresh: Collection[bytes], stated: Collection[bytes]) -> int:
    """Return how many bytes some statements add to a chunk that has others, or none."""
    return sum(len(each) + 1 for each in fresh) + (0 if stated else len(_STATED))


def _parsed(arguments: bytes) -> list[bytes]:
    """Return the bodies of a chunk after checking all of it, one after the other; raises `Malformed`."""
    listed = _listed(canonical.parse(arguments))
    bodies = [_checked(each, index) for index, each in enumerate(listed)]
    if _joined([_entry(body, each["id"]) for body, each in zip(bodies, listed, strict=True)]) != arguments:
        raise Malformed("chunk.not_canonical", "a chunk is canonical JSON without record times")
    return bodies


def _rewritten(arguments: bytes) -> Iterator[Entry]:
    for each in canonical.parse(arguments)["events"]:
        body = entry.body(each["event"])
        yield Entry(each["id"], sha256(body).hexdigest(), each["event"], body)


def _has_numbers(arguments: bytes) -> bool:
    """Return whether there may be a number in canonical JSON: where there is none, a reader that makes floats is exact.

    A number follows a name, a comma or a bracket; inside a string a comma or bracket before a digit is a false alarm,
    and a quote that ends no string cannot be there.
    """
    shape = arguments.translate(_DIGITS_ALIKE)
    return b'":0' in shape or b",0" in shape or b"[0" in shape


def _entry(body: bytes, event_id: str) -> bytes:
    return b'%b%b%b%b"}' % (_BEFORE, body, _ID, event_id.encode())


def _joined(written: list[bytes], stated: Collection[bytes] = ()) -> bytes:
    if not stated:
        return _OPENING + b",".join(written) + _CLOSING
    return _OPENING + b",".join(written) + _STATED + b",".join(masterdata.listed(stated)) + _CLOSING


def _listed(content: Any) -> list[Any]:
    listed = content.get("events") if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(listed, list):
        raise Malformed("chunk.form", "a chunk is an object with the one field 'events', a list")
    if not 1 <= len(listed) <= MOST_EVENTS:
        raise Malformed("chunk.count", f"a chunk has 1 to {MOST_EVENTS} events, this has {len(listed)}", "/events")
    return listed


def _checked(written: Any, index: int) -> bytes:
    """Return the canonical body of one entry's event after checking the entry."""
    place = f"/events/{index}"
    if not isinstance(written, dict) or written.keys() != {"algorithm", "event", "id"}:
        raise Malformed("chunk.form", "an entry has an 'algorithm', an 'event' and an 'id'", place)
    if written["algorithm"] != VERSION:
        raise Malformed("chunk.algorithm", f"the algorithm is {VERSION}", f"{place}/algorithm")
    event = written["event"]
    try:
        body, event_id = entry.checked(event)
    except Malformed as error:
        raise error.under(f"{place}/event") from None
    if written["id"] != event_id:
        raise Malformed("chunk.id", "the id is not the hash of the event", f"{place}/id")
    return body
