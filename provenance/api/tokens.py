"""Tokens of next pages: opaque, sealed, of one caller and one question, and good for an hour.

A token says where the next page begins. Nothing is kept of it: it carries what is needed under a seal, so that one
that was made up, that is another organisation's, of another question, or too old is refused before anything is read.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson

from provenance.http.problems import Problem

LIFETIME = timedelta(hours=1)
_SEAL_BYTES = 16
_LONGEST = 2000


class Kept(Protocol):
    """What the operations store keeps for tokens."""

    def key(self) -> bytes:
        """Return the key that tokens are sealed with."""

    def now(self) -> datetime:
        """Return the time."""

    def end(self, digest: bytes, *, until: datetime) -> None:
        """Let a token count no more."""

    def ended(self, digest: bytes) -> bool:
        """Return whether somebody ended the token."""


@dataclass(frozen=True, slots=True)
class Question:
    """What pages are of: whose, and what was asked, without what only says which page."""

    organisation: str
    asked: Mapping[str, Any]

    def digest(self) -> bytes:
        """Return the question in a few bytes."""
        return hashlib.sha256(orjson.dumps([self.organisation, self.asked], option=orjson.OPT_SORT_KEYS)).digest()


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is handed out, and when it ends."""

    text: str
    expires: datetime


class Tokens:
    """Makes and reads tokens."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def make(self, question: Question, place: Any) -> Token:
        """Return the token of a place, a JSON value, in the pages of a question."""
        expires = self._kept.now() + LIFETIME
        body = orjson.dumps([int(expires.timestamp()), place])
        return Token(_text(body + self._seal(question, body)), expires.replace(microsecond=0))

    def read(self, text: str, question: Question) -> Any:
        """Return the place that a token is of; raises `Problem` (400 `query.page_token`)."""
        raw = _bytes(text)
        body, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(question, body)):
            raise refused("the page token is not one that was given here for this question")
        expires, place = orjson.loads(body)
        if expires <= self._kept.now().timestamp() or self._kept.ended(_digest(raw)):
            raise refused("the page token has ended; begin with the first page again")
        return place

    def end(self, text: str) -> None:
        """Let a token count no more, whoever's it is: who has it may. What is no token is none already."""
        self._kept.end(_digest(_bytes(text)), until=self._kept.now() + LIFETIME)

    def _seal(self, question: Question, body: bytes) -> bytes:
        sealed = hmac.digest(self._kept.key(), question.digest() + body, "sha256")
        return sealed[:_SEAL_BYTES]


def refused(detail: str) -> Problem:
    """Return the problem of a token that is not taken."""
    return Problem(400, "query.page_token", detail, epcis="QueryParameterException")


def expiry(token: Token) -> str:
    """Return when a token ends, as the header says it."""
    return token.expires.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)) if len(text) <= _LONGEST else b""
    except ValueError:
        raw = b""
    if len(raw) <= _SEAL_BYTES or _text(raw) != text:
        raise refused("the page token is not one that was given here")
    return raw
