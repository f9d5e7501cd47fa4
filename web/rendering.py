"""The pages' templates, compiled once when the application starts, and what every page shows."""

import hashlib
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from provenance.http.problems import Problem, request_id
from web.grades import GRADES
from web.icons import ICONS
from web.skeletons import ItemPage

_HTML = "text/html; charset=utf-8"
_FOLDER = Path(__file__).parent
_TEMPLATES = ("home", "class", "unit", "thing", "problem", "report", "links", "vocabulary")
_SENTENCES = {
    400: (
        "This code cannot be read",
        "The address does not hold a product code in the form that the standard gives it.",
    ),
    404: ("There is no such page", "The address leads nowhere. It may have been shortened or mistyped."),
    405: ("This page only shows", "It cannot be written to."),
    413: ("That is too much", "The request is larger than is accepted here."),
    414: ("This address is too long", "A product code is much shorter than this."),
    429: ("One moment, please", "Many requests have come from your connection. Wait a minute and try again."),
    503: ("The record is not available now", "The service that holds it did not answer. Try again in a minute."),
}


class Settled(FileSystemLoader):
    """Loads templates with what never changes already in its place: icons, addresses, names of static files."""

    def __init__(self, fixed: Mapping[str, str]) -> None:
        super().__init__(_FOLDER / "templates")
        self._fixed = {name: str(escape(value)) for name, value in fixed.items()}
        self._fixed |= {f"icons.{name}": str(icon) for name, icon in ICONS.items()}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's source; what is put into it is escaped."""
        source, path, current = super().get_source(environment, template)
        return _EXPRESSION.sub(lambda match: self._fixed.get(match[1], match[0]), source), path, current


_EXPRESSION = re.compile(r"\{\{ ([a-z_.]+) \}\}")


class Pages:
    """Renders pages; safe to share between threads."""

    def __init__(self, base_url: str) -> None:
        fixed = {"base_url": base_url, "host": urlsplit(base_url).netloc}
        fixed |= {"stylesheet": _static("provenance.css"), "favicon": _static("mark.svg")}
        environment = Environment(
            loader=Settled(fixed),
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        environment.globals["icons"] = ICONS
        self._templates = {name: environment.get_template(f"{name}.html") for name in _TEMPLATES}
        self._item = ItemPage(environment)

    def show(self, template: str, /, status: int = HTTPStatus.OK, **content: Any) -> Response:
        """Return the page of a template."""
        return Response(self._templates[template].render(content).encode(), status, content_type=_HTML)

    def item(self, content: Mapping[str, Any]) -> Response:
        """Return the page of an item, as `present.page` says it."""
        return Response(self._item.show(content).encode(), content_type=_HTML)

    def home(self, *, code: str = "", error: str = "") -> Response:
        """Return the page where a code is entered, with what was wrong with the one before."""
        status = HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK
        return self.show("home", status, grades=GRADES.values(), code=code, error=error)

    def problem(self, problem: Problem) -> Response:
        """Return the page that tells a person what went wrong."""
        title, lead = _SENTENCES.get(problem.status, ("Something went wrong", "That was our fault, not yours."))
        detail = problem.detail if problem.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT) else ""
        asked = request_id() if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
        kicker = f"Error {problem.status}"
        return self.show(
            "problem", problem.status, title=title, kicker=kicker, lead=lead, detail=detail, request_id=asked
        )


def _static(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    version = hashlib.sha256((_FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/assets/{name}?v={version}"
