"""Numbers that the gateway makes for its callers: random serials, and the next SSCCs of a range.

Random serials have 80 bits of entropy and come from the operating system; they are told once, in the answer, and
nothing here keeps them: the ledger has their hashes. An SSCC is given out at most once by this gateway, and never one
that is on record as used.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import fields, validate

from provenance.api.doing import Completed, Task
from provenance.domain.acts.fields import MOST_HASHES
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import CANONICAL_STEM, Gtin, Link, Sscc, check_digit
from provenance.domain.records import SsccRange
from provenance.http.problems import Problem
from provenance.operations import Counters

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters of random serials: 5 bits each, without those that people confuse."""

LENGTH = 16

MOST_SSCCS = 1000
"""How many SSCCs one request gets."""

RANDOM: Mapping[str, fields.Field[Any]] = {
    "random": fields.Integer(
        strict=True,
        validate=validate.Range(1, MOST_HASHES),
        metadata={"description": "how many random serials to make, instead of a range or hashes; they are told once"},
    )
}

TOLD: Mapping[str, fields.Field[Any]] = {
    "serials": fields.List(fields.String(), metadata={"description": "the random serials, told this once"}),
    "items": fields.List(fields.String(), metadata={"description": "their links, in the same order"}),
}


def serials(_: Task, stated: Mapping[str, Any]) -> Completed:
    """Make the random serials of a batch that asks for them."""
    if "random" not in stated:
        return Completed(stated)
    if stated.get("hashes") or stated.get("first") or stated.get("last"):
        raise Problem(422, "batch.serials", "a batch has a range, hashes, or random serials: one of them", pointer="")
    gtin = Gtin.parse(stated["gtin"])
    made = [random_serial() for _ in range(stated["random"])]
    arguments = {name: value for name, value in stated.items() if name != "random"}
    arguments["hashes"] = [hashlib.sha256(f"{gtin}/{serial}".encode()).hexdigest() for serial in made]
    items = [f"{CANONICAL_STEM}/01/{gtin}/21/{serial}" for serial in made]
    return Completed(arguments, {"serials": made, "items": items})


def random_serial() -> str:
    """Return a serial of 80 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def next_ssccs(
    counters: Counters, issued: SsccRange, count: int, *, facts_of: Callable[[Link], list[Fact]]
) -> list[Sscc]:
    """Return the next SSCCs of a range, fewer at its end; those that events name already are passed over."""
    return [Sscc.parse(digits) for digits in _unused(counters, issued, count, facts_of)]


def _unused(counters: Counters, issued: SsccRange, count: int, facts_of: Callable[[Link], list[Fact]]) -> Iterator[str]:
    within = range(int(issued.first), int(issued.last) + 1)
    while count and (taken := counters.take(f"sscc_range/{issued.id}", count, within)):
        for number in taken:
            digits = f"{number:017d}"
            digits += check_digit(digits)
            if not facts_of(Sscc.parse(digits).link):
                count -= 1
                yield digits
