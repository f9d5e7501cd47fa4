"""A capture job as XML (EPCglobal-epcis-capture-2_0.xsd)."""

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from provenance.epcisxml.values import write_text

CAPTURE: Final = "urn:epcglobal:epcis-capture:xsd:2"
_FIELDS: Final = ("captureID", "running", "success", "createdAt", "finishedAt", "captureErrorBehaviour")
_PROBLEM: Final = ("type", "title", "status", "detail", "instance")


def write_job(job: Mapping[str, Any]) -> bytes:
    """Return a capture job, given as its JSON object, with the problem details of what was refused."""
    root = etree.Element(f"{{{CAPTURE}}}EPCISCaptureJob", nsmap={"epcisc": CAPTURE})
    for name in _FIELDS:
        if name in job:
            write_text(etree.SubElement(root, name), job[name])
    for error in job.get("errors", ()):
        written = etree.SubElement(root, "errors")
        for name in _PROBLEM:
            if name in error:
                write_text(etree.SubElement(written, name), error[name])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
