"""Templates that only name what they show, and the page of an item, which is filled in rather than rendered.

The page of an item is what consumers ask for, and rendering it with its macros and its frame took the engine as long as
a quarter of the verdict takes. So what never changes is rendered once, and a piece that many pages share once for every
wording. A wording is the whole of what a piece depends on, so no piece can be out of date.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup, escape

_WORDINGS = 1 << 12
_MARK = "\0"


class Skeleton:
    """A template without conditions and loops, rendered once with marks where it shows something."""

    def __init__(self, template: Template, names: Iterable[str]) -> None:
        marks = {name: Markup(f"{_MARK}{name}{_MARK}") for name in names}  # noqa: S704 - names of ours
        self._pieces = template.render(marks).split(_MARK)
        self._names = self._pieces[1::2]

    def fill(self, content: Mapping[str, str]) -> str:
        """Return the text with what it shows in its places; what is no markup is escaped."""
        pieces = self._pieces.copy()
        pieces[1::2] = [_escaped(content[name]) for name in self._names]
        return "".join(pieces)


class ItemPage:
    """The page of an item; safe to share between threads."""

    def __init__(self, environment: Environment) -> None:
        shown = ("title", "heading", "grade", "icon", "meaning", "advice", "reasons", "product", "facts", "checks")
        self._page = Skeleton(environment.get_template("item.html"), (*shown, "journey", "report", "as_of"))
        self._journey = Skeleton(environment.get_template("journey.html"), ("journey",))
        parts: Any = environment.get_template("parts.html").module
        self._facts: Callable[..., Markup] = parts.facts
        self._advice, self._reasons = _once_a_wording(parts.advice), _once_a_wording(parts.reasons_section)
        self._product, self._checks = _once_a_wording(parts.product), _once_a_wording(parts.checks)
        self._as_of = _once_a_wording(parts.as_of)

    def show(self, content: Mapping[str, Any]) -> str:
        """Return the page that shows what `present.page` made of a verdict."""
        said = content.__getitem__
        journey = self._journey.fill(content) + "\n" if said("journey") else ""
        pieces = {
            "heading": said("name") or "Item",
            "advice": self._advice(said("advice")),
            "reasons": self._reasons(said("reasons_title"), tuple(said("reasons"))),
            "product": self._product(said("name"), said("brand")),
            "facts": self._facts(said("facts")),
            "checks": self._checks(said("checks")),
            "journey": Markup(journey),  # noqa: S704 - a skeleton filled in
            "as_of": self._as_of(said("as_of"), said("as_of_words"), said("rules")),
        }
        return self._page.fill({**content, **pieces})


def _once_a_wording(macro: Callable[..., Markup]) -> Callable[..., Markup]:
    return lru_cache(_WORDINGS)(macro)


def _escaped(value: str) -> str:
    return value if type(value) is Markup else str(escape(value))
