"""Doors that answer with events: a question, the page of it that is asked for, and the way to the next.

Whoever asks sees what its organisation may see, on every page; what it may not see takes no place on one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from provenance.api import query, results
from provenance.api.gateway import Gateway
from provenance.api.lexicon import RecordLexicon
from provenance.api.tokens import Question, Token, Tokens
from provenance.api.visibility import reader
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.query import Condition
from provenance.http.auth import principal


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which page is asked for, and how many events on it."""

    count: int
    token: str | None


class Asking:
    """Answers questions for the callers of a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.tokens = Tokens(gateway.operations.pages)

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
        question = Question(principal().organisation, {"at": path, "asked": asked, "prefixes": prefixes})
        wanted = _Wanted(query.per_page(request.args), request.args.get("nextPageToken"))
        with self._gateway.readmodel.view() as view:
            visible = reader(view.world, principal().organisation)
            read = query.narrowed(query.read(asked, within=within, lexicon=RecordLexicon(view)), fixed)
            pager = query.Pager(self.tokens, question)
            page, following = pager.page(read, view, visible, count=wanted.count, token=wanted.token)
            response = results.answer(page.events, view.world, query=name)
        if following is not None:
            results.lead_on(response, self.next_url(path, following), following)
        return response

    def next_url(self, path: str, token: Token) -> str:
        """Return where the next page of the current request is."""
        arguments = {name: value for name, value in request.args.items() if name != "nextPageToken"}
        return f"{self._gateway.settings.base_url}{path}?{urlencode({**arguments, 'nextPageToken': token.text})}"
