"""What the EPCIS 2.0 REST binding wants of every resource: version headers, discovery by OPTIONS, forms of answers.

An answer comes as JSON, JSON-LD or XML, as `Accept` says, its identifiers and words as `GS1-EPC-Format` and
`GS1-CBV-XML-Format` say. A request for a version that this service does not speak is refused before anything is read.
"""

import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, TypeVar

from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import described
from provenance.domain.vocabulary import NAMESPACE
from provenance.http.auth import requires
from provenance.http.problems import Problem
from provenance.operations import Level

View = TypeVar("View", bound=Callable[..., Any])

VERSIONS = {
    "GS1-EPCIS-Version": "2.0",
    "GS1-CBV-Version": "2.0",
    "GS1-Extensions": f"provenance={NAMESPACE}",
}
"""Headers that tell which versions of the standards an answer follows, and what it has beyond them."""

EPC_FORMATS = ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates")
CBV_FORMATS = ("No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")
_SPOKEN = {"EPCIS": (2, 0), "CBV": (2, 0)}
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}")
_TEXT = {"type": "string"}
_NUMBERED = {"type": "string", "pattern": r"^\d+(\.\d+)*$"}

DISCOVERED = {
    **VERSIONS,
    "GS1-EPCIS-Min": "2.0",
    "GS1-EPCIS-Max": "2.0",
    "GS1-CBV-Min": "2.0",
    "GS1-CBV-Max": "2.0",
    "GS1-EPC-Format": ", ".join(EPC_FORMATS),
    "GS1-CBV-XML-Format": ", ".join(CBV_FORMATS),
    "GS1-Vendor-Version": f"provenance-{version('provenance')}",
}
"""What OPTIONS tells on every resource."""


def _header(name: str, text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"in": "header", "name": name, "description": text, "schema": dict(schema)}


EXTENSIONS = _header("GS1-Extensions", "prefixes of the query's fields: `prefix=namespace, ...`", _TEXT)
_BOUNDS = [
    _header(f"GS1-{of}-{end}", f"the {word} {of} version that the caller understands", _NUMBERED)
    for of in ("EPCIS", "CBV")
    for end, word in (("Min", "lowest"), ("Max", "highest"))
]
_SENT = [_header(f"GS1-{of}-Version", f"the {of} version of the request", _NUMBERED) for of in ("EPCIS", "CBV")]
EPC_FORMAT = _header(
    "GS1-EPC-Format", "how identifiers come", {"type": "string", "enum": list(EPC_FORMATS), "default": EPC_FORMATS[1]}
)
CBV_FORMAT = _header("GS1-CBV-XML-Format", "how CBV words come in XML", {"type": "string", "enum": list(CBV_FORMATS)})
READING = [EXTENSIONS, *_BOUNDS]
"""Headers of requests that read."""

FORMED = [*READING, EPC_FORMAT, CBV_FORMAT]
"""Headers of requests that read events."""

WRITING = [EXTENSIONS, *_SENT]
"""Headers of requests that write."""

ANSWERED = {name: {"schema": _TEXT} for name in VERSIONS}
"""Headers of every answer, as the document describes them."""


def watch(routes: Blueprint) -> None:
    """Refuse requests for versions and forms that are not spoken here (406), before their view runs."""
    routes.before_request(_check)


def _check() -> None:
    for of, spoken in _SPOKEN.items():
        least, most = (_version(f"GS1-{of}-{end}") for end in ("Min", "Max"))
        stated = _version(f"GS1-{of}-Version")
        if (least is not None and least > spoken) or (most is not None and most < spoken):
            raise _refused(f"this service speaks {of} 2.0, which is not between {least} and {most}")
        if stated is not None and stated[0] > spoken[0]:
            raise _refused(f"this service speaks {of} 2.0")
    for name, known in (("GS1-EPC-Format", EPC_FORMATS), ("GS1-CBV-XML-Format", CBV_FORMATS)):
        if request.headers.get(name, known[0]) not in known:
            raise _refused(f"{name} is one of {', '.join(known)}")


def _version(name: str) -> tuple[int, ...] | None:
    """Return a version by its first two numbers: what comes after them changes nothing that is exchanged."""
    stated = request.headers.get(name)
    if stated is None:
        return None
    if _VERSION.fullmatch(stated.strip()) is None:
        raise _refused(f"{name} is a version such as 2.0, not {stated[:40]!r}")
    numbers = [int(each) for each in stated.strip().split(".")]
    return tuple([*numbers, 0][:2])


def _refused(detail: str) -> Problem:
    return Problem(406, "request.not_acceptable", detail, epcis="NotAcceptableException")


def discover(
    routes: Blueprint,
    rule: str,
    *methods: str,
    parameters: list[dict[str, Any]] | None = None,
    more: Mapping[str, str] | None = None,
    now: tuple[str, Callable[[Mapping[str, str]], str]] | None = None,
) -> None:
    """Answer OPTIONS on a rule with what its resource takes; register it before the rule's other methods.

    `more` are headers that this resource tells beside those of all; `now` is one whose value is that of the moment,
    worked out from the parameters of the path.
    """
    headers = {**DISCOVERED, **(more or {}), "Allow": ", ".join(("OPTIONS", *methods))}
    told = {name: {"schema": _TEXT} for name in (*headers, *(now or ())[:1])}
    responses = {"204": {"description": "what it takes, in headers", "headers": told}}

    @routes.route(rule, methods=["OPTIONS"], endpoint=f"options {rule}".replace(".", " "))
    @routes.doc(
        parameters=[*(parameters or []), EXTENSIONS],
        responses={**responses, **described.errors(401, 403, 406, *((404,) if now else ()))},
    )
    @requires(Level.READ)
    def tell(**path: str) -> Response:
        """Tell versions, forms and methods of this resource, in headers."""
        return Response(status=204, headers=headers if now is None else {**headers, now[0]: now[1](path)})
