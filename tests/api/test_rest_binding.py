"""The REST binding of EPCIS 2.0, path by path: what GS1's OpenAPI document has and ours has not is nothing."""

import os
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.either_database

VECTORS = Path(os.environ.get("PROVENANCE_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
SPECIFICATION = VECTORS / "epcis-spec" / "openapi.yaml"
PREFIX = "/epcis/v2"
METHODS = ("get", "post", "put", "delete", "options")


@pytest.fixture(scope="module")
def standard():
    if not SPECIFICATION.exists():
        pytest.skip(f"GS1's OpenAPI document is not at {SPECIFICATION}")
    return yaml.safe_load(SPECIFICATION.read_text())


@pytest.fixture(scope="module")
def ours(app):
    return app.test_client().get("/api/openapi.json").json


def resolved(document, node):
    """Follow a reference within a document."""
    while "$ref" in node:
        target = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def operations(document, prefix=""):
    """Yield path, method, parameters as (place, name), and the headers of successful answers."""
    for path, item in document["paths"].items():
        if not path.startswith(prefix):
            continue
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                operation = item[method]
                listed = [resolved(document, each) for each in (*shared, *operation.get("parameters", []))]
                told = [resolved(document, each) for code, each in operation["responses"].items() if code[0] == "2"]
                headers = {name for each in told for name in each.get("headers", {})}
                yield path.removeprefix(prefix), method, {(each["in"], each["name"]) for each in listed}, headers


def test_nothing_of_the_standard_is_missing(standard, ours):
    have = {(path, method): (parameters, headers) for path, method, parameters, headers in operations(ours, PREFIX)}
    missing = []
    for path, method, parameters, headers in operations(standard):
        if (path, method) not in have:
            missing.append(f"{method.upper()} {path}")
            continue
        our_parameters, our_headers = have[path, method]
        missing += [f"{method.upper()} {path}: {where} {name}" for where, name in sorted(parameters - our_parameters)]
        missing += [f"{method.upper()} {path}: answers {name}" for name in sorted(headers - our_headers)]
    assert missing == []


@pytest.mark.parametrize("header", ["GS1-EPCIS-Version", "GS1-CBV-Version", "GS1-Vendor-Version", "Allow"])
def test_every_resource_tells_of_itself(client, world, standard, header):
    wanting = []
    for path, method, _, _ in operations(standard):
        if method == "options":
            answer = client.options(PREFIX + path.replace("{", "").replace("}", ""), headers=world.headers("Auditor"))
            if answer.status_code == 404 and "{subscriptionID}" in path:
                continue  # it tells of the moment of a subscription, and there is none
            if answer.status_code != 204 or header not in answer.headers:
                wanting.append(f"{path}: {answer.status_code}")
    assert wanting == []
