"""How long an event's id takes, and what stands around it: reading, checking, folding in, chunks, the event that rules
read.

The events look like those of real trade: one to ten items, quantities, parties, transactions, ilmd and extensions,
sensor data now and then, EPC URNs and links, different offsets; every item and time occurs once, so that nothing but
what repeats in real documents (contexts, places, parties, words) is found in a cache. The baseline is the public
library on the same events.
"""

import json
import random
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
    """Yield the figures, one object a line of `make bench`; values are microseconds an event."""
    rounds = 40 if full else 10
    documents = [make_document(seed, _SIZE) for seed in range(rounds)]
    bodies = [json.dumps(each).encode() for each in documents]
    parsed = [list(canonical.parse(body)["epcisBody"]["eventList"]) for body in bodies]
    folded = [[{**event, "@context": _CONTEXT} for event in events] for events in parsed]
    hashed = _each(folded, entry.event_id)
    baseline = _library(documents[0], events=100 if full else 40)
    yield _line("event-id", hashed, baseline)
    yield _line("event-id.parse", _whole(bodies, canonical.parse))
    yield _line("event-id.check", _each(folded, entry.check))
    yield _line("event-id.body", _each(folded, entry.body))
    yield _line("event-id.read", _each(folded, read_event))
    read = [
        document.read(body)
        for body in [json.dumps(make_document(1000 + seed, _SIZE)).encode() for seed in range(rounds)]
    ]
    chunks = [part for each in read for part in chunk.build(each.events)]
    yield _line("event-id.chunk-warm", _whole(chunks, chunk.read, count=rounds * _SIZE))
    fresh = [json.dumps(make_document(2000 + seed, _SIZE)).encode() for seed in range(rounds)]
    yield _line("event-id.document", _whole(fresh, document.read))


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


def _whole(values: list[bytes], function: Callable[[bytes], object], *, count: int | None = None) -> float:
    began = time.perf_counter()
    for value in values:
        function(value)
    return (time.perf_counter() - began) / (count or len(values) * _SIZE) * 1e6


def _each(groups: list[list[Any]], function: Callable[[Any], object]) -> float:
    began = time.perf_counter()
    for group in groups:
        for event in group:
            function(event)
    return (time.perf_counter() - began) / (len(groups) * _SIZE) * 1e6


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
