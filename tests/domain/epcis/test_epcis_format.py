"""Identifiers of events in the form that a caller wants."""

import json
from pathlib import Path
from typing import Any

import pytest

from provenance.domain import canonical
from provenance.domain.epcis import document, entry
from provenance.domain.epcis.format import EpcFormat, Formatter

URN, LINK = EpcFormat.ALWAYS_EPC_URN, EpcFormat.ALWAYS_GS1_DIGITAL_LINK


def seven(_key: str) -> int:
    return 7


def unknown(_key: str) -> None:
    return None


@pytest.mark.parametrize(
    ("link", "urn"),
    [
        ("https://id.gs1.org/01/09521321123458/21/A%2FB", "urn:epc:id:sgtin:9521321.012345.A%2FB"),
        ("https://shop.example.com/01/09521321123458", "urn:epc:idpat:sgtin:9521321.012345.*"),
        ("https://id.gs1.org/01/09521321123458/10/L1", "urn:epc:class:lgtin:9521321.012345.L1"),
        ("https://id.gs1.org/00/195213210000000015", "urn:epc:id:sscc:9521321.1000000001"),
        ("https://id.gs1.org/414/9521321000018/254/5", "urn:epc:id:sgln:9521321.00001.5"),
        ("https://id.gs1.org/417/9521321000018", "urn:epc:id:pgln:9521321.00001"),
        ("https://id.gs1.org/8003/09521321000018X1", "urn:epc:id:grai:9521321.00001.X1"),
        ("https://id.gs1.org/8004/9521321S1", "urn:epc:id:giai:9521321.S1"),
    ],
)
def test_a_link_becomes_its_urn_and_a_urn_its_link(link: str, urn: str) -> None:
    assert Formatter(URN, seven).identifier(link) == urn
    assert Formatter(LINK, seven).identifier(urn) == link.replace("shop.example.com", "id.gs1.org")


@pytest.mark.parametrize("wanted", [URN, LINK])
@pytest.mark.parametrize("text", ["http://example.com/a", "urn:example:a", "geo:1,2", "urn:epc:id:gid:1.2.3"])
def test_what_is_no_gs1_identifier_stays(wanted: EpcFormat, text: str) -> None:
    formatter = Formatter(wanted, seven)
    assert (formatter.identifier(text), formatter.kept) == (text, ())


def test_a_link_stays_and_is_named_where_the_length_of_its_prefix_is_not_known() -> None:
    formatter = Formatter(URN, unknown)
    link = "https://id.gs1.org/01/09521321123458/21/A"
    assert [formatter.identifier(link), formatter.identifier(link)] == [link, link]
    assert formatter.kept == (link,)


def test_a_link_with_a_wrong_check_digit_stays_since_its_urn_would_name_another_thing() -> None:
    link = "https://id.gs1.org/01/09521321123457/21/A"
    formatter = Formatter(URN, seven)
    assert (formatter.identifier(link), formatter.kept) == (link, (link,))


def test_the_length_is_asked_for_the_digits_from_the_prefix_on() -> None:
    asked: list[str] = []
    formatter = Formatter(URN, asked.append)
    for path in ("01/09521321123458", "00/195213210000000015", "414/9521321000018", "8004/9521321S1"):
        formatter.identifier(f"https://id.gs1.org/{path}")
    assert asked == ["9521321123458", "95213210000000015", "9521321000018", "9521321"]


def rewritten(event: dict[str, Any], wanted: EpcFormat) -> dict[str, Any]:
    return canonical.parse(canonical.dump(Formatter(wanted, seven).event(event)))  # type: ignore[no-any-return]


def test_every_event_of_the_vectors_keeps_its_id_and_round_trips(vectors: Path) -> None:
    count = 0
    for path in sorted((vectors / "epcis" / "accept").glob("*.json")):
        for captured in document.read(path.read_bytes()).events:
            event = dict(captured.event)
            for wanted in EpcFormat:
                assert entry.event_id(rewritten(event, wanted)) == captured.id
            links = rewritten(event, LINK)
            assert "urn:epc:id" not in json.dumps(links.get("epcList", []))
            count += 1
    assert count > 30


@pytest.mark.parametrize("wanted", [EpcFormat.NO_PREFERENCE, EpcFormat.NEVER_TRANSLATES])
def test_nothing_is_rewritten_where_nothing_is_wanted(wanted: EpcFormat) -> None:
    event = {"epcList": ["urn:epc:id:sgtin:9521321.012345.A"]}
    assert Formatter(wanted, seven).event(event) is event


def test_all_fields_with_identifiers_are_rewritten() -> None:
    sgtin, sgln = "urn:epc:id:sgtin:9521321.012345.A", "urn:epc:id:sgln:9521321.00001.0"
    event = {
        "type": "TransformationEvent",
        **{name: [sgtin] for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList")},
        **{
            name: [{"epcClass": "urn:epc:idpat:sgtin:9521321.012345.*", "quantity": 1}]
            for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
        },
        "parentID": "urn:epc:id:sscc:9521321.1000000001",
        "transformationID": "urn:epc:id:gdti:9521321.00001.T1",
        "readPoint": {"id": sgln, "ex:gate": sgln},
        "bizLocation": {"id": sgln},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:9521321.00001.P1"}],
        "sourceList": [{"type": "location", "source": sgln}],
        "destinationList": [{"type": "location", "destination": sgln}],
        "sensorElementList": [
            {
                "sensorMetadata": {"deviceID": "urn:epc:id:giai:9521321.S1"},
                "sensorReport": [{"type": "Count", "deviceID": "urn:epc:id:giai:9521321.S2"}, {"type": "Count"}],
            }
        ],
        "ilmd": {"ex:origin": sgtin},
    }
    links = rewritten(event, LINK)
    assert json.dumps(links).count("urn:epc:id") == 2
    assert (links["readPoint"]["ex:gate"], links["ilmd"]) == (sgln, {"ex:origin": sgtin})
    assert rewritten(links, URN) == event
