"""`provenance epcis`: without a ledger, and with the places of what is wrong."""

import json
from collections import defaultdict

import pytest
from cli_documents import ITEM, LINK, document, observed, write

pytestmark = pytest.mark.either_database


def test_hash_prints_one_id_a_line(run, tmp_path):
    name = write(tmp_path, "two.json", document(observed(), observed(eventTime="2026-03-02T09:00:00Z")))
    ran = run("epcis", "hash", name)
    assert ran.status == 0
    assert len(set(ran.lines)) == 2
    assert all(line.startswith("ni:///sha-256;") and line.endswith("?ver=CBV2.0") for line in ran.lines)


def test_hash_does_not_depend_on_how_the_item_is_written(run, tmp_path):
    as_urn = run("epcis", "hash", write(tmp_path, "urn.json", document(observed(ITEM))))
    as_link = run("epcis", "hash", write(tmp_path, "link.json", document(observed(LINK))))
    assert as_urn.out == as_link.out != ""


def test_prehash_shows_what_is_hashed(run, tmp_path):
    ran = run("epcis", "hash", write(tmp_path, "one.json", document(observed())), "--prehash")
    assert ran.lines == [ran.out.strip()]
    assert ran.out.startswith("eventType=ObjectEvent")
    assert f"epc={LINK}" in ran.out


def test_ids_and_prehashes_of_the_published_vectors(run, vectors):
    folder = vectors / "event-hash"
    expected = defaultdict(dict)
    for vector in json.loads((folder / "expected.json").read_text()):
        for name in vector["documents"]:
            expected[name][vector["event_index"]] = vector
    assert len(expected) > 8
    for name, events in expected.items():
        ids, texts = run("epcis", "hash", str(folder / name)), run("epcis", "hash", str(folder / name), "--prehash")
        for index, vector in events.items():
            assert ids.lines[index] == f"ni:///sha-256;{vector['sha256']}?ver=CBV2.0"
            assert texts.lines[index] == vector["prehash"]


def test_validate_reports_each_file_with_places(run, tmp_path):
    good = write(tmp_path, "good.json", document(observed()))
    bad = write(tmp_path, "bad.json", document(observed(), observed(eventTimeZoneOffset="Mars")))
    ran = run("epcis", "validate", good, bad, "--json")
    reports = [json.loads(line) for line in ran.lines]
    assert ran.status == 1
    assert reports[0] == {"file": good, "valid": True, "events": 1, "errors": []}
    assert (reports[1]["file"], reports[1]["valid"], reports[1]["events"]) == (bad, False, 2)
    assert [set(error) for error in reports[1]["errors"]] == [{"pointer", "detail"}]
    assert reports[1]["errors"][0]["pointer"] == "/epcisBody/eventList/1/eventTimeZoneOffset"


def test_validate_is_satisfied_with_valid_files(run, tmp_path):
    ran = run("epcis", "validate", write(tmp_path, "good.json", document(observed())))
    assert (ran.status, ran.out) == (0, "good.json: valid, 1 event\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "json.syntax"),
        (b'{"type":"EPCISDocument","type":"EPCISDocument"}', "json.duplicate"),
        (b'{"type":"\xff"}', "json.encoding"),
        (b"[" * 5000 + b"]" * 5000, "json.depth"),
        (b"<a><b></a>", "xml.syntax"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "xml.doctype"),
        (b"<a/>", "xml.root"),
    ],
)
def test_bytes_that_are_no_document(run, tmp_path, content, said):
    (tmp_path / "broken.json").write_bytes(content)
    ran = run("epcis", "hash", "broken.json")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("provenance: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_document_converts_to_xml_and_back_without_another_id(run, spawn, tmp_path):
    source = write(tmp_path, "one.json", document(observed(quantityList=[{"epcClass": "urn:x:q", "quantity": 1.5}])))
    xml = run("epcis", "convert", source, "--to", "xml")
    assert xml.status == 0
    assert xml.out.startswith("<?xml")
    (tmp_path / "one.xml").write_text(xml.out)
    back = run("epcis", "convert", "one.xml", "--to", "json")
    assert json.loads(back.out)["epcisBody"]["eventList"][0]["quantityList"] == [
        {"epcClass": "urn:x:q", "quantity": 1.5}
    ]
    ids = run("epcis", "hash", source).out
    assert run("epcis", "hash", "one.xml").out == ids != ""
    assert spawn("epcis", "hash", "-", stdin=xml.out).out == ids
    assert spawn("epcis", "hash", "-", stdin=back.out).out == ids
    assert spawn("epcis", "convert", "-", "--to", "xml", stdin=back.out).out == xml.out
    report = json.loads(spawn("epcis", "validate", "-", "--json", stdin=xml.out).out)
    assert report == {"file": "-", "valid": True, "events": 1, "errors": []}


def test_xml_of_1_2_becomes_2_0(run, tmp_path):
    (tmp_path / "old.xml").write_text(
        '<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-03-02T00:00:00Z">'
        "<EPCISBody><EventList><ObjectEvent><eventTime>2026-03-01T09:00:00Z</eventTime>"
        "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><baseExtension><eventID>urn:x:e</eventID></baseExtension>"
        "<epcList><epc>urn:x:a</epc></epcList><action>OBSERVE</action></ObjectEvent></EventList></EPCISBody>"
        "</e:EPCISDocument>"
    )
    new = run("epcis", "convert", "old.xml", "--to", "xml").out
    assert 'schemaVersion="2.0"' in new
    assert "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><eventID>urn:x:e</eventID><epcList>" in new


def test_what_is_not_well_formed_is_not_converted(run, tmp_path):
    ran = run("epcis", "convert", write(tmp_path, "bad.json", document(observed(bizStep="no"))), "--to", "xml")
    assert (ran.status, ran.out) == (1, "")
    assert "/epcisBody/eventList/0/bizStep" in ran.err
