"""Doors that answer with events: a question, the page of it that is asked for, and the way to the next.

Whoever asks sees what its organisation may see, on every page; what it may not see takes no place on one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from provenance.api import query, results
from provenance.api.gateway import Gateway
from provenance.api.lexicon import RecordLexicon
from provenance.api.tokens import Question, Token, Tokens
from provenance.api.visibility import reader
from provenance.domain.epcis.context import Scope
from provenance.domain.facts import Fact
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.readmodel.view import View

MISSING = "there is no such thing on record, or you may not read of it"


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

    def of_url(self, path: str, fixed: Mapping[str, Sequence[str]] | None = None) -> Response:
        """Answer the query in the URL; `fixed` are conditions of the resource, which must be on record by itself."""
        asked = query.of_url(request.args)
        within = query.declared(None, request.headers.get("GS1-Extensions"))
        return self.answer(path, asked, within=within, fixed=fixed or {})

    def answer(
        self,
        path: str,
        asked: query.Values,
        *,
        within: Scope,
        fixed: query.Values | None = None,
        name: str = results.SIMPLE,
    ) -> Response:
        """Answer a query with the page that the URL asks for."""
        prefixes = sorted(within.prefixes.items())
        question = Question(principal().organisation, {"at": path, "asked": asked, "prefixes": prefixes})
        wanted = _Wanted(query.per_page(request.args), request.args.get("nextPageToken"))
        with self._gateway.readmodel.view() as view:
            visible = reader(view.world, principal().organisation)
            whole = self._read(view, asked, within, fixed=fixed or {}, visible=visible)
            pager = query.Pager(self.tokens, question)
            page, following = pager.page(whole, view, visible, count=wanted.count, token=wanted.token)
        response = results.answer(page.events, query=name)
        if following is not None:
            results.lead_on(response, self.next_url(path, following), following)
        return response

    def _read(
        self, view: View, asked: query.Values, within: Scope, *, fixed: query.Values, visible: Callable[[Fact], bool]
    ) -> query.Asked:
        lexicon = RecordLexicon(view)
        own = query.read(fixed, within=within, lexicon=lexicon).query.conditions
        if own and not view.any_of(own, visible):
            raise Problem(404, "resource.unknown", MISSING)
        return query.narrowed(query.read(asked, within=within, lexicon=lexicon), own)

    def known(self, conditions: query.Values) -> None:
        """Raise `Problem` (404) where nothing that the caller may read is so."""
        with self._gateway.readmodel.view() as view:
            own = query.read(conditions, within=query.declared(None, None), lexicon=RecordLexicon(view))
            if not view.any_of(own.query.conditions, reader(view.world, principal().organisation)):
                raise Problem(404, "resource.unknown", MISSING)

    def next_url(self, path: str, token: Token) -> str:
        """Return where the next page of the current request is."""
        arguments = {name: value for name, value in request.args.items() if name != "nextPageToken"}
        return f"{self._gateway.settings.base_url}{path}?{urlencode({**arguments, 'nextPageToken': token.text})}"
