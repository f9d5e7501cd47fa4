"""Doors that answer with events: a question, the page of it that is asked for, and the way to the next.

Whoever asks sees what its organisation may see, on every page; what it may not see takes no place on one.
"""

from collections.abc import Sequence

from flask import Response, request

from provenance.api import paging, query, results
from provenance.api.gateway import Gateway
from provenance.api.lexicon import RecordLexicon
from provenance.api.visibility import reader
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.query import Condition
from provenance.http.auth import principal


class Asking:
    """Answers questions for the callers of a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def of_url(self, path: str, fixed: Sequence[Condition] = ()) -> Response:
        """Answer the query in the URL, of the events that hold what is fixed by the resource."""
        asked = query.of_url(request.args)
        within = query.declared(None, request.headers.get("GS1-Extensions"))
        return self.answer(path, asked, within=within, fixed=fixed)

    def answer(
        self,
        path: str,
        asked: query.Values,
        *,
        within: Scope,
        fixed: Sequence[Condition] = (),
        name: str = results.SIMPLE,
    ) -> Response:
        """Answer a query with the page that the URL asks for."""
        prefixes = sorted(within.prefixes.items())
        turn = paging.turn(self._gateway, {"at": path, "asked": asked, "prefixes": prefixes})
        with self._gateway.readmodel.view() as view:
            visible = reader(view.world, principal().organisation)
            read = query.narrowed(query.read(asked, within=within, lexicon=RecordLexicon(view)), fixed)
            page, place = query.page(read, view, visible, count=turn.count, after=turn.after)
            response = results.answer(page.events, view.world, query=name)
        return turn.lead_on(response, path, place)
