"""Who reads which event: every cell of organisation x event, by every door through which events are read."""

from urllib.parse import quote

import pytest
import small_world
from small_world import (
    AUDITOR,
    BRAND,
    CARRIER,
    COURT,
    CUSTOMS,
    FACTORY,
    GTIN,
    PORT,
    STRANGER,
    ago,
    gln,
    seen,
    sgtin,
    sscc,
    to,
)

from provenance import bootstrap
from provenance.domain.gs1.keys import check_digit
from provenance.domain.records import PlaceKind, Role
from tests.databases import settings_on

DE, BE, CN, OTHER_COURT, OFFICE = "CustomsDE", "CustomsBE", "CustomsCN", "CourtDE", "Office"
MORE = {
    DE: (Role.CUSTOMS, "DE"),
    BE: (Role.CUSTOMS, "BE"),
    CN: (Role.CUSTOMS, "CN"),
    OTHER_COURT: (Role.COURT, "DE"),
    OFFICE: (Role.IP_OFFICE, "EM"),
}
EVERYBODY = (BRAND, CARRIER, CUSTOMS, STRANGER, AUDITOR, COURT, *MORE, "Steward")
DOCK = f"{PORT}/254/12"
WAREHOUSE = gln("952999900001")
BAG = "0952999900001" + check_digit("0952999900001")


def party(kind, where, ends="destination"):
    return {f"{ends}List": [{"type": kind, ends: where}]}


OF_CARRIER = "https://id.gs1.org/417/952567800009" + check_digit("952567800009")
EVENTS = {
    "made at the factory": (BRAND, seen("commissioning", sgtin("1601"), at=ago(days=9), place=FACTORY, action="ADD")),
    "sent to the carrier": (BRAND, seen("shipping", sgtin("1602"), at=ago(days=8), place=FACTORY, **to(CARRIER))),
    "sent to the carrier's GLN": (
        BRAND,
        seen("shipping", sgtin("1603"), at=ago(days=8), **party("possessing_party", OF_CARRIER)),
    ),
    "got from the brand": (
        CARRIER,
        seen("receiving", sscc("09525678000000071"), at=ago(days=7), place=PORT)
        | party("possessing_party", "https://provenance.example/voc/organisation/Brand", "source"),
    ),
    "at a dock of the port": (CARRIER, seen("storing", sscc("09525678000000072"), at=ago(days=7), place=DOCK)),
    "sent to a place abroad": (
        CARRIER,
        seen("shipping", sscc("09525678000000073"), at=ago(days=6)) | party("location", WAREHOUSE),
    ),
    "in a consignment": (CARRIER, seen("loading", sscc("09525678000000074"), at=ago(days=6))),
    "nobody's business": (CARRIER, seen("storing", sscc("09525678000000075"), at=ago(days=5))),
    "a stranger's sight of the brand's item": (STRANGER, seen("retail_selling", sgtin("1604"), at=ago(days=4))),
    "a quantity of the brand's product": (
        CARRIER,
        {key: value for key, value in seen("storing", at=ago(days=4)).items() if key != "epcList"}
        | {"quantityList": [{"epcClass": f"https://id.gs1.org/01/{GTIN}", "quantity": 5}]},
    ),
    "a docket's item": (CARRIER, seen("storing", sscc("09525678000000076"), at=ago(days=3))),
    "an item of a case without a docket": (CARRIER, seen("storing", sscc("09525678000000077"), at=ago(days=3))),
    "the stranger's own goods": (STRANGER, seen("storing", sgtin("1", BAG), at=ago(days=2), place=WAREHOUSE)),
}
READERS = {
    "made at the factory": {BRAND, AUDITOR, CN},
    "sent to the carrier": {BRAND, AUDITOR, CARRIER, CN},
    "sent to the carrier's GLN": {BRAND, AUDITOR, CARRIER},
    "got from the brand": {CARRIER, AUDITOR, BRAND, CUSTOMS},
    "at a dock of the port": {CARRIER, AUDITOR, CUSTOMS},
    "sent to a place abroad": {CARRIER, AUDITOR, DE, STRANGER},
    "in a consignment": {CARRIER, AUDITOR, CN, DE, BE},
    "nobody's business": {CARRIER, AUDITOR},
    "a stranger's sight of the brand's item": {STRANGER, AUDITOR, BRAND},
    "a quantity of the brand's product": {CARRIER, AUDITOR, BRAND},
    "a docket's item": {CARRIER, AUDITOR, COURT},
    "an item of a case without a docket": {CARRIER, AUDITOR},
    "the stranger's own goods": {STRANGER, AUDITOR, DE},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    for name, (role, jurisdiction) in MORE.items():
        bootstrap.enrol(
            world.gateway, name, name=f"Example {name} (fictitious)", roles=[role], jurisdiction=jurisdiction
        )
    world.contracts(STRANGER).register_place(
        place=WAREHOUSE, name="Example store", place_kind=PlaceKind.WAREHOUSE, country="DE"
    )
    carrier, brand = world.contracts(CARRIER), world.contracts(BRAND)
    unit = sscc("09525678000000074")
    carrier.open_consignment(consignment="UCR-74", units=[unit], origin="CN", destination="DE")
    carrier.lodge_declaration(country="BE", number="26BE-74", consignment="UCR-74", procedure="transit")
    docket = {"docket": "C/13/76", "court": COURT}
    brand.open_case(case="C-76", right="EX-EU", items=[sscc("09525678000000076")], **docket)
    brand.open_case(case="C-77", right="EX-EU", items=[sscc("09525678000000077")])
    yield world
    world.gateway.close()


@pytest.fixture(scope="module")
def ids(world):
    return {name: world.record(recorder, event)[0] for name, (recorder, event) in EVENTS.items()}


@pytest.mark.parametrize("organisation", EVERYBODY)
@pytest.mark.parametrize("name", EVENTS)
def test_one_event(client, world, ids, name, organisation):
    answer = client.get(f"/epcis/v2/events/{quote(ids[name], safe='')}", headers=world.headers(organisation))
    if organisation in READERS[name]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json["code"]) == (404, "event.unknown")


@pytest.mark.parametrize("organisation", EVERYBODY)
def test_the_list_of_events(client, world, ids, organisation):
    answer = client.get("/epcis/v2/events?perPage=100", headers=world.headers(organisation))
    found = {event["eventID"] for event in answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]}
    assert found == {ids[name] for name in EVENTS if organisation in READERS[name]}


def listed(answer):
    assert answer.status_code == 200, answer.json
    return {event["eventID"] for event in answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]}


@pytest.mark.parametrize("organisation", EVERYBODY)
def test_pages_of_one_event_each(client, world, ids, organisation):
    found, url = [], "/epcis/v2/events?perPage=1"
    while url:
        answer = client.get(url, headers=world.headers(organisation))
        found += listed(answer)
        url = answer.headers.get("Link", "").removeprefix("<").partition(">")[0].removeprefix(small_world.BASE_URL)
    assert sorted(found) == sorted(ids[name] for name in EVENTS if organisation in READERS[name])


@pytest.mark.parametrize("organisation", EVERYBODY)
def test_a_named_query(client, world, ids, organisation):
    headers, query = world.headers(organisation), "/epcis/v2/queries/everything"
    client.post("/epcis/v2/queries", json={"name": "everything", "query": {}}, headers=headers)
    answer = client.get(f"{query}/events?perPage=100", headers=headers)
    client.delete(query, headers=headers)
    assert listed(answer) == {ids[name] for name in EVENTS if organisation in READERS[name]}


@pytest.mark.parametrize("organisation", EVERYBODY)
def test_the_collection_of_epcs_and_their_events(client, world, ids, organisation):
    things = {
        thing: {
            ids[name] for name, (_, other) in EVENTS.items() if thing in named(other) and organisation in READERS[name]
        }
        for _, event in EVENTS.values()
        for thing in named(event)
    }
    members = client.get("/epcis/v2/epcs?perPage=100", headers=world.headers(organisation)).json["member"]
    assert set(members) == {thing for thing, readable in things.items() if readable}
    for thing, readable in things.items():
        path = f"/epcis/v2/epcs/{quote(thing, safe='')}"
        answer = client.get(f"{path}/events", headers=world.headers(organisation))
        assert client.get(path, headers=world.headers(organisation)).status_code == (200 if readable else 404)
        assert listed(answer) == readable if readable else answer.status_code == 404


def named(event):
    return [*event.get("epcList", ()), *(each["epcClass"] for each in event.get("quantityList", ()))]


@pytest.mark.parametrize("organisation", EVERYBODY)
def test_the_collection_of_read_points(client, world, ids, organisation):
    members = client.get("/epcis/v2/readPoints", headers=world.headers(organisation)).json["member"]
    readable = [event for name, (_, event) in EVENTS.items() if organisation in READERS[name]]
    assert set(members) == {event["readPoint"]["id"] for event in readable if "readPoint" in event}


@pytest.mark.parametrize("organisation", EVERYBODY)
@pytest.mark.parametrize("name", [name for name in EVENTS if "quantity" not in name])
def test_the_history_of_what_it_names(client, world, ids, name, organisation):
    _, event = EVENTS[name]
    thing = quote(event["epcList"][0], safe="")
    answer = client.get(f"/api/v1/items/{thing}/history", headers=world.headers(organisation))
    (entry,) = [each for each in answer.json["history"] if each["kind"] == "event"]
    assert entry["readable"] == (organisation in READERS[name])
    assert ("event_id" in entry) == entry["readable"]


def test_who_is_not_enrolled_reads_nothing(client, world, ids):
    world.gateway.wallet.add("Outsider")
    answer = client.get("/epcis/v2/events", headers=world.headers("Outsider"))
    assert answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
