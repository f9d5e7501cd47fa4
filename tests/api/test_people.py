"""Who of an organisation did something is told to that organisation, and to nobody else."""

import pytest
from small_world import BRAND, CARRIER, ago, epcis, seen, sgtin

from provenance.operations import Level


@pytest.fixture
def ana(world):
    name = f"Ana Example {len(world.gateway.operations.accounts.all())}"
    return world.gateway.operations.accounts.add(BRAND, name, Level.RECORD)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_job_tells_who_sent_it_and_who_says_so(world, client, ana):
    _, token = world.gateway.operations.keys.create(BRAND, Level.RECORD, account=ana.id)
    body = epcis(seen("commissioning", sgtin("1600"), at=ago(days=1), action="ADD"))
    sent = client.post("/epcis/v2/capture", data=body, headers=bearer(token), content_type="application/json")
    job = client.get(sent.headers["Location"], headers=bearer(token)).json
    assert (job["recordedBy"], job["asStatedBy"]) == (ana.name, BRAND)
    newest = client.get("/epcis/v2/capture", headers=world.headers(BRAND)).json[0]
    assert newest["recordedBy"] == ana.name
    while world.gateway.runner().run_once():
        pass
    assert all(ana.name.encode() not in each.arguments for each in transactions(world))


def transactions(world):
    """Give the ledger's transactions that captured something."""
    for block in world.gateway.ledger.blocks(0):
        yield from (each for each in block.transactions if each.name == "custody:append")


def test_software_without_a_person_has_no_name(world, client):
    body = epcis(seen("commissioning", sgtin("1601"), at=ago(days=1), action="ADD"))
    headers = world.headers(BRAND)
    sent = client.post("/epcis/v2/capture", data=body, headers=headers, content_type="application/json")
    assert "recordedBy" not in client.get(sent.headers["Location"], headers=headers).json


def test_keys_are_listed_to_admins_of_their_organisation_without_secrets(world, client, ana):
    key, token = world.gateway.operations.keys.create(BRAND, Level.READ, account=ana.id, name="handheld 7")
    answer = client.get("/api/v1/keys", headers=world.headers(BRAND))
    (shown,) = [each for each in answer.json if each["id"] == key.id]
    assert shown == {
        "id": key.id,
        "name": "handheld 7",
        "level": "read",
        "created": shown["created"],
        "recordedBy": ana.name,
        "asStatedBy": BRAND,
    }
    assert token.split("_", 2)[2] not in answer.text
    assert key.id not in client.get("/api/v1/keys", headers=world.headers(CARRIER)).text


def test_a_disabled_account_is_out_with_its_next_request(world, client, ana):
    _, token = world.gateway.operations.keys.create(BRAND, Level.READ, account=ana.id)
    assert client.get("/epcis/v2/events", headers=bearer(token)).status_code == 200
    world.gateway.operations.accounts.disable(ana.id)
    answer = client.get("/epcis/v2/events", headers=bearer(token))
    assert (answer.status_code, answer.json["code"]) == (401, "auth.unknown_key")


@pytest.mark.parametrize("account_level", list(Level))
@pytest.mark.parametrize(
    "door",
    [
        ("GET", "/epcis/v2/events", Level.READ),
        ("POST", "/epcis/v2/capture", Level.RECORD),
        ("POST", "/api/v1/rights", Level.DECIDE),
        ("GET", "/api/v1/keys", Level.ADMIN),
    ],
)
def test_an_account_opens_what_its_level_opens(world, client, account_level, door):
    method, path, needed = door
    accounts = world.gateway.operations.accounts
    ben = accounts.add(BRAND, f"Ben Example {len(accounts.all())}", account_level)
    _, token = world.gateway.operations.keys.create(BRAND, account_level, account=ben.id)
    answer = client.open(path, method=method, headers=bearer(token))
    assert answer.status_code != 401
    assert ("auth.level" in answer.text) is not account_level.covers(needed)
