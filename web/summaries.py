"""What pages show about codes that name no single item: a product, a lot, a unit, anything else. None has a grade."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provenance.domain.findings import Severity
from provenance.domain.fold import words
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.link import Level
from provenance.domain.instant import format_instant
from provenance.domain.records import Product, Recall
from provenance.domain.summary import LotSummary, ProductSummary, UnitSummary
from provenance.domain.trace import TracedRight
from provenance.domain.world import World
from provenance.http import released
from web import journey, present
from web.icons import ICONS
from web.present import Named, Reason

_NO_ITEM = "This code names a product, not one item of it, so it cannot tell one item from another and gets no grade."
_NO_UNIT_GRADE = "A unit gets no grade; each item inside has its own code."
_KINDS = {
    Level.PLACE: ("A place", "This code names a place."),
    Level.PARTY: ("An organisation", "This code names an organisation."),
    Level.DOCUMENT: ("A document", "This code names a document."),
    Level.CONSIGNMENT: ("A consignment", "This code names goods that travel together."),
    Level.SHIPMENT: ("A shipment", "This code names a shipment."),
    Level.ASSET: ("An asset", "This code names an asset, such as a returnable container."),
}


@dataclass(frozen=True, slots=True)
class RightLine:
    """A right as a line of a list."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ContentLine:
    """How many items of a product are inside a unit."""

    count: int
    name: str


def product_page(summary: ProductSummary, as_of: datetime) -> dict[str, Any]:
    """Return what the page of a product shows."""
    named = _named(summary)
    recalled = any(recall.lifted is None for recall in summary.recalls)
    return {
        "tone": "stopped" if recalled else "none",
        "icon": ICONS["stopped" if recalled else "none"],
        "kicker": "A product",
        "title": "Recalled by its brand" if recalled else named.name or "Product not on record",
        "sentences": [_NO_ITEM],
        "name": named.name,
        "brand": named.brand,
        "facts": [("Product number", str(links.class_of(summary.thing)))],
        "recalls": [_recall(each) for each in summary.recalls],
        "rights": [_right(each) for each in summary.rights],
        **_as_of(as_of),
    }


def product_document(summary: ProductSummary, as_of: datetime) -> dict[str, Any]:
    """Return the JSON of a product's page."""
    return {
        "item": summary.thing,
        "grade": None,
        "level": "class",
        "as_of": format_instant(as_of),
        "product": _product_document(_named(summary)),
        "recalls": [_recall_document(each) for each in summary.recalls],
    }


def lot_page(summary: LotSummary, as_of: datetime) -> dict[str, Any]:
    """Return what the page of a lot shows: whether it is recalled."""
    stopped = summary.recalled
    state = "This lot has been recalled by its brand." if stopped else "No recall of this lot is in force."
    lot, named = ("Lot", summary.lot), _named(summary)
    return {
        "tone": "stopped" if stopped else "none",
        "icon": ICONS["stopped" if stopped else "none"],
        "kicker": f"Lot {summary.lot}",
        "title": "Recalled" if stopped else "Not recalled",
        "sentences": [state, "This code names a lot, not one item of it, so it gets no grade."],
        "name": named.name,
        "brand": named.brand,
        "facts": [("Product number", str(links.class_of(summary.thing))), lot],
        "recalls": [_recall(each) for each in summary.recalls],
        "rights": [],
        **_as_of(as_of),
    }


def lot_document(summary: LotSummary, as_of: datetime) -> dict[str, Any]:
    """Return the JSON of a lot's page."""
    return {
        "item": summary.thing,
        "grade": None,
        "level": "lot",
        "as_of": format_instant(as_of),
        "product": _product_document(_named(summary)),
        "lot": summary.lot,
        "recalled": summary.recalled,
        "recalls": [_recall_document(each) for each in summary.recalls],
    }


def unit_page(summary: UnitSummary, world: World, as_of: datetime) -> dict[str, Any]:
    """Return what the page of a logistic unit shows: where it is, and how much of what is inside."""
    state, contents = summary.state, _contents(summary.all_contents, world)
    known = bool(summary.history)
    inside = sum(line.count for line in contents)
    count = "One item" if inside == 1 else f"{inside} items"
    content = f"{count} on record inside." if inside else "Nothing is on record as being inside."
    facts = [
        ("SSCC", links.parts(summary.thing).key[1]),
        ("Last seen", journey.where(state.place)),
        ("On record as held by", state.custodian.name if state.custodian else ""),
    ]
    return {
        "tone": "stopped" if summary.stopped else "none",
        "icon": ICONS["stopped" if summary.stopped else "packed"],
        "title": present.STATUSES[state.status] if known else "Nothing on record",
        "sentences": [content if known else "No member has recorded anything about this unit.", _NO_UNIT_GRADE],
        "reasons": [present.reason(each) for each in summary.findings],
        "facts": [(name, value) for name, value in facts if value],
        "contents": contents,
        "journey": journey.timeline(summary.history),
        **_as_of(as_of),
    }


def unit_document(summary: UnitSummary, world: World, as_of: datetime) -> dict[str, Any]:
    """Return the JSON of a logistic unit's page."""
    return {
        "item": summary.thing,
        "grade": None,
        "level": "logistic_unit",
        "as_of": format_instant(as_of),
        "state": released.state(summary.state),
        "stopped": summary.stopped,
        "findings": [each.document() for each in summary.findings],
        "contents": [{"count": line.count, "name": line.name} for line in _contents(summary.all_contents, world)],
        "history": [released.entry(entry) for entry in summary.history],
    }


def thing_page(link: Link) -> dict[str, Any]:
    """Return what the page of any other key shows."""
    kicker, lead = _KINDS.get(links.parts(link).level, ("A GS1 key", "This code is well-formed."))
    return {"kicker": kicker, "lead": lead, "number": present.number(link)}


def thing_document(link: Link) -> dict[str, Any]:
    """Return the JSON of any other key's page."""
    return {"item": link, "grade": None, "level": links.parts(link).level.value}


def _named(summary: ProductSummary | LotSummary) -> Named:
    name = summary.product.name if summary.product else ""
    return Named(name, summary.brand.name if summary.brand else "")


def _as_of(as_of: datetime) -> dict[str, str]:
    return {"as_of": format_instant(as_of), "as_of_words": words.instant(as_of)}


def _recall(recall: Recall) -> Reason:
    text = f"Recalled on {words.day(recall.ordered.effective)}: {recall.reason}"
    if recall.lifted is not None:
        text += f" (lifted on {words.day(recall.lifted.effective)})"
    severity = Severity.INFO if recall.lifted is not None else Severity.STOPPED
    word = "Recall lifted" if recall.lifted is not None else "Recalled"
    return Reason(severity.value, ICONS[severity.value], word, text)


def _recall_document(recall: Recall) -> dict[str, Any]:
    lifted = recall.lifted
    return {
        "reason": recall.reason,
        "lot": recall.lot,
        "ordered": format_instant(recall.ordered.effective),
        "lifted": format_instant(lifted.effective) if lifted is not None else None,
    }


def _product_document(named: Named) -> dict[str, str] | None:
    return {"name": named.name, "brand": named.brand} if named.name else None


def _right(traced: TracedRight) -> RightLine:
    right = traced.right
    standing = "in force" if traced.in_force else "not in force"
    word = "confirmed by its office" if traced.confirmed else "declared by its holder, not confirmed by its office"
    kind = right.right_kind.value.replace("_", " ").capitalize()
    return RightLine(right.title, f"{kind} of {traced.holder.name}, territory {right.territory}; {standing}, {word}.")


def _contents(things: Iterable[Link], world: World) -> list[ContentLine]:
    counts = Counter(str(links.class_of(thing) or "") for thing in things)
    return [ContentLine(count, _content_name(gtin, world)) for gtin, count in sorted(counts.items())]


def _content_name(gtin: str, world: World) -> str:
    product = world.get(Product, gtin) if gtin else None
    if product is not None:
        return product.name
    return f"of a product that is not on record ({gtin})" if gtin else "other units"
