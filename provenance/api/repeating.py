"""Requests that may be sent again: `Idempotency-Key`.

The key, what was asked under it, the time that it was given and the first answer are kept. The same request under the
same key gets the first answer; one whose answer was lost on our side is done again as of its first time, so that it
records the same. Another request under a used key is refused. What is refused for its form is not kept.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from flask import Response, request

from provenance.domain import canonical
from provenance.http.problems import Problem
from provenance.operations import Answers

HEADER = "Idempotency-Key"
REPEATED = "Idempotency-Replayed"
"""Header of an answer that was given before."""

PARAMETER = {
    "in": "header",
    "name": HEADER,
    "description": "a name of the request, such as a UUID: sent again under it, it gets its first answer",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered, in a form that can be kept."""

    status: int
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as it is kept."""
        return orjson.dumps([self.status, self.content, self.headers]).decode()

    def response(self) -> Response:
        """Return it as it is sent."""
        return Response(orjson.dumps(self.content), self.status, dict(self.headers), mimetype="application/json")


Work = Callable[[], Answer]
Prepare = Callable[[datetime], Work]
"""Checks a request as of a time, and returns what does it."""


def key() -> str | None:
    """Return the key of the current request; raises `Problem` (400 `request.idempotency_key`)."""
    stated = request.headers.get(HEADER)
    if stated is not None and _KEY.fullmatch(stated) is None:
        raise Problem(400, "request.idempotency_key", f"{HEADER} is 1 to 200 visible characters of ASCII")
    return stated


def once(answers: Answers, organisation: str, content: Any, prepare: Prepare) -> Response:
    """Do the current request, which has `content` as its body, once under its key, or now where it has none.

    Raises `Problem` (422 `request.idempotency_reuse`) and what preparing and doing it raises.
    """
    name = key()
    if name is None:
        return prepare(datetime.now(UTC))().response()
    digest = sha256(f"{request.method} {request.path}\n".encode() + canonical.dump(content)).digest()
    kept = answers.find(organisation, name)
    if kept is None:
        prepare(datetime.now(UTC))
        kept = answers.keep(organisation, name, digest)
    if kept.request != digest:
        raise Problem(422, "request.idempotency_reuse", f"another request was sent under this {HEADER}")
    if kept.answer is not None:
        return _repeated(kept.answer)
    answer = prepare(kept.given)()
    first = answers.answer(organisation, name, answer.text())
    return answer.response() if first == answer.text() else _repeated(first)


def _repeated(text: str) -> Response:
    status, content, headers = orjson.loads(text)
    return Answer(status, content, {**headers, REPEATED: "true"}).response()
