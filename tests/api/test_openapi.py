"""The OpenAPI document: served to everybody, complete, and with the event types of the domain."""

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
        "/epcis/v2/capture",
        "/epcis/v2/capture/{job_id}",
        "/epcis/v2/events",
        "/epcis/v2/events/{event_id}",
        "/api/v1/scans",
        "/api/v1/shipments/{shipment}",
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
