"""EPCIS documents in XML that tests are made of, and how their events look in JSON."""

import json
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis.document import Document
from provenance.epcisxml.reading import convert, read

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EX = "https://ns.example.com/epcis/"
CORE = "<eventTime>2026-03-01T09:30:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
OBSERVED = "<epcList><epc>urn:x:a</epc></epcList><action>OBSERVE</action>"


def document(events: str, *, version: str = "2.0", header: str = "", others: str = "") -> bytes:
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version[0]}" schemaVersion="{version}" '
        f'creationDate="2026-03-02T00:00:00Z" xmlns:ex="{EX}" xmlns:cbvmda="urn:epcglobal:cbv:mda" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{header}{others}<EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


def event(inside: str, kind: str = "ObjectEvent", **options: str) -> dict[str, Any]:
    """The JSON form of one event, without what the core says."""
    found = convert(document(f"<{kind}>{CORE}{inside}</{kind}>", **options))["epcisBody"]["eventList"][0]
    assert (found.pop("eventTime"), found.pop("eventTimeZoneOffset")) == ("2026-03-01T09:30:00Z", "+08:00")
    return plain(found)


def plain(value: Any) -> Any:
    return json.loads(canonical.dump(value))


def sound(body: bytes) -> Document:
    found = read(body)
    assert found.problems == []
    return found


def extension(inside: str) -> Any:
    """What an extension that holds `inside` is in JSON."""
    return event(f"{OBSERVED}<ex:f>{inside}</ex:f>")["ex:f"]
