"""Events asked for by master data of their places: registered places, and places as headers of documents state them."""

import orjson
import pytest
from small_world import BRAND, CARRIER, FACTORY, GTIN, PORT, ago, epcis, seen, sgtin

STRANGERS_GTIN = "09529999000019"
YARD, DOCK = "https://yard.example.com/7", f"{PORT}/254/9"
MDA = "urn:epcglobal:cbv:mda#"


def stating(event, **attributes):
    """Return a document whose header states attributes of the event's place."""
    told = [{"id": MDA + name, "attribute": value} for name, value in attributes.items()]
    element = {"id": event["readPoint"]["id"], "attributes": told}
    listed = {"type": "urn:epcglobal:epcis:vtype:ReadPoint", "vocabularyElementList": [element]}
    document = orjson.loads(epcis(event))
    return orjson.dumps({**document, "epcisHeader": {"epcisMasterData": {"vocabularyList": [listed]}}})


def capture(client, world, organisation, document):
    headers = {**world.headers(organisation), "Content-Type": "application/json"}
    job = client.post("/epcis/v2/capture", data=document, headers=headers).headers["Location"]
    while world.gateway.runner().run_once():
        pass
    world.project()
    assert client.get(job, headers=headers).json["success"], client.get(job, headers=headers).json


def items(client, world, parameter, organisation="Auditor"):
    """Return the serials of what the events that are found name."""
    answer = client.get(f"/epcis/v2/events?{parameter}&perPage=100", headers=world.headers(organisation))
    assert answer.status_code == 200, answer.json
    events = answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return sorted(item.rpartition("/")[2] for event in events for item in event["epcList"])


@pytest.fixture(scope="module", autouse=True)
def recorded(world, app):
    client = app.test_client()

    def at(serial, place, days, gtin=GTIN):
        return seen("inspecting", sgtin(serial, gtin), at=ago(days=days), place=place)

    world.record(BRAND, at("registered", FACTORY, 9), at("before", YARD, 8))
    capture(client, world, BRAND, stating(at("stated", YARD, 7), countryCode="NL", unLocationCode="NLUTC"))
    world.record(BRAND, at("after", YARD, 6))
    world.record(CARRIER, at("other", YARD, 5, STRANGERS_GTIN))
    capture(client, world, CARRIER, stating(at("contrary", PORT, 4), countryCode="BE"))
    capture(client, world, CARRIER, stating(at("dock", DOCK, 3), countryCode="BE"))


def test_what_a_header_states_counts_for_what_its_sender_records_from_then_on(client, world):
    assert items(client, world, f"EQATTR_readPoint_{MDA.replace('#', '%23')}countryCode=NL") == [
        "after", "contrary", "stated",
    ]  # fmt: skip
    assert items(client, world, f"EQATTR_readPoint_{MDA.replace('#', '%23')}unLocationCode=NLUTC") == [
        "after",
        "stated",
    ]


def test_the_registry_counts_before_any_header(client, world):
    assert items(client, world, "EQATTR_readPoint_urn:epcglobal:cbv:mda:countryCode=BE") == []
    assert items(client, world, "EQATTR_readPoint_urn:epcglobal:cbv:mda:countryCode=CN") == ["registered"]


def test_any_value_will_do_where_only_the_attribute_is_asked_for(client, world):
    asked = "HASATTR_readPoint=urn:epcglobal:cbv:mda:countryCode"
    assert items(client, world, asked) == ["after", "contrary", "registered", "stated"]
    assert items(client, world, asked.replace("readPoint", "bizLocation")) == []


def test_what_a_sender_contradicts_is_not_known_from_then_on(client, world):
    event = seen("inspecting", sgtin("again"), at=ago(days=1), place=YARD)
    capture(client, world, BRAND, stating(event, countryCode="DE"))
    asked = "EQATTR_readPoint_urn:epcglobal:cbv:mda:countryCode="
    assert items(client, world, asked + "DE") == []
    assert items(client, world, asked + "NL|DE") == ["after", "contrary", "stated"]
    assert items(client, world, "EQATTR_readPoint_urn:epcglobal:cbv:mda:unLocationCode=NLUTC") == [
        "after", "again", "stated",
    ]  # fmt: skip
