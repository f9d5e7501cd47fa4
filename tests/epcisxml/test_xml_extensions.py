"""What senders add to events in XML: how it is read, and what of it the hash ignores."""

from typing import Any

import pytest

from provenance.domain.epcis import entry
from tests.epcisxml.xml_documents import CORE, EX, OBSERVED, document, extension, sound


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("", ""),
        (" text ", "text"),
        ("0.50", "0.50"),
        ("<ex:a>1</ex:a>", {"ex:a": "1"}),
        ("<ex:a>1</ex:a><ex:a>2</ex:a><ex:b/>", {"ex:a": ["1", "2"], "ex:b": ""}),
        ('<ex:a unit="KGM" ex:x="2">1</ex:a>', {"ex:a": {"#text": "1", "unit": "KGM", "ex:x": "2"}}),
        ("<a>1</a><ex:b><c>2</c></ex:b>", {"a": "1", "ex:b": {"c": "2"}}),
        ("<ex:aList><ex:a>1</ex:a><ex:a>2</ex:a></ex:aList>", {"ex:aList": ["1", "2"]}),
        ("<ex:aList><ex:a><ex:b>1</ex:b></ex:a></ex:aList>", {"ex:aList": [{"ex:b": "1"}]}),
        ("<ex:aList><ex:b>1</ex:b></ex:aList>", {"ex:aList": {"ex:b": "1"}}),
        ("<ex:aList>x</ex:aList>", {"ex:aList": {"#text": "x"}}),
        ("<ex:aList/>", {"ex:aList": {}}),
        ('<ex:a aList="x"/>', {"ex:a": {"aList": {"#text": "x"}}}),
        ("<ex:a><![CDATA[<x>]]></ex:a>", {"ex:a": "<x>"}),
        ("t<!-- c -->u", "tu"),
        ("<extension><ex:a>1</ex:a></extension>", {"ex:a": "1"}),
        ('<ex:a xsi:nil="true" xsi:type="x"/>', {"ex:a": ""}),
        ('<o:a xmlns:o="https://o.example.com/">1</o:a>', {"o:a": "1"}),
        ('<a xmlns="https://o.example.com/">1</a>', {"ns:a": "1"}),
        ('<cbv:a xmlns:cbv="https://other.example.com/">1</cbv:a>', {"cbv2:a": "1"}),
        ('<x:a xmlns:x="https://ref.gs1.org/voc/">1</x:a>', {"gs1:a": "1"}),
        ('<m:a xmlns:m="urn:epcglobal:cbv:mda">1</m:a>', {"cbvmda:a": "1"}),
        ('<urn:a xmlns:urn="https://o.example.com/">1</urn:a>', {"urn2:a": "1"}),
    ],
)
def test_what_an_extension_holds(inside: str, value: Any) -> None:
    assert extension(inside) == value


def test_a_list_that_occurs_twice_has_a_second_prefix_and_the_same_meaning() -> None:
    inside = "<ex:aList><ex:a>1</ex:a></ex:aList><ex:aList><ex:a>2</ex:a></ex:aList>"
    body = document(f"<ObjectEvent>{CORE}{OBSERVED}<ex:f>{inside}</ex:f></ObjectEvent>")
    captured = sound(body).events[0]
    assert captured.event["ex:f"] == {"ex:aList": ["1"], "ex-2:aList": ["2"]}
    written = entry.prehash(captured.event)
    assert written.endswith(f"{{{EX}}}f{{{EX}}}aList{{{EX}}}a=1{{{EX}}}aList{{{EX}}}a=2")


def test_the_prefixes_of_the_root_count_in_values() -> None:
    body = document(f"<ObjectEvent>{CORE}{OBSERVED}<bizStep>ex:polishing</bizStep></ObjectEvent>")
    assert sound(body).events[0].event["bizStep"] == "ex:polishing"


def test_attributes_of_an_event_are_extensions() -> None:
    body = document(f'<ObjectEvent ex:a="1" xsi:type="x">{CORE}{OBSERVED}</ObjectEvent>')
    assert sound(body).events[0].event["ex:a"] == "1"


@pytest.mark.parametrize(
    "listed",
    ["<ex:a/><ex:b/>", "ex:a ex:b", "ex:a, ex:b", "<ex:a>ignored</ex:a><o:b xmlns:o='https://ns.example.com/epcis/'/>"],
)
def test_fields_that_the_hash_ignores(listed: str) -> None:
    fields = "<ex:a>1</ex:a><ex:b>2</ex:b><ex:c>3</ex:c>"
    ignored = f'<r:ignoreFields xmlns:r="https://r.example.com/">{listed}</r:ignoreFields>'
    for body in (
        document(f"<ObjectEvent>{CORE}{OBSERVED}{fields}</ObjectEvent>", others=ignored),
        document(f"<ObjectEvent>{CORE}{OBSERVED}{fields}{ignored}</ObjectEvent>"),
    ):
        assert entry.prehash(sound(body).events[0].event).endswith(f"action=OBSERVE{{{EX}}}c=3")
