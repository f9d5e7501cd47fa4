"""The page on which the API can be tried: whole, from this server alone, and without a script in it."""

import re

import pytest


def test_the_page_and_everything_that_it_names_is_here(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 5
    for address in named:
        assert address.startswith("/api/")
        with client.get(address) as answer:
            assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]*src=)", page.text) == []


def test_its_policy_is_its_own_and_stricter_elsewhere(client):
    (policy,) = client.get("/api/docs/").headers.getlist("Content-Security-Policy")
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    (elsewhere,) = client.get("/api/docs/start.js").headers.getlist("Content-Security-Policy")
    assert "script-src" not in elsewhere
    assert "unsafe" not in elsewhere


@pytest.mark.parametrize("name", ["swagger-ui.js", "LICENSE", "..%2F__init__.py", "none"])
def test_nothing_else_is_served_beside_it(client, name):
    assert client.get(f"/api/docs/{name}").status_code == 404


def test_the_bare_address_leads_to_it(client):
    assert client.get("/api/docs").headers["Location"] == "/api/docs/"
