"""How verdicts, histories and traces read in a terminal."""

import io
from collections.abc import Iterator
from typing import Any

from provenance.domain.instant import format_instant
from provenance.domain.trace import Trace, TracedRight
from provenance.domain.verdict import Entry, Grade, Verdict

_GRADES = {
    Grade.CONSISTENT: "record consistent",
    Grade.ATTENTION: "attention",
    Grade.SUSPICIOUS: "suspicious",
    Grade.STOPPED: "stopped",
    Grade.NOT_ON_RECORD: "not on record",
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


def trace(traced: Trace) -> str:
    """Return the way from an item back to its rights as lines."""
    return "\n".join(_traced(traced))


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


def _traced(traced: Trace) -> Iterator[str]:
    yield f"item: {traced.item} ({_GRADES[traced.grade]})"
    yield f"product: {traced.product.name} ({traced.product.id})" if traced.product else "product: not on record"
    if traced.brand is not None:
        yield f"brand: {traced.brand.name}"
    for each in traced.rights:
        yield from _right(each)
    if traced.last_consistent is not None:
        yield f"last consistent: {entry(traced.last_consistent)}"
    if traced.first_inconsistent is not None:
        yield f"first inconsistent: {entry(traced.first_inconsistent)}"
    if traced.held_between:
        yield f"held between: {', '.join(party.name for party in traced.held_between)}"


def _right(each: TracedRight) -> Iterator[str]:
    right = each.right
    number = right.registration_number or right.application_number or right.st13 or "no number on record"
    marks = [
        "confirmed by its office" if each.confirmed else "declared only",
        "in force" if each.in_force else "not in force",
    ]
    if each.infringed:
        marks.append("infringed")
    kind = right.right_kind.value.replace("_", " ")
    yield f"right: {right.title}, {kind} {number} at {right.office} for {right.territory}, {', '.join(marks)}"
    yield f"  holder: {each.holder.name}"
    for licensee in each.licensees:
        until = f" to {licensee.ends}" if licensee.ends else ""
        yield f"  licensee: {licensee.party.name}, {licensee.licence}, from {licensee.starts}{until}"
