"""The OpenAPI document: served to everybody, complete, and with the event types of the domain."""

from jsonschema import Draft4Validator

from provenance.api.browsing import COLLECTIONS
from provenance.api.resources import RESOURCES
from provenance.domain.epcis import shape


def test_the_document_names_every_route_and_event_type(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    document = answer.json
    assert set(shape.declaration()) | {"Scan", "Scans", "Job", "Problem"} <= set(document["components"]["schemas"])
    paths = {f"/api/v1/{each.name}" for each in RESOURCES}
    paths |= {f"/api/v1/{each.name}/{{identifier}}" for each in RESOURCES if not each.single}
    paths |= {f"/api/v1/{each.name}/{{identifier}}/{verb}" for each in RESOURCES for verb in each.verbs}
    assert set(document["paths"]) == paths | {
        "/api/v1/sscc-ranges/{identifier}/next",
        "/api/v1/ssccs/{sscc}/label",
        "/epcis/v2/capture",
        "/epcis/v2/capture/{captureID}",
        "/epcis/v2/",
        "/epcis/v2/events",
        "/epcis/v2/events/{eventID}",
        "/epcis/v2/nextPageToken/{token}",
        "/epcis/v2/queries",
        "/epcis/v2/queries/{queryName}",
        "/epcis/v2/queries/{queryName}/events",
        "/epcis/v2/queries/{queryName}/subscriptions",
        "/epcis/v2/queries/{queryName}/subscriptions/{subscriptionID}",
        "/api/v1/subscriptions/{subscriptionID}/deliveries",
        "/api/v1/subscriptions/{subscriptionID}/deliveries/{deliveryID}/retry",
        *(f"/epcis/v2/{each.name}" for each in COLLECTIONS),
        *(f"/epcis/v2/{each.name}/{{{each.parameter}}}" for each in COLLECTIONS),
        *(f"/epcis/v2/{each.name}/{{{each.parameter}}}/events" for each in COLLECTIONS),
        "/api/v1/scans",
        "/api/v1/scans/csv",
        "/api/v1/keys",
        "/api/v1/files/{sha256}",
        "/api/v1/links",
        "/api/v1/links/{link_id}",
        "/api/v1/shipments/{shipment}",
        "/api/v1/shipments/{shipment}/cancel",
        "/api/v1/scans/{event_id}/void",
        "/api/v1/items/{item}",
        "/api/v1/items/{item}/history",
        "/api/v1/items/{item}/verdict",
        "/api/v1/items/{item}/trace",
        "/api/v1/items/{item}/qr",
    }
    assert document["security"] == [{"key": []}]


def references(node):
    """Yield every `$ref` in a document."""
    if isinstance(node, dict):
        yield from (each for name, each in node.items() if name == "$ref" and isinstance(each, str))
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(value)


def test_every_reference_leads_somewhere(client):
    document = client.get("/api/openapi.json").json
    found = set(references(document))
    assert found
    for reference in found:
        target = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]


def test_every_operation_says_what_it_does_and_names_each_parameter_once(client):
    for path, operations in client.get("/api/openapi.json").json["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation.get("summary"), f"{method} {path}"
                names = [each["name"] for each in operation.get("parameters", [])]
                assert len(names) == len(set(names)), f"{method} {path}: {names}"


def operations(document):
    """Yield every operation with its method and path."""
    for path, each in document["paths"].items():
        yield from ((method, path, operation) for method, operation in each.items() if method != "parameters")


def test_every_operation_describes_its_answers_errors_and_parameters(client):
    for method, path, operation in operations(client.get("/api/openapi.json").json):
        described, place = operation["responses"], f"{method} {path}"
        assert {"401", "403", "default"} <= set(described), place
        assert [each for each in described if each.startswith("2")], place
        for status, answer in described.items():
            if status[0] in "45":
                assert set(answer["content"]) == {"application/problem+json"}, f"{place} {status}"
                assert answer["description"], f"{place} {status}"
        assert all(each.get("description") or each["name"].isidentifier() for each in operation.get("parameters", []))


def test_every_body_has_an_example_that_its_schema_takes(client):
    document = client.get("/api/openapi.json").json
    taken = [each for each in operations(document) if "requestBody" in each[2]]
    assert len(taken) > 30
    for method, path, operation in taken:
        for content in operation["requestBody"]["content"].values():
            schema = {**content["schema"], "components": document["components"]}
            validator = Draft4Validator(schema)
            assert list(validator.iter_errors(content["example"])) == [], f"{method} {path}"
