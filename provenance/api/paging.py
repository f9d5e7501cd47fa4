"""Pages of lists: how many are asked for, after which place they begin, and where the next page is.

The place after which a page begins is in its token, sealed for one caller and one question, and good for an hour
(`tokens`). A list that shows all it finds looks for one more, so that a next page has something on it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from provenance.api.gateway import Gateway
from provenance.api.query import PAGING, refused
from provenance.api.tokens import Question, Token, Tokens, expiry
from provenance.http.auth import principal
from provenance.readmodel.query import MOST_PER_PAGE

T = TypeVar("T")

USUAL = 30
"""How many are on a page of the EPCIS binding where nobody asks for more or fewer."""

PARAMETERS: list[dict[str, Any]] = [
    {"in": "query", "name": "perPage", "schema": {"type": "integer", "minimum": 1}},
    {"in": "query", "name": "nextPageToken", "schema": {"type": "string"}},
]
"""How the OpenAPI document describes what asks for a page."""

HEADERS = {name: {"schema": {"type": "string"}} for name in ("Link", "GS1-Next-Page-Token-Expires")}
"""How the OpenAPI document describes the headers that `Turn.lead_on` sets."""

_NUMBER = re.compile("0*([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page it is: so many of a list, from after a place on, which is None for the first page."""

    count: int
    after: Any
    question: Question
    tokens: Tokens
    base_url: str

    def cut(self, found: Sequence[T], place: Callable[[T], Any]) -> tuple[Sequence[T], Any]:
        """Return what is on the page, and the place of its last where there is more, else None.

        `found` has one more than a page where there is more.
        """
        shown = found[: self.count]
        return shown, place(shown[-1]) if len(found) > self.count else None

    def told(self, path: str, place: Any) -> tuple[dict[str, str], dict[str, str]]:
        """Return how JSON and a header tell of the page of a path after a place; of none where there is no place."""
        if place is None:
            return {}, {}
        token = self._token(place)
        return {"nextPageToken": token.text}, {"Link": self._link(path, token)}

    def lead_on(self, response: Response, path: str, place: Any) -> Response:
        """Tell in headers where the page of a path after a place is, and until when; return the response."""
        if place is not None:
            token = self._token(place)
            response.headers["Link"] = self._link(path, token)
            response.headers["GS1-Next-Page-Token-Expires"] = expiry(token)
        return response

    def _token(self, place: Any) -> Token:
        return self.tokens.make(self.question, place)

    def _link(self, path: str, token: Token) -> str:
        arguments = {name: value for name, value in request.args.items() if name != "nextPageToken"}
        return f'<{self.base_url}{path}?{urlencode({**arguments, "nextPageToken": token.text})}>; rel="next"'


def turn(gateway: Gateway, asked: Mapping[str, Any], *, count: int | None = None) -> Turn:
    """Return which page of the answer to a question the request asks for, with so many on it or as many as it says.

    `asked` is all that makes the answer another one. Raises `Problem` (400 `query.parameter`, `query.page_token`).
    """
    wanted = per_page() if count is None else count
    question, tokens = Question(principal().organisation, asked), Tokens(gateway.operations.pages)
    token = request.args.get("nextPageToken")
    after = None if token is None else tokens.read(token, question)
    return Turn(wanted, after, question, tokens, gateway.settings.base_url)


def per_page(*, usual: int = USUAL, most: int = MOST_PER_PAGE) -> int:
    """Return how many the request wants on a page, `most` of them at most; raises `Problem` (400 `query.parameter`)."""
    match = _NUMBER.fullmatch(request.args.get("perPage", str(usual)))
    if match is None:
        raise refused("perPage is a positive number")
    return min(int(match[1][:9]), most)


def alone(*names: str) -> None:
    """Check that the request asks for a page, and by these names, for nothing else and for nothing twice.

    Raises `Problem` (400 `query.parameter`).
    """
    known = (*names, *PAGING)
    for name in request.args:
        if name not in known or len(request.args.getlist(name)) > 1:
            raise refused(f"{name[:40]!r} is not a parameter here, or is given twice: {', '.join(known)}")
