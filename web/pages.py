"""The routes of the pages: enter a code, see what is on record, report a concern."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import orjson
from flask import Blueprint, Response, request

from provenance.domain import summary
from provenance.domain.errors import Malformed
from provenance.domain.gs1 import link as links
from provenance.domain.gs1 import scanning
from provenance.domain.gs1.digits import is_digits
from provenance.domain.gs1.keys import CANONICAL_STEM, Link
from provenance.domain.gs1.link import DigitalLink, Level
from provenance.domain.records import Product
from provenance.domain.verdict import judge
from provenance.http import telling
from provenance.http.negotiation import wants_json
from provenance.readmodel import ReadModel
from provenance.readmodel.view import View
from web import present, summaries
from web.rendering import Pages

_TURN = Lock()
"""Held while a page is worked out: it waits for nothing, so several at once would only get in each other's way."""

Answer = Callable[[Link, View, Pages], Response]


def add_routes(blueprint: Blueprint, readmodel: ReadModel, pages: Pages) -> None:
    """Add the routes of the pages."""

    @blueprint.get("/")
    def home() -> Response:
        """Show where a code is entered."""
        return pages.home()

    @blueprint.get("/look-up")
    def look_up() -> Response:
        """Lead to the page of the code that was entered, or show what is wrong with it."""
        code = request.args.get("code", "").strip()
        try:
            target = links.path(_typed(code))
        except Malformed as error:
            return pages.home(code=code, error=error.detail)
        return Response(status=303, headers={"Location": f"/verify{target}"})

    @blueprint.get("/verify/<elements:path>")
    def verify(path: str) -> Response:
        """Show what is on record about what the path names."""
        parsed = links.parse(f"{CANONICAL_STEM}/{path}")
        with _TURN, readmodel.view() as view:
            return _ANSWERS.get(_kind(parsed), _thing)(parsed.canonical, view, pages)

    @blueprint.get("/report/<elements:path>")
    def report(path: str) -> Response:
        """Tell how to report a concern about an item."""
        link = links.parse(f"{CANONICAL_STEM}/{path}").canonical
        with readmodel.view() as view:
            product = _product(link, view)
        back = "/verify" + links.path(link)
        return pages.show("report", item=present.number(link), brand=product.brand, back=back)


def _typed(code: str) -> Link:
    """Return what a code typed by hand or scanned names: a link, an EPC URN, an element string, or digits."""
    digits = code.replace(" ", "").replace("-", "")
    return scanning.read(digits if is_digits(digits) else code).thing


def _kind(parsed: DigitalLink) -> Level | None:
    """Return the level of a trade item's or logistic unit's link, None for every other key."""
    return parsed.level if parsed.key[0] in ("00", "01") else None


def _product(link: Link, view: View) -> present.Named:
    gtin = links.class_of(link)
    return present.product_of(view.world.get(Product, str(gtin)) if gtin else None, view.world)


def _item(link: Link, view: View, pages: Pages) -> Response:
    verdict = judge(link, view.facts, view.world, as_of=_now())
    product = present.product_of(verdict.state.product, view.world)
    if wants_json():
        return _json(present.document(verdict, product))
    request.environ[telling.SHOWN] = (link, verdict.grade.value)
    return pages.item(present.page(verdict, product))


def _class(link: Link, view: View, pages: Pages) -> Response:
    now = _now()
    found = summary.product(link, view.world, as_of=now)
    if wants_json():
        return _json(summaries.product_document(found, now))
    return pages.show("class", **summaries.product_page(found, now))


def _lot(link: Link, view: View, pages: Pages) -> Response:
    now = _now()
    found = summary.lot(link, view.world, as_of=now)
    if wants_json():
        return _json(summaries.lot_document(found, now))
    return pages.show("class", **summaries.lot_page(found, now))


def _unit(link: Link, view: View, pages: Pages) -> Response:
    now = _now()
    found = summary.unit(link, view.facts, view.world, as_of=now)
    if wants_json():
        return _json(summaries.unit_document(found, view.world, now))
    return pages.show("unit", **summaries.unit_page(found, view.world, now))


def _thing(link: Link, _: View, pages: Pages) -> Response:
    if wants_json():
        return _json(summaries.thing_document(link))
    return pages.show("thing", **summaries.thing_page(link))


def _now() -> datetime:
    return datetime.now(UTC)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), mimetype="application/json", headers={"Vary": "Accept"})


_ANSWERS: dict[Level | None, Answer] = {
    Level.ITEM: _item,
    Level.CLASS: _class,
    Level.LOT: _lot,
    Level.LOGISTIC_UNIT: _unit,
}
