"""What is refused of XML, with its line and without hiding what is sound."""

import pytest

from provenance.domain.errors import Malformed
from provenance.epcisxml.reading import convert, read
from tests.epcisxml.xml_documents import CORE, OBSERVED, document, extension


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"<a><b></a>", "xml.syntax", "line 1, column"),
        (b"<a/><b/>", "xml.syntax", "line 1"),
        (b"<", "xml.syntax", "line 1"),
        (b" ", "xml.doctype", "root element"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "xml.doctype", "document type"),
        (b'<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml.doctype", ""),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "xml.doctype", ""),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', "xml.doctype", ""),
        (b"<a>&x;</a>", "xml.syntax", "x"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>', "xml.syntax", ""),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml.", ""),
        (b"\xff\xfe<", "xml.", ""),
        (b"<a>" * 5000, "xml.syntax", ""),
        (b"<a/>", "xml.root", "<a> is no EPCIS document"),
        (b'<EPCISDocument schemaVersion="2.0"/>', "xml.root", "no EPCIS document"),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:3" schemaVersion="3.0"/>', "xml.root", ""),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="1.2"/>', "xml.version", "1.2"),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1"/>', "xml.version", "no schemaVersion"),
        (b'<x:foo xmlns:x="urn:x"/>', "xml.root", ""),
    ],
)
def test_what_is_no_document_is_refused(body: bytes, code: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(body)
    assert refused.value.code.startswith(code)
    assert said in refused.value.detail


def problems(inside: str, kind: str = "ObjectEvent") -> list[tuple[str, str, str]]:
    body = document(f"\n<{kind}>\n{CORE}\n{inside}\n</{kind}>")
    return [(each.pointer, each.code, each.detail) for each in read(body).problems]


@pytest.mark.parametrize(
    ("inside", "pointer", "code", "line", "said"),
    [
        (f"{OBSERVED}\n<foo>1</foo>", "/foo", "epcis.unknown_field", 5, "foo"),
        (f"{OBSERVED}\n<parentID>urn:x:p</parentID>", "/parentID", "epcis.unknown_field", 5, "parentID"),
        (f"{OBSERVED}\n<bizStep>urn:epcglobal:cbv:bizstep:teleporting</bizStep>", "/bizStep", "epcis.value", 5, "tele"),
        (f"{OBSERVED}\n<bizStep>teleporting</bizStep>", "/bizStep", "epcis.value", 5, "teleporting"),
        (f"{OBSERVED}\n<action>ADD</action>", "", "xml.repeated", 5, "<action> occurs twice"),
        ("<epcList><epc>urn:x:a</epc></epcList>", "", "epcis.missing", 2, "action"),
        ("<epcList>\n<foo/></epcList><action>ADD</action>", "", "xml.element", 5, "<foo> may not stand in <epcList>"),
        (f"{OBSERVED}\nstray", "", "xml.text", 4, "stray"),
        (f"{OBSERVED}\n<ex:a>x<ex:b/>y</ex:a>", "", "xml.text", 5, "text follows"),
        (f"{OBSERVED}\n<bizLocation>urn:x:l</bizLocation>", "", "xml.text", 5, "urn:x:l"),
        (f"{OBSERVED}\n<bizStep><b/></bizStep>", "", "xml.element", 5, "<b>"),
        (
            (
                f"{OBSERVED}\n<quantityList><quantityElement><epcClass>urn:x:q</epcClass>\n<quantity>many</quantity>"
                "</quantityElement></quantityList>"
            ),
            "/quantityList/0/quantity",
            "epcis.type",
            6,
            "number",
        ),
        (
            (
                f"{OBSERVED}\n<sensorElementList><sensorElement>"
                "<sensorReport type='gs1:Temperature' value='1e1234567890'/></sensorElement></sensorElementList>"
            ),
            "/sensorElementList/0/sensorReport/0/value",
            "epcis.type",
            5,
            "number",
        ),
        (
            (
                f"{OBSERVED}\n<sensorElementList><sensorElement><sensorReport type='gs1:Temperature' value='NaN'/>"
                "</sensorElement></sensorElementList>"
            ),
            "/sensorElementList/0/sensorReport/0/value",
            "epcis.type",
            5,
            "number",
        ),
        (f"{OBSERVED}\n<ilmd><ex:a>1</ex:a></ilmd>", "/ilmd", "epcis.value", 5, "ADD"),
        (f"{OBSERVED}\n{'<ex:a>' * 70}{'</ex:a>' * 70}", "", "json.depth", 2, "nested"),
    ],
)
def test_what_is_wrong_in_an_event_is_told_with_its_line(
    inside: str, pointer: str, code: str, line: int, said: str
) -> None:
    ((place, found, detail), *_) = problems(inside)
    assert (place, found) == ("/epcisBody/eventList/0" + pointer, code)
    assert f"line {line}:" in detail
    assert said in detail


def test_a_faulty_event_does_not_hide_the_others() -> None:
    good = f"<ObjectEvent>{CORE}{OBSERVED}</ObjectEvent>"
    bad = f"<ObjectEvent>{CORE}{OBSERVED}<action>ADD</action></ObjectEvent>"
    found = read(document(f"{good}{bad}<foo/>{good}"))
    assert [each.index for each in found.acceptable] == [0, 3]
    assert [(each.index, each.code) for each in found.problems] == [(1, "xml.repeated"), (2, "xml.element")]
    with pytest.raises(Malformed, match="occurs twice"):
        convert(document(bad))


def test_lists_that_repeat_without_a_namespace_are_refused() -> None:
    with pytest.raises(Malformed, match="occurs twice"):
        extension("<aList/><aList/>")


@pytest.mark.parametrize("inside", ["<ex:aList/>" * 20_000, "".join(f'<a xmlns="urn:x:{n}"/>' for n in range(20_000))])
def test_much_of_the_same_is_read_in_time_that_grows_with_it(inside: str) -> None:
    assert len(extension(inside)) == 20_000
