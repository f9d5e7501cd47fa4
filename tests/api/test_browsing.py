"""Browsing what is on record: what is listed leads to its events, and only to whom may read one of them."""

from urllib.parse import quote

import pytest
import small_world
from small_world import AUDITOR, BRAND, CARRIER, ago, seen, sgtin

TYPES = "/epcis/v2/eventTypes"
STANDARD = ["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"]
OWN = "https://example.com/own/"
MANY = 3


@pytest.fixture(scope="module", autouse=True)
def recorded(world):
    """Events of types of the members' own: one type under two prefixes, one of the carrier's, and some of one kind."""
    for prefix, name, organisation, at in (
        ("own", "Repair", BRAND, 1),
        ("mine", "Repair", BRAND, 2),
        ("own", "Weighing", CARRIER, 3),
        *(("own", f"Turn{number}", BRAND, 4 + number) for number in range(MANY)),
    ):
        gtin = small_world.GTIN if organisation == BRAND else "09529999000019"
        event = seen("inspecting", sgtin(f"14{at}0", gtin), at=ago(days=at))
        kind = {"type": f"{prefix}:{name}", "@context": [{prefix: OWN}]}
        world.record(organisation, {**event, **kind})


def members(client, world, organisation, per_page=30):
    """Return what the pages of event types list."""
    found, url = [], f"{TYPES}?perPage={per_page}"
    while url:
        answer = client.get(url, headers=world.headers(organisation))
        assert answer.status_code == 200
        assert len(answer.json["member"]) <= per_page
        found += answer.json["member"]
        url = answer.headers.get("Link", "").removeprefix("<").partition(">")[0].removeprefix(small_world.BASE_URL)
    return found


@pytest.mark.parametrize("per_page", [1, 2, 7, 30])
def test_types_of_the_senders_own_are_listed_once_after_those_of_the_standard(client, world, per_page):
    found = members(client, world, BRAND, per_page)
    assert sorted(found[: len(STANDARD)]) == sorted(STANDARD)
    assert sorted(found[len(STANDARD) :]) == sorted([f"{OWN}Repair", *(f"{OWN}Turn{each}" for each in range(MANY))])


def test_a_type_is_listed_to_who_may_read_an_event_of_it(client, world):
    own = {each.removeprefix(OWN) for each in members(client, world, AUDITOR) if each.startswith(OWN)}
    assert own == {"Repair", "Weighing", *(f"Turn{each}" for each in range(MANY))}
    assert [each for each in members(client, world, CARRIER) if each.startswith(OWN)] == [f"{OWN}Weighing"]


def test_what_is_listed_leads_to_its_events(client, world):
    headers = world.headers(BRAND)
    for name in (each for each in members(client, world, BRAND) if each.startswith(OWN)):
        one = f"{TYPES}/{quote(name, safe='')}"
        assert client.get(one, headers=headers).json["member"] == ["events"]
        listed = client.get(f"{one}/events", headers=headers).json["epcisBody"]["queryResults"]["resultsBody"]
        assert len(listed["eventList"]) == (2 if name.endswith("Repair") else 1)
    hidden = f"{TYPES}/{quote(OWN + 'Weighing', safe='')}"
    assert client.get(hidden, headers=headers).json["code"] == "resource.unknown"
    assert client.get(hidden, headers=world.headers(CARRIER)).status_code == 200
