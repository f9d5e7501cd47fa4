"""From the bytes of a document to events that stand alone."""

import json
from typing import Any

import pytest

from provenance.domain import canonical
from provenance.domain.canonical import Number
from provenance.domain.epcis import document, entry
from provenance.domain.epcis.context import fold, scope
from provenance.domain.errors import Malformed

URL = "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"
EX = "https://ns.example.com/epcis/"


def event(**fields: Any) -> dict[str, Any]:
    core = {"type": "ObjectEvent", "eventTime": "2026-03-01T10:00:00Z", "eventTimeZoneOffset": "+08:00"}
    return core | {"action": "OBSERVE", "epcList": ["urn:epc:id:sscc:9521321.1000000001"]} | fields


def bundle(*events: dict[str, Any], context: Any = None, **fields: Any) -> bytes:
    envelope = {"@context": context or [URL, {"ex": EX}], "type": "EPCISDocument", "schemaVersion": "2.0"}
    envelope |= {"creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": list(events)}}
    return json.dumps(envelope | fields).encode()


def results(*events: dict[str, Any], **fields: Any) -> bytes:
    answer = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}} | fields
    envelope = {"@context": [URL, {"ex": EX}], "type": "EPCISQueryDocument", "epcisBody": {"queryResults": answer}}
    return json.dumps(envelope).encode()


def only(body: bytes) -> document.Captured:
    read = document.read(body)
    assert read.sound, read.problems
    (captured,) = read.events
    return captured


def test_an_event_brings_the_context_of_its_document_and_its_own() -> None:
    own = [{"mine": "https://mine.example.com/"}, {"ex": "https://other.example.com/"}]
    captured = only(
        bundle(event(**{"@context": own, "mine:a": 1}), context=[URL, {"ex": EX}, {"b": "https://b.example.com/"}])
    )
    merged = {"ex": "https://other.example.com/", "b": "https://b.example.com/", "mine": "https://mine.example.com/"}
    assert captured.event["@context"] == [URL, merged]


def test_the_same_event_has_the_same_id_and_bytes_from_every_kind_of_document() -> None:
    told = event(**{"ex:a": 1, "recordTime": "2026-03-02T00:00:00Z"})
    ways = [
        only(bundle(told)),
        only(results(told)),
        only(json.dumps(told | {"@context": [URL, {"ex": EX}]}).encode()),
    ]
    assert len({(each.id, each.body, each.digest) for each in ways}) == 1
    assert b"recordTime" not in ways[0].body
    assert ways[0].body == entry.body(ways[0].event)
    assert ways[0].digest == entry.digest(told | {"@context": [URL, {"ex": EX}]})
    assert ways[0].id == entry.event_id(ways[0].event) == entry.checked(ways[0].event)[1]


def test_bytes_are_kept_as_they_came() -> None:
    body = bundle(event(quantityList=[{"epcClass": "urn:x:c", "quantity": "@"}])).replace(b'"@"', b"1.50")
    captured = only(body)
    assert captured.event["quantityList"][0]["quantity"] == Number("1.50")
    assert b'"quantity":1.50}' in captured.body


def test_what_a_document_ignores_is_ignored_in_each_event_alone() -> None:
    marked = event(**{"ex:hash": "1", "ex:keep": "2"})
    plain = only(bundle(event(**{"ex:keep": "2"})))
    for body in (
        bundle(marked, **{"ex:ignoreFields": ["ex:hash"]}),
        results(marked, **{"ex:ignoreFields": ["ex:hash"]}),
        bundle(marked | {"@context": {"ex2": "https://x.example.com/"}}, **{"ex:ignoreFields": ["ex:hash"]}),
        bundle(marked | {"ex:ignoreFields": ["ex:more"], "ex:more": 3}, **{"ex:ignoreFields": ["ex:hash"]}),
    ):
        captured = only(body)
        assert captured.id == plain.id
        assert captured.digest != plain.digest
        assert entry.event_id(canonical.parse(captured.body)) == plain.id
    assert only(bundle(marked)).id != plain.id


def test_a_list_of_ignored_fields_means_the_names_of_its_document() -> None:
    """An event that gives the prefix another meaning does not change what its document said."""
    other = {"@context": {"ex": "https://other.example.com/"}, "ex:hash": "1"}
    kept = only(bundle(event(**other), **{"ex:ignoreFields": ["ex:hash"]}))
    assert "{https://other.example.com/}hash=1" in entry.prehash(kept.event)


@pytest.mark.parametrize("context", [[], {}, URL, [URL]])
def test_an_event_stands_alone_under_any_context(context: Any) -> None:
    captured = only(bundle(event()).replace(json.dumps([URL, {"ex": EX}]).encode(), json.dumps(context).encode()))
    entry.check(captured.event)


def test_a_bare_event_needs_its_context() -> None:
    read = document.read(json.dumps(event()).encode())
    assert [(each.pointer, each.code, each.index) for each in read.problems] == [("", "epcis.missing", 0)]
    assert (read.size, read.events) == (1, [])


def test_one_bad_event_does_not_hide_the_others() -> None:
    read = document.read(bundle(event(), event(action="X"), event(bizStep="shipping")))
    assert [each.index for each in read.acceptable] == [0, 2]
    assert (read.size, [each.index for each in read.problems]) == (3, [1])
    assert not read.sound


def test_header_master_data_is_handed_on() -> None:
    element = {
        "id": "https://id.gs1.org/414/9521321000018",
        "attributes": [{"id": "cbvmda:latitude", "attribute": "+51.9"}],
    }
    header = {
        "epcisMasterData": {
            "vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [element]}]
        }
    }
    assert document.read(bundle(event(), epcisHeader=header)).header == header
    assert document.read(bundle(event())).header is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "json.syntax"),
        (b"[]", "epcis.type"),
        (b'{"a":1}', "epcis.missing"),
        (b'{"type":7}', "epcis.missing"),
        (b'{"type":"EPCISDocument","type":"EPCISDocument"}', "json.duplicate"),
        (b'{"type":"\xff"}', "json.encoding"),
        (b'{"type":"EPCISDocument","a":' + b"[" * 70 + b"]" * 70 + b"}", "json.depth"),
    ],
)
def test_what_is_not_even_a_document_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        document.read(body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"EPCISDocument"}',
        b'{"type":"EPCISQueryDocument","epcisBody":[]}',
        b'{"type":"EPCISDocument","@context":[7],"epcisBody":{"eventList":{}}}',
    ],
)
def test_a_broken_envelope_is_a_problem_and_not_an_error(body: bytes) -> None:
    read = document.read(body)
    assert (read.size, read.events) == (0, [])
    assert all(each.index is None for each in read.problems)
    assert read.problems


def test_an_event_that_is_too_large_is_a_problem_of_its_own() -> None:
    read = document.read(bundle(event(), event(**{"ex:blob": "x" * entry.LONGEST})))
    assert [(each.code, each.index) for each in read.problems] == [("epcis.too_large", 1)]
    assert [each.index for each in read.acceptable] == [0]


def test_the_first_problem_of_a_lone_event_is_raised_with_its_place() -> None:
    with pytest.raises(Malformed) as caught:
        entry.check(event(**{"@context": URL, "readPoint": {"id": "no uri"}}))
    assert (caught.value.code, caught.value.pointer) == ("epcis.value", "/readPoint/id")
    for lone in (event(), 7, None):
        with pytest.raises(Malformed):
            entry.check(lone)


# Contexts


def test_prefixes_resolve_through_each_other_and_a_circle_ends() -> None:
    within = scope([URL, {"a": "https://a.example.com/", "b": "a:sub/", "c": "d:x", "d": "c:y", "e": "cbv:More-"}])
    assert within.expand("b:name") == "https://a.example.com/sub/name"
    assert within.expand("e:name") == "https://ref.gs1.org/cbv/More-name"
    assert within.expand("c:name").endswith("name")
    assert within.expand("unknown:name") == "unknown:name"
    assert within.expand("https://x.example.com/a") == "https://x.example.com/a"


def test_the_standards_own_prefixes_keep_their_meaning() -> None:
    within = scope(
        [
            URL,
            {"gs1": "https://gs1.org/voc/", "cbv": "https://elsewhere.example.com/", "rdfs": "https://r.example.com/"},
        ]
    )
    assert within.expand("gs1:Speed") == "https://ref.gs1.org/voc/Speed"
    assert within.expand("cbv:BizStep-packing") == "https://ref.gs1.org/cbv/BizStep-packing"
    assert within.expand("rdfs:x") == "https://r.example.com/x"


@pytest.mark.parametrize(
    "context", [None, URL, [], [URL, None, 7, {"ex": 7, "x": None, "@version": Number("1.1"), "y": {"@id": EX}}]]
)
def test_any_context_is_read_without_an_error(context: Any) -> None:
    within = scope(context)
    assert within.declares("cbv:x")
    assert within.declares("y:x") is (isinstance(context, list) and len(context) > 1)


def test_an_unknown_context_may_declare_anything() -> None:
    assert scope([URL, "https://ext.example.com/context.jsonld"]).declares("ext:a")
    assert not scope([URL, "https://gs1.github.io/EPCIS/epcis-context.jsonld"]).declares("ext:a")


def test_folding_keeps_urls_once_and_lets_the_later_mapping_win() -> None:
    assert fold([URL, {"a": "1"}, URL], [{"a": "2", "b": "3"}, "https://x.example.com/"]) == [
        URL,
        "https://x.example.com/",
        {"a": "2", "b": "3"},
    ]
    assert fold(URL) == [URL]
    assert fold({"a": "1"}, None) == [{"a": "1"}]
