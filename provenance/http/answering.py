"""How an app answers errors: each becomes a problem, and a problem is told as details or shown as a page."""

from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import default_exceptions

from provenance.domain.errors import DomainError
from provenance.http import problems, telling
from provenance.http.negotiation import wants_json
from provenance.http.problems import Problem
from provenance.ledger.port import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

_API_ROOTS = ("/api/", "/epcis/")
"""Paths whose errors are always problem details; elsewhere a person is looking."""

PAGE = "provenance.problem_page"
"""Under this name in `app.extensions` stands who renders a problem as a page.

Without one, problems are JSON everywhere.
"""


def install(app: Flask) -> None:
    """Answer every error of the app: as problem details on API routes and to who asks for JSON, else as a page.

    Handlers are registered by status as well, because Flask asks those first and extensions register theirs by class.
    """
    kinds: list[type[Exception] | int] = [*default_exceptions, Problem, DomainError, LedgerError, Exception]
    for kind in kinds:
        app.register_error_handler(kind, answer)


def answer(error: Exception) -> Response:
    """Return the response to an error."""
    problem = problems.of(error)
    request.environ[telling.CODE] = problem.code
    page: Callable[[Problem], Response] | None = current_app.extensions.get(PAGE)
    if page is None or request.path.startswith(_API_ROOTS) or wants_json():
        return problem.response()
    response = page(problem)
    response.headers.extend(problem.headers)
    return response
