"""Chunks: built within their limits, read with everything in them recomputed."""

import itertools
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain import canonical, merkle
from provenance.domain.epcis import chunk, document, entry
from provenance.domain.errors import Malformed

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(number: int, **fields: Any) -> dict[str, Any]:
    core = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T10:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
    }
    return core | {"epcList": [f"urn:epc:id:sscc:9521321.1{number:09}"], "recordTime": "2026-03-01T10:00:00Z"} | fields


def captured(*events: dict[str, Any]) -> list[document.Captured]:
    envelope = {"@context": [URL, {"ex": "https://ex.example.com/"}], "type": "EPCISDocument", "schemaVersion": "2.0"}
    body = envelope | {"creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": list(events)}}
    read = document.read(json.dumps(body).encode())
    assert read.sound, read.problems
    return read.events


def refused(arguments: bytes) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        chunk.read(arguments)
    return caught.value.code, caught.value.pointer


def test_a_chunk_is_canonical_json_and_reads_back() -> None:
    events = captured(event(1), event(2, **{"ex:n": 1.25}))
    (arguments,) = chunk.build(events)
    assert canonical.dump(canonical.parse(arguments)) == arguments
    assert set(json.loads(arguments)["events"][0]) == {"algorithm", "event", "id"}
    read = chunk.read(arguments)
    entries = list(chunk.entries(arguments))
    assert [(each.id, each.digest) for each in entries] == [(each.id, each.digest) for each in events]
    assert read.root == merkle.root([bytes.fromhex(each.digest) for each in events])
    assert read.count == len(entries)


def test_chunks_keep_order_and_limits() -> None:
    events = captured(*(event(number) for number in range(chunk.MOST_EVENTS + 7)))
    parts = chunk.build(events)
    assert [chunk.read(part).count for part in parts] == [chunk.MOST_EVENTS, 7]
    assert [each.id for part in parts for each in chunk.entries(part)] == [each.id for each in events]
    assert chunk.build([]) == []


@given(st.lists(st.integers(1, 250_000), min_size=1, max_size=12))
def test_a_chunk_never_has_too_many_bytes(sizes: list[int]) -> None:
    blob = [document.Captured(0, {}, b'"' + b"x" * size + b'"', "ni:x") for size in sizes]
    parts = chunk.build(blob)
    assert all(len(part) <= chunk.MOST_BYTES for part in parts)
    assert [len(each["event"]) for part in parts for each in json.loads(part)["events"]] == sizes
    assert all(len(one) + len(two) > chunk.MOST_BYTES - 60 for one, two in itertools.pairwise(parts)) or len(parts) == 1


def tampered(change: Any) -> bytes:
    content = canonical.parse(chunk.build(captured(event(1), event(2)))[0])
    change(content)
    return canonical.dump(content)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_chunks_that_are_joined_are_the_chunk_of_all_their_events(sizes: list[int]) -> None:
    numbers = itertools.count()
    parts = [captured(*(event(next(numbers)) for _ in range(size))) for size in sizes]
    (whole,) = chunk.build(each for part in parts for each in part)
    assert chunk.joined([chunk.build(part)[0] for part in parts]) == whole


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda c: c["events"][1]["event"].update(action="ADD"), "chunk.id", "/events/1/id"),
        (lambda c: c["events"][0].update(id=c["events"][1]["id"]), "chunk.id", "/events/0/id"),
        (lambda c: c["events"][0].update(id=7), "chunk.id", "/events/0/id"),
        (lambda c: c["events"][0]["event"].update(action="X"), "epcis.value", "/events/0/event/action"),
        (lambda c: c["events"][0]["event"].pop("@context"), "epcis.missing", "/events/0/event"),
        (lambda c: c["events"][0]["event"].update(recordTime="2026-03-01T10:00:00Z"), "chunk.not_canonical", ""),
        (lambda c: c["events"][0].update(algorithm="CBV2.1"), "chunk.algorithm", "/events/0/algorithm"),
        (lambda c: c["events"][0].update(event=7), "epcis.type", "/events/0/event"),
        (lambda c: c["events"][0].update(event=["recordTime"]), "epcis.type", "/events/0/event"),
        (lambda c: c["events"][0].pop("id"), "chunk.form", "/events/0"),
        (lambda c: c["events"][0].update(more=1), "chunk.form", "/events/0"),
        (lambda c: c["events"].insert(0, 7), "chunk.form", "/events/0"),
        (lambda c: c["events"].clear(), "chunk.count", "/events"),
        (lambda c: c.update(more=1), "chunk.form", ""),
    ],
)
def test_a_chunk_with_anything_wrong_is_refused_whole(change: Any, code: str, place: str) -> None:
    assert refused(tampered(change)) == (code, place)


def test_only_the_canonical_bytes_are_taken() -> None:
    (arguments,) = chunk.build(captured(event(1)))
    assert refused(arguments + b" ")[0] == "chunk.not_canonical"
    assert refused(json.dumps(json.loads(arguments), sort_keys=True).encode())[0] == "chunk.not_canonical"
    assert refused(b"x" * (chunk.MOST_BYTES + 1))[0] == "chunk.too_large"
    assert refused(b"[]")[0] == "chunk.form"
    assert refused(b"nonsense")[0] == "json.syntax"


def test_a_chunk_of_too_many_events_is_refused() -> None:
    content = canonical.parse(chunk.build(captured(event(1)))[0])
    content["events"] *= chunk.MOST_EVENTS + 1
    assert refused(canonical.dump(content)) == ("chunk.count", "/events")


def test_an_event_that_is_too_large_is_refused_in_a_chunk() -> None:
    content = canonical.parse(chunk.build(captured(event(1)))[0])
    content["events"][0]["event"]["ex:blob"] = "x" * (256 * 1024)
    assert refused(canonical.dump(content)) == ("epcis.too_large", "/events/0/event")


def test_numbers_on_the_ledger_keep_their_literals() -> None:
    body = chunk.build(captured(event(1, **{"ex:n": "@"})))[0]
    for literal in (b"1.50", b"18446744073709551616", b"-0", b"[1e3]", b'["",7]', b"12345678901234567", b"0.1"):
        changed = body.replace(b'"@"', literal)
        (read,) = chunk.entries(changed)
        assert read.event == canonical.parse(changed)["events"][0]["event"]
        assert literal in read.body


def test_what_looks_like_the_end_of_an_entry_inside_an_event_is_none() -> None:
    alike = [{"algorithm": chunk.VERSION, "event": {"a": [1]}, "id": "x"} for _ in range(3)]
    events = captured(event(1), event(2, **{"ex:n": alike, "ex:s": '"},{"algorithm":"CBV2.0","event":'}), event(3))
    (arguments,) = chunk.build(events)
    assert [(each.id, each.body) for each in chunk.entries(arguments)] == [(each.id, each.body) for each in events]
    assert chunk.read(arguments).root == merkle.root([bytes.fromhex(each.digest) for each in events])
    assert chunk.count(arguments) == 3


@pytest.mark.parametrize("spelt", [b' {"events":[%b]}', b'{"events":[ %b]}'])
def test_entries_that_are_not_canonical_are_written_anew(spelt: bytes) -> None:
    (arguments,) = chunk.build(captured(event(1), event(2)))
    inner = arguments.removeprefix(b'{"events":[').removesuffix(b"]}")
    assert list(chunk.entries(spelt % inner)) == list(chunk.entries(arguments))


NUMBERS = ["1", "-7", "0", "-0", "1.50", "1e3", "12345678901234567890", "0.1", "-1.0", "123456789012345", "1E400"]
EXTENSIONS = [
    *NUMBERS,
    *(f"[{number},{number}]" for number in NUMBERS),
    *(f'"a,{number} \\"}},{{"' for number in ("0.5", "1e3")),
    '{"ex:a":{"ex:b":[null,true,"\\u00e9\\ud83d\\ude00"]}}',
    "[" * 30 + "]" * 30,
    "[" * 60 + "]" * 60,
    "[" * 61 + "]" * 61,
    '{"ex:a":1,"ex:a":1}',
    '"\\u0065"',
    '"\\ud800"',
    '"},{\\"algorithm\\":\\"CBV2.0\\",\\"event\\":{"',
]


def spelt(extension: str) -> bytes:
    """Return a chunk of three entries whose second has an extension as it is spelt here, and the id that fits."""
    first, second, third = captured(event(1), event(2, **{"ex:n": "?"}), event(3))
    body = second.body.replace(b'"ex:n":"?"', b'"ex:n":' + extension.encode())
    try:
        event_id = entry.event_id(canonical.parse(body))
    except Malformed:
        event_id = second.id
    return chunk._joined(
        [chunk._entry(first.body, first.id), chunk._entry(body, event_id), chunk._entry(third.body, third.id)]
    )


def strictly(arguments: bytes) -> list[bytes] | None:
    try:
        return [sha256(body).digest() for body in chunk._parsed(arguments)]
    except Malformed:
        return None


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_fast_reading_of_a_chunk_takes_what_the_strict_one_takes(extension: str) -> None:
    arguments = spelt(extension)
    assert chunk._cut(arguments) == strictly(arguments)


@given(st.sampled_from(EXTENSIONS), st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 3))
def test_no_change_to_a_chunk_gets_past_the_fast_reading_alone(
    extension: str, place: int, put: bytes, taken: int
) -> None:
    arguments = spelt(extension)
    at = place % len(arguments)
    changed = arguments[:at] + put + arguments[at + taken :]
    found = chunk._cut(changed)
    assert found is None or found == strictly(changed)
