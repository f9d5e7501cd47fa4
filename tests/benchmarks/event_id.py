"""How long an event's id takes, and what stands around it: reading, checking, folding in, chunks, the event that rules
read.

The events look like those of real trade: one to ten items, quantities, parties, transactions, ilmd and extensions,
sensor data now and then, EPC URNs and links, different offsets; every item and time occurs once, so that nothing but
what repeats in real documents (contexts, places, parties, words) is found in a cache. The baseline is the public
library on the same events.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis import chunk, document, entry
from provenance.domain.epcis.reading import read_event

_CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/", "rail": "urn:gs1:epcisapp:rail:"},
]
_SIZE = 500


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield the figures, one object a line of `make bench`: microseconds an event, medians over documents."""
    figures: dict[str, list[float]] = {}
    for seed in range(40 if full else 12):
        _measure(seed, figures)
    baseline = _library(make_document(0, _SIZE), events=100 if full else 40)
    for bench, values in figures.items():
        yield _line(bench, statistics.median(values), baseline if bench == "event-id" else None)


def _measure(seed: int, figures: dict[str, list[float]]) -> None:
    """Measure one document, of which no event was seen before, and the chunk that is made of another."""

    def timed(bench: str, function: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = function()
        figures.setdefault(bench, []).append((time.perf_counter() - began) / _SIZE * 1e6)
        return result

    body = json.dumps(make_document(2 * seed, _SIZE)).encode()
    other = json.dumps(make_document(2 * seed + 1, _SIZE)).encode()
    parsed = canonical.parse(body)["epcisBody"]["eventList"]
    events = [{**event, "@context": _CONTEXT} for event in parsed]
    timed("event-id", lambda: [entry.event_id(event) for event in events])
    timed("event-id.again", lambda: [entry.event_id(event) for event in events])
    timed("event-id.parse", lambda: canonical.parse(body))
    timed("event-id.check", lambda: [entry.check(event) for event in events])
    timed("event-id.body", lambda: [entry.body(event) for event in events])
    timed("event-id.read", lambda: [read_event(event) for event in events])
    read = timed("event-id.document", lambda: document.read(other))
    chunks = timed("event-id.build", lambda: chunk.build(read.events))
    timed("event-id.chunk", lambda: [chunk.read(part) for part in chunks])
    timed("event-id.entries", lambda: [list(chunk.entries(part)) for part in chunks])


def make_document(seed: int, size: int) -> dict[str, Any]:
    """Return an EPCISDocument of `size` plausible events; the same for the same seed."""
    chance = random.Random(seed)
    return {
        "@context": _CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T10:00:00Z",
        "epcisBody": {"eventList": [_event(chance, seed * size + index) for index in range(size)]},
    }


def _event(chance: random.Random, number: int) -> dict[str, Any]:
    makers = (_commission, _pack, _ship, _ship, _receive, _receive, _observe, _sense, _transform)
    minute, second = divmod(number, 60)
    day = f"2026-{minute // 43200 % 12 + 1:02}-{minute // 1440 % 28 + 1:02}"
    clock = f"{minute // 60 % 24:02}:{minute % 60:02}:{second:02}.{chance.randrange(1000):03}"
    event: dict[str, Any] = {
        "eventTime": f"{day}T{clock}{chance.choice(('Z', '+08:00', '+01:00'))}",
        "eventTimeZoneOffset": chance.choice(("+08:00", "+01:00", "+00:00")),
        "readPoint": {"id": f"urn:epc:id:sgln:9521321.{chance.randrange(40):05}.{chance.randrange(9)}"},
    }
    return event | chance.choice(makers)(chance, number)


def _items(chance: random.Random, number: int, most: int = 10) -> list[str]:
    return [_item(chance, number, index) for index in range(chance.randint(1, most))]


def _item(chance: random.Random, number: int, index: int) -> str:
    serial, reference = f"{number:x}Z{index}", chance.randrange(50)
    if number % 2:
        return f"urn:epc:id:sgtin:9521321.0{reference:05}.{serial}"
    return f"https://id.{'gs1.org' if number % 3 else 'example.com'}/01/09521321000{reference:02}3/21/{serial}"


def _parties(kind: str) -> list[dict[str, str]]:
    return [
        {"type": "possessing_party", kind: "urn:epc:id:pgln:9521321.00001"},
        {"type": "owning_party", kind: "https://id.gs1.org/417/9521321000027"},
    ]


def _commission(chance: random.Random, number: int) -> dict[str, Any]:
    ilmd = {
        "cbvmda:lotNumber": f"L{number // 100}",
        "cbvmda:countryOfOrigin": "CN",
        "example:line": {"example:shift": "3.0"},
    }
    return {
        "type": "ObjectEvent",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "epcList": _items(chance, number),
        "ilmd": ilmd,
    }


def _pack(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "type": "AggregationEvent",
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "in_progress",
        "parentID": f"urn:epc:id:sscc:9521321.0{number:09}",
        "childEPCs": _items(chance, number),
    }


def _ship(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": [f"urn:epc:id:sscc:9521321.0{number:09}"],
        "example:voyage": "012W",
        "example:mode": "sea",
        "bizTransactionList": [
            {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:9521321000010:{number}"},
            {"type": "po", "bizTransaction": f"http://transaction.example.com/po/{number // 7}"},
        ],
        "sourceList": _parties("source"),
        "destinationList": _parties("destination"),
    }


def _receive(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "in_progress",
        "epcList": _items(chance, number, 3),
        "bizLocation": {"id": "https://id.gs1.org/414/9521321000119"},
        "sourceList": _parties("source"),
        "destinationList": _parties("destination"),
    }


def _observe(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "disposition": "conformant",
        "epcList": _items(chance, number, 2),
        "recordTime": "2026-03-01T10:00:00Z",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
    }


def _sense(chance: random.Random, number: int) -> dict[str, Any]:
    report = {"type": "Temperature", "value": chance.randrange(300) / 10, "uom": "CEL"}
    metadata = {"time": "2026-03-01T09:59:00Z", "deviceID": "urn:epc:id:giai:9521321.SENSOR1"}
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "epcList": [f"https://id.gs1.org/00/0952132{number:010}5"],
        "sensorElementList": [{"sensorMetadata": metadata, "sensorReport": [report, report | {"type": "Pressure"}]}],
    }


def _transform(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "type": "TransformationEvent",
        "bizStep": "commissioning",
        "inputQuantityList": [
            {"epcClass": f"urn:epc:class:lgtin:9521321.0{number % 50:05}.{number}", "quantity": 12.50, "uom": "KGM"}
        ],
        "outputEPCList": _items(chance, number, 6),
    }


def _library(sample: dict[str, Any], *, events: int) -> float:
    from tests.domain.epcis import epcis_library as library  # only here: it is a development dependency

    few = sample | {"epcisBody": {"eventList": sample["epcisBody"]["eventList"][:events]}}
    began = time.perf_counter()
    library.prehashes(few)
    return (time.perf_counter() - began) / events * 1e6


def _line(bench: str, value: float, baseline: float | None = None) -> dict[str, Any]:
    ratio = None if baseline is None else round(baseline / value, 1)
    return {
        "bench": bench,
        "value": round(value, 2),
        "unit": "us",
        "baseline": baseline and round(baseline, 1),
        "ratio": ratio,
    }
