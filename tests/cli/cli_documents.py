"""What tests of the command line share: the program, and EPCIS documents that they write to files."""

import json
import sys
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).parent / "provenance")
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
ITEM = "urn:epc:id:sgtin:9521234.000001.1001"
LINK = "https://id.gs1.org/01/09521234000013/21/1001"


def observed(item: str = ITEM, **more: Any) -> dict[str, Any]:
    """Return an event that observes an item."""
    event = {"type": "ObjectEvent", "eventTime": "2026-03-01T09:00:00Z", "eventTimeZoneOffset": "+00:00"}
    return {**event, "action": "OBSERVE", "epcList": [item], "bizStep": "shipping", **more}


def document(*events: dict[str, Any]) -> dict[str, Any]:
    """Return events as a document."""
    head = {"@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0"}
    return {**head, "creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": list(events)}}


def write(folder: Path, name: str, content: Any) -> str:
    """Write JSON to a file and return the file's name."""
    (folder / name).write_text(json.dumps(content))
    return name
