"""How verdicts, histories and traces read in a terminal."""

import io
from collections.abc import Iterator
from typing import Any

from provenance.domain import codec
from provenance.domain.instant import format_instant
from provenance.domain.trace import Trace
from provenance.domain.verdict import Entry, Grade, Verdict

_GRADES = {
    Grade.CONSISTENT: "record consistent",
    Grade.ATTENTION: "attention",
    Grade.SUSPICIOUS: "suspicious",
    Grade.STOPPED: "stopped",
    Grade.NOT_ON_RECORD: "not on record",
}


def verdict_json(judged: Verdict) -> dict[str, Any]:
    """Return a verdict as `verdict --json` prints it."""
    return {
        "item": judged.item,
        "grade": judged.grade.value,
        "findings": [codec.encode(finding) for finding in judged.findings],
        "as_of": format_instant(judged.as_of),
        "rules": judged.rules,
    }


def verdict(judged: Verdict) -> str:
    """Return a verdict as lines: the grade, where the item stands, each finding."""
    return "\n".join([_GRADES[judged.grade], *_state(judged), *map(_finding, judged.findings)])


def entry(happened: Entry) -> str:
    """Return one line of a history."""
    parts = [format_instant(happened.time), happened.title, happened.recorder.name]
    if happened.place is not None:
        parts.append(happened.place.label)
    if happened.through is not None:
        parts.append(f"in {happened.through}")
    if happened.reason is not None:
        parts.append(happened.reason)
    return "  ".join(parts)


def indented(text: str) -> str:
    """Return lines moved to the right by two."""
    return "\n".join(f"  {line}" for line in text.splitlines())


def qr_text(url: str) -> str:
    """Return a QR symbol in characters, light on dark as terminals are."""
    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(url)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    return drawn.getvalue().rstrip("\n")


def _state(judged: Verdict) -> Iterator[str]:
    state = judged.state
    if state.product is not None:
        yield f"product: {state.product.name}" + (f", lot {state.lot}" if state.lot else "")
    where = state.place.label if state.place else "nowhere on record"
    held_by = f", with {state.custodian.name}" if state.custodian else ""
    yield f"status: {state.status.value.replace('_', ' ')}, last seen at {where}{held_by}"
    if state.containers:
        yield f"inside: {', '.join(state.containers)}"


def _finding(finding: Any) -> str:
    return f"{finding.severity.value}: {finding.text} [{finding.code}]"
