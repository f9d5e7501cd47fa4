"""The resolver: every GS1 Digital Link on this domain leads where its brand says (GS1-Conformant Resolver 1.2).

Without a link of the brand it leads to its own page here. A request chooses with `linkType`, `context`,
`Accept-Language` and `Accept`, or asks for the linkset. It must never redirect to what a request says: only registered
links of the organisation that holds the key's company prefix, and our own page, are targets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import compression, resolving, targets
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import CANONICAL_STEM
from provenance.domain.gs1.link import DigitalLink
from provenance.domain.gs1.resolving import Wanted
from provenance.domain.gs1.targets import Target
from provenance.domain.records import Product
from provenance.domain.world import prefix_of
from provenance.http.problems import Problem
from provenance.operations import Links
from provenance.readmodel import ReadModel
from provenance.readmodel.view import View
from web import linksets
from web.rendering import Pages

LINK_TYPE, CONTEXT = "linkType", "context"
"""The parameters of a query that the resolver reads; like all others, they are passed on."""

VERIFICATION = targets.GS1_VOCABULARY + "verificationService"
_LINKSETS = ("linkset", "all")
_RECORD = "What is on record"
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Expose-Headers": "Link, Location",
}
_RESOLVING = frozenset({"web.resolve", "web.compressed", "web.description"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked about: the link, its path as it is written uncompressed, and whether it came compressed."""

    link: DigitalLink
    path: str
    compressed: bool = False

    @property
    def target(self) -> str:
        """The path with the request's own query."""
        query = _query()
        return f"{self.path}{'&' if '?' in self.path else '?'}{query}" if query else self.path


def add_routes(blueprint: Blueprint, readmodel: ReadModel, stored: Links, pages: Pages, *, base_url: str) -> None:
    """Add the routes of Digital Link paths, compressed ones too, and of the resolver's description."""
    resolver = _Resolver(readmodel, stored, pages, base_url)

    @blueprint.get("/<elements:path>")
    def resolve(path: str) -> Response:
        """Lead to what the link is linked to; a path of wrong form is a problem with its reason."""
        return resolver.answer(_read(f"/{path}"))

    @blueprint.get("/<compressed:segment>")
    def compressed(segment: str) -> Response:
        """Lead to what a compressed link is linked to."""
        try:
            return resolver.answer(_expanded(f"/{segment}"))
        except Malformed:
            raise NotFound from None

    @blueprint.get("/.well-known/gs1resolver")
    def description() -> Response:
        """Describe the resolver (GS1-Conformant Resolver 1.2, resolver description file)."""
        return linksets.description(base_url)

    @blueprint.after_request
    def open_to_all(answer: Response) -> Response:
        if request.endpoint in _RESOLVING:
            answer.headers.update(_OPEN)
        return answer


class _Resolver:
    """Finds the targets of a link and answers with one of them, several, or all."""

    def __init__(self, readmodel: ReadModel, stored: Links, pages: Pages, base_url: str) -> None:
        self._readmodel = readmodel
        self._stored = stored
        self._pages = pages
        self._base_url = base_url

    def answer(self, asked: _Asked) -> Response:
        """Return the redirect, the choice, or the linkset that the request asks for."""
        named = request.args.get(LINK_TYPE)
        anchors = targets.levels(asked.link)
        if named in _LINKSETS or (named is None and linksets.preferred()):
            response = self._linkset(asked, anchors)
        else:
            response = self._redirect(asked, anchors, named)
        for rel, target in self._relations(asked):
            response.headers.add("Link", f'<{self._base_url}{target}>; rel="{rel}"{_TYPES.get(rel, "")}')
        response.headers["Vary"] = "Accept, Accept-Language"
        return response

    def _redirect(self, asked: _Asked, anchors: Sequence[str], named: str | None) -> Response:
        levels = self._levels(asked, anchors, self._held(asked.link, anchors))
        kind = targets.link_type(named) if named is not None else None
        if named is not None and kind is None:
            raise _missing(named)
        found = resolving.choose([each for _, each in levels], _wanted(kind))
        if not found:
            raise _missing(named or "default")
        if len(found) > 1:
            content = resolving.linkset([(self._base_url + anchors[0], found)], described=asked.link.printed)
            return linksets.show(content, self._pages, HTTPStatus.MULTIPLE_CHOICES)
        return Response(status=307, headers={"Location": self._location(found[0], asked)})

    def _linkset(self, asked: _Asked, anchors: Sequence[str]) -> Response:
        with self._readmodel.view() as view:
            held = self._of_holder(asked.link, self._stored.at(anchors), view)
            described = _described(asked.link, view)
        levels = [(self._base_url + anchor, each) for anchor, each in self._levels(asked, anchors, held)]
        content = resolving.linkset(levels, described=described)
        return linksets.show(content, self._pages)

    def _held(self, link: DigitalLink, anchors: Sequence[str]) -> Mapping[str, Sequence[Target]]:
        stored = self._stored.at(anchors)
        if not stored:
            return {}
        with self._readmodel.view() as view:
            return self._of_holder(link, stored, view)

    def _of_holder(self, link: DigitalLink, stored: linksets.Stored, view: View) -> Mapping[str, Sequence[Target]]:
        """Return the targets that the present holder of the key's company prefix put there."""
        prefix = prefix_of(view.world, link.prefix_digits)
        holder = None if prefix is None else prefix.holder
        found = {
            anchor: [each.target for each in kept if each.organisation == holder] for anchor, kept in stored.items()
        }
        return {anchor: each for anchor, each in found.items() if each}

    def _levels(
        self, asked: _Asked, anchors: Sequence[str], held: Mapping[str, Sequence[Target]]
    ) -> list[tuple[str, Sequence[Target]]]:
        """Return the levels with their targets, and our own page at the finest: the default where there is no other."""
        href = self._own_page(asked)
        own = [Target(link_type=VERIFICATION, href=href, title=_RECORD)]
        if not any(each.link_type == targets.DEFAULT_LINK for kept in held.values() for each in kept):
            own.insert(0, Target(link_type=targets.DEFAULT_LINK, href=href, title=_RECORD))
        (finest, kept), *rest = resolving.by_level(anchors, held)
        return [(finest, [*kept, *own]), *rest]

    def _location(self, target: Target, asked: _Asked) -> str:
        """Return where to go, with the whole query: our own page on the host that was asked, or what is registered."""
        if target.href == self._own_page(asked):
            return "/verify" + asked.target
        query = _query()
        if not query:
            return target.href
        address, mark, fragment = target.href.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"

    def _own_page(self, asked: _Asked) -> str:
        return f"{self._base_url}/verify{asked.path}"

    def _relations(self, asked: _Asked) -> list[tuple[str, str]]:
        path = asked.path.partition("?")[0]
        relations = [("linkset", f"{path}?{LINK_TYPE}=linkset")]
        return [*relations, ("owl:sameAs", asked.path)] if asked.compressed else relations


_TYPES = {"linkset": '; type="application/linkset+json"'}


def _read(path: str) -> _Asked:
    """Return what a path asks about; one final slash is tolerated, as the standard wishes. Raises `Malformed`."""
    path = path.removesuffix("/")
    try:
        return _Asked(_parsed(path), path)
    except Malformed:
        try:
            return _expanded(path)
        except Malformed:
            pass
        raise


def _expanded(path: str) -> _Asked:
    found = compression.decompress(path)
    if found is None:
        raise Malformed("identifier.form", "this is no compressed GS1 Digital Link")
    return _Asked(_parsed(found), found, compressed=True)


def _parsed(path: str) -> DigitalLink:
    query = _query()
    return links.parse(
        f"{CANONICAL_STEM}{path}{'&' if '?' in path else '?'}{query}" if query else CANONICAL_STEM + path
    )


def _query() -> str:
    return request.query_string.decode("ascii", "replace")


def _wanted(kind: str | None) -> Wanted:
    return Wanted(
        link_type=kind,
        contexts=tuple(request.args.getlist(CONTEXT)),
        languages=tuple(language for language, quality in request.accept_languages if quality > 0),
        media_types=tuple(media for media, quality in request.accept_mimetypes if quality > 0),
    )


def _described(link: DigitalLink, view: View) -> str:
    gtin = links.class_of(link.canonical)
    product = view.world.get(Product, str(gtin)) if gtin is not None else None
    return link.printed if product is None else product.name


def _missing(named: str) -> Problem:
    return Problem(404, "link.unknown", f"nothing of the type {named[:80]!r} is linked to this; see its linkset")
