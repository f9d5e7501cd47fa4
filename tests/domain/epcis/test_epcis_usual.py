"""Usual events: what is said of them in one pass is what checking them and writing them out says, or nothing."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from epcis_made import CONTEXT, EVENTS, URL
from epcis_mutations import mutants
from hypothesis import given

from provenance.domain import canonical
from provenance.domain.epcis import document, entry, eventhash, shape, usual
from provenance.domain.epcis.context import scope
from tests.benchmarks.event_id import make_document


def in_full(event: dict[str, Any]) -> str | None:
    """The id of an event that is well-formed, by looking at all of it."""
    within = scope(event.get("@context"))
    if shape.event_issues(event, within) or "@context" not in event:
        return None
    return eventhash.event_id(event, within)


def require_the_same(event: dict[str, Any], what: object = "") -> bool:
    """Whether the event is usual; if so it has to be well-formed, with the same id, each time and from floats too."""
    expected = in_full(event)
    floats = orjson.loads(canonical.dump(event))
    kept = copy.deepcopy(floats)
    for _ in range(2):
        assert usual.event_id(event) in (None, expected), what
        if canonical.dump(floats) == canonical.dump(event):
            assert usual.event_id(floats) in (None, expected), what
    assert floats == kept
    return expected is not None and usual.event_id(event) is not None


def traded() -> list[dict[str, Any]]:
    listed = canonical.parse(json.dumps(make_document(7, 200)).encode())["epcisBody"]["eventList"]
    return [{**event, "@context": [*CONTEXT, {"example": "https://ns.example.com/epcis/"}]} for event in listed]


def test_the_events_of_real_trade_are_usual() -> None:
    assert all(require_the_same(event) for event in traded())
    assert all(usual.event_id(orjson.loads(canonical.dump(event))) for event in traded())


@given(EVENTS)
def test_made_up_events_are_said_the_same_of(event: dict[str, Any]) -> None:
    require_the_same(canonical.parse(json.dumps({**event, "@context": CONTEXT}).encode()))


def standing(folder: Path) -> Iterator[dict[str, Any]]:
    """The events of all accepted documents, by themselves."""
    for path in sorted(folder.glob("*.json")):
        for captured in document.read(path.read_bytes()).events:
            yield canonical.parse(captured.body)


def test_the_vectors_are_said_the_same_of_and_many_are_usual(vectors: Path) -> None:
    found = [require_the_same(event) for event in standing(vectors / "epcis" / "accept")]
    assert sum(found) > len(found) / 3


@pytest.mark.parametrize("remainder", range(4))
def test_no_changed_event_gets_an_id_that_it_has_not(vectors: Path, remainder: int) -> None:
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    for event in (*traded(), *standing(vectors / "epcis" / "accept")):
        seen.setdefault((event["type"], *sorted(event)), event)
    usually = 0
    for number, event in enumerate(seen.values()):
        for index, (change, make) in enumerate(mutants(event)):
            if (index + number) % 12 == remainder:
                changed = canonical.parse(canonical.dump(make()))
                usually += require_the_same(changed, change)
    assert usually > 100


URIS = [
    "urn:epc:id:sgtin:9521321.012345.A",
    "urn:epc:id:sgtin:9521321.012345.A%2FB",
    "urn:epc:id:sgtin:9521321.0123456.A",
    "urn:epc:id:sgtin:9521321.012345.123456789012345678901",
    "urn:epc:id:sgtin:9521321.012345.",
    "urn:epc:class:lgtin:9521321.012345.L-1",
    "urn:epc:idpat:sgtin:9521321.012345.*",
    "urn:epc:id:sscc:9521321.1000000001",
    "urn:epc:id:sscc:9521321.100000001",
    "urn:epc:id:sscc:9521321.",
    "urn:epc:id:sscc:95213.111111111111",
    "urn:epc:id:sscc:9521321.1000000001.1",
    "urn:epc:id:sgln:9521321.00001.0",
    "urn:epc:id:gid:1.2.3",
    "https://id.gs1.org/01/09521321123452/21/A",
    "https://id.gs1.org/01/09521321123452/21/A?x=1",
    "https://id.gs1.org/01/09521321123452/21/A/b",
    "https://id.gs1.org/01/09521321123452/10/L/21/A",
    "https://id.gs1.org/01/09521321123452",
    "https://id.gs1.org/01/9521321123452/21/A",
    "https://shop.example.com/p/01/09521321123452/21/A",
    "https://shop.example.com/gtin/09521321123452/ser/A",
    "https://id.gs1.org/00/095213210000000015",
    "https://id.gs1.org/00/0952132100000000155",
    "https://id.gs1.org/00/095213210000000015/x",
    "HTTPS://id.gs1.org/01/09521321123452/21/A",
    "https://id.gs1.org:443/01/09521321123452/21/A",
    "https://example.com/po/12",
    "https://example.com/po/12/01/09521321123452",
    "https://example.com",
    "https://example.com/%41",
    "https://example.com/a%zz",
    "urn:uuid:00000000-0000-4000-8000-000000000001",
    "urn:epcglobal:cbv:bt:9521321000010:1",
    "urn:epcglobal:cbv:bizstep:shipping",
    "urn:epcglobal:cbv:disp:active",
    "urn:x:a%20b",
    "urn:",
    "cbv:BizStep-shipping",
    "ex:thing",
    "geo:1,2",
    "a word",
    "",
    "https://example.com/a https://example.com/b",
]


@pytest.mark.parametrize("text", URIS)
@pytest.mark.parametrize("context", [CONTEXT, [URL, {"https": "https://ref.gs1.org/x/", "urn": "https://gs1.org/"}]])
def test_a_uri_says_the_same_wherever_it_stands(text: str, context: list[Any]) -> None:
    core = {"@context": context, "eventTime": "2026-03-01T10:00:00Z", "eventTimeZoneOffset": "+08:00"}
    core |= {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sscc:9521321.1000000001"]}
    for fields in (
        {"epcList": [text]},
        {"epcList": ["urn:epc:id:sgtin:9521321.012345.B", text]},
        {"epcList": [text, text]},
        {"type": "AggregationEvent", "parentID": text, "childEPCs": [text, text], "epcList": None},
        {"eventID": text},
        {"readPoint": {"id": text}},
        {"bizTransactionList": [{"type": "po", "bizTransaction": text}, {"type": text, "bizTransaction": "urn:x:y"}]},
        {"bizTransactionList": [{"bizTransaction": text}]},
        {"sourceList": [{"type": "location", "source": text}], "destinationList": []},
        {"quantityList": [{"epcClass": text, "quantity": 1.5, "uom": "KGM"}]},
        {"ex:note": text},
    ):
        event = {name: value for name, value in (core | fields).items() if value is not None}
        require_the_same(canonical.parse(json.dumps(event).encode()), fields)


TIMES = [
    "2026-03-01T10:00:00Z",
    "2026-03-01T00:10:59.5+08:00",
    "2024-02-29T23:59:59.123-09:30",
    "2026-02-29T10:00:00Z",
    "2026-03-01T10:00:60Z",
    "2026-03-01T10:00:00.1235Z",
    "2026-03-01T10:00:00.9995+01:00",
    "2026-03-01T10:00:00+24:00",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:30:00-01:00",
    "2026-03-01t10:00:00z",
    "2026-03-01T10:00:00",
]


@pytest.mark.parametrize("text", TIMES)
def test_a_time_says_the_same(text: str) -> None:
    (event, *_) = traded()
    for changed in (event | {"eventTime": text}, event | {"recordTime": text}):
        require_the_same(changed, text)
        require_the_same(changed | {"eventTimeZoneOffset": text}, text)


def test_what_is_too_long_to_be_remembered_is_not() -> None:
    (event, *_) = traded()
    for number in range(3):
        long = f"https://example.com/{'x' * 5000}{number}"
        places = {"readPoint": {"id": long}, "sourceList": [{"type": "location", "source": long}], "bizStep": long}
        assert require_the_same(event | places)
    known = [each for plans in usual._CONTEXTS.values() for each in plans._writes.values()]
    remembered = [getattr(each, "__self__", {}) for each in known]
    assert all(len(repr(key)) <= 200 for each in remembered for key in each)


def test_an_event_that_is_remembered_is_still_refused_with_a_record_time() -> None:
    event = traded()[0]
    entry.checked(event)
    body, _ = entry.checked(event | {"recordTime": "2026-03-01T10:00:00Z"})
    assert body == entry.body(event)
    assert usual.event_id(event | {"recordTime": "now"}) is None
