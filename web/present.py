"""A verdict as the consumer's page and its JSON show it: what the brand releases, in words that a buyer understands.

What is released is decided by `provenance.http.released`; the words here must never say more than it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from provenance.domain.findings import Finding, Severity
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Organisation, Product
from provenance.domain.verdict import Grade, Status, Verdict
from provenance.domain.world import World
from provenance.http import released
from web import journey
from web.grades import GRADES
from web.icons import ICONS

STATUSES: Mapping[Status, str] = {
    Status.NOT_ISSUED: "Number never issued",
    Status.ISSUED: "Number issued, not made yet",
    Status.ACTIVE: "In the supply chain",
    Status.IN_TRANSIT: "On its way",
    Status.DELIVERED: "Delivered",
    Status.SOLD: "Sold",
    Status.HELD: "Held by an authority",
    Status.SEIZED: "Seized by an authority",
    Status.DESTROYED: "To be destroyed by order of an authority",
    Status.ENDED: "No longer in use",
}
"""What each status is called."""

SEVERITIES: Mapping[Severity, str] = {
    Severity.INFO: "For information",
    Severity.ATTENTION: "Attention",
    Severity.SUSPICIOUS: "Suspicious",
    Severity.STOPPED: "Stopped",
}
"""What each severity is called."""

_COPIED = (
    "The code was copied: the genuine item may be in your hand. Every copy of the code shows this same page, so "
    "compare where the item was bought with the journey below."
)
_ADVICE = {
    Grade.ATTENTION: "This need not mean that anything is wrong with the item. The reasons say what does not fit.",
    Grade.SUSPICIOUS: "This is said about the record. It accuses neither the item in your hand nor whoever holds it.",
    Grade.STOPPED: "Do not use or resell the item before you have read the reasons.",
    Grade.NOT_ON_RECORD: "The number may be mistyped, or made up. Look for another code on the product and compare.",
}


_STOPS = {
    "destroyed": "An authority has ordered that this item be destroyed.",
    "seized": "An authority has seized this item.",
    "held": "An authority holds this item and has not released it.",
    "recalled": "The brand has recalled this item.",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A product and its brand by their names, empty where they are not on record."""

    name: str = ""
    brand: str = ""


class Reason(NamedTuple):
    """A finding as a line of a list."""

    severity: str
    icon: Markup
    word: str
    text: str


class Check(NamedTuple):
    """One of the three grades of checking, and whether it was done."""

    tone: str
    icon: Markup
    what: str
    word: str
    text: str


def product_of(product: Product | None, world: World) -> Named:
    """Return the names of a product and of its brand."""
    if product is None:
        return Named()
    brand = world.get(Organisation, product.brand)
    return Named(product.name, brand.name if brand else "")


def page(verdict: Verdict, product: Named) -> dict[str, Any]:
    """Return what the template of an item's page shows."""
    codes = {each.code for each in verdict.findings}
    as_of, as_of_words = journey.moment(verdict.as_of)
    return {
        "grade": verdict.grade.value,
        "title": GRADES[verdict.grade.value].title,
        "icon": ICONS[verdict.grade.value],
        "meaning": _meaning(verdict, codes),
        "advice": _COPIED if "copied" in codes else _ADVICE.get(verdict.grade, ""),
        "name": product.name,
        "brand": product.brand,
        "facts": _facts(verdict),
        "reasons_title": "The reasons" if verdict.reasons else "Also on record",
        "reasons": [reason(each) for each in verdict.findings],
        "checks": _checks(verdict),
        "journey": journey.timeline(verdict.history, verdict.findings),
        "report": "/report" + links.path(verdict.item),
        "as_of": as_of,
        "as_of_words": as_of_words,
        "rules": verdict.rules,
    }


def document(verdict: Verdict, product: Named) -> dict[str, Any]:
    """Return the verdict as the page's JSON: every verdict's shape, with product, state and history as released."""
    return {
        **verdict.document(),
        "product": {"name": product.name, "brand": product.brand} if product.name else None,
        "state": released.state(verdict.state),
        "history": [released.entry(entry) for entry in verdict.history],
    }


def reason(finding: Finding) -> Reason:
    """Return a finding as a line of a list."""
    if finding.code == "never_issued":
        return Reason("open", ICONS["not_on_record"], GRADES["not_on_record"].title, finding.text)
    name, text = finding.severity.value, finding.text
    return Reason(name, ICONS[name], SEVERITIES[finding.severity], text[:1].upper() + text[1:])


def number(link: Link) -> str:
    """Return what a link names as it is printed for people, `(01)...(21)...`."""
    return links.parts(link).printed


def _meaning(verdict: Verdict, codes: set[str]) -> str:
    stops = [_STOPS[code] for code in _STOPS if code in codes]
    return stops[0] if stops else GRADES[verdict.grade.value].meaning


def _facts(verdict: Verdict) -> list[tuple[str, str]]:
    state = verdict.state
    rows = [
        ("Serial number", links.serial_of(verdict.item) or ""),
        ("Product number", str(links.class_of(verdict.item))),
        ("Status", STATUSES[state.status]),
        ("Last seen", journey.where(state.place)),
        ("On record as held by", state.custodian.name if state.custodian else ""),
        ("Travels", "Packed in a larger unit" if state.containers else ""),
        ("Lot", state.lot or ""),
        ("Made by", state.maker.name if state.maker else ""),
    ]
    return [(name, value) for name, value in rows if value]


def _checks(verdict: Verdict) -> tuple[Check, Check, Check]:
    count = len(verdict.history)
    entries = "one entry" if count == 1 else f"{count} entries" if count else "no entry"
    return (
        Check("done", ICONS["done"], "The record", "checked", f"The ledger has {entries} about this number."),
        _TAG,
        _examined(verdict),
    )


_TAG = Check(
    "open", ICONS["open"], "The tag", "not checked", "A printed code has no secret in it, so it can be copied."
)
_NOT_EXAMINED = Check("open", ICONS["open"], "The item", "not examined", "No examiner has put a finding on record.")


def _examined(verdict: Verdict) -> Check:
    results = [each for each in verdict.findings if each.code.startswith("examined_")]
    if not results:
        return _NOT_EXAMINED
    tone = {"examined_genuine": "done", "examined_counterfeit": "suspicious"}.get(results[0].code, "info")
    return Check(tone, ICONS["inspected"], "The item", "examined", results[0].text)
