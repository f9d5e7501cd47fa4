"""What a backup says of itself: every member with its SHA-256, and the ledger's signed head.

The manifest is the first member of the archive and names the others in their order: the keys, the ledger or the way to
it, the operations store, the accepted bodies, the files. Nothing that it does not name is ever taken out of an archive,
and it can name nothing outside a data folder.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import orjson

from provenance.backup.errors import BackupError
from provenance.domain.errors import Malformed
from provenance.domain.instant import format_instant, parse_instant

NAME = "manifest.json"
_SCHEMA = "backup/1"
_ORDER = (
    re.compile(r"keys/(organisations/)?[A-Za-z0-9][A-Za-z0-9@._-]*\.pem", re.ASCII),
    re.compile(r"ledger\.db", re.ASCII),
    re.compile(r"fabric/(connection\.json|[0-9]{3}-[A-Za-z0-9._-]+)", re.ASCII),
    re.compile(r"operations\.db", re.ASCII),
    re.compile(r"spool/[0-9a-f]{32}", re.ASCII),
    re.compile(r"files/[0-9a-f]{2}/[0-9a-f]{64}", re.ASCII),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the data folder: its name in it, its size in bytes and its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of a backup; `head` is a checkpoint of the ledger, None for a copy that cannot sign one.

    Of a ledger on Fabric, `last_block` is the hash (hex) of block `height - 1`.
    """

    created: datetime
    ledger: str
    height: int
    head: str | None
    last_block: str | None = None
    members: tuple[Member, ...]

    def encode(self) -> bytes:
        """Return it as JSON."""
        seen = {} if self.last_block is None else {"lastBlock": self.last_block}
        return orjson.dumps(
            {
                "schema": _SCHEMA,
                "created": format_instant(self.created),
                "ledger": self.ledger,
                "height": self.height,
                "head": self.head,
                **seen,
                "members": [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in self.members],
            },
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )

    @classmethod
    def decode(cls, body: bytes) -> "Manifest":
        """Return what `body` spells. Raises `BackupError` (`backup.manifest`)."""
        try:
            raw = orjson.loads(body)
            manifest = cls(
                created=parse_instant(raw["created"]),
                ledger=raw["ledger"],
                height=raw["height"],
                head=raw["head"],
                last_block=raw.get("lastBlock"),
                members=tuple(Member(each["name"], each["size"], each["sha256"]) for each in raw["members"]),
            )
            ranks = [rank(each.name) for each in manifest.members]
            exact = manifest.encode() == body and ranks == sorted(set(ranks))
        except (ValueError, TypeError, KeyError, AttributeError, Malformed):
            exact = False
        if not exact:
            raise BackupError("backup.manifest", "the file's manifest is not one of a backup that this version makes")
        return manifest


def rank(name: str) -> tuple[int, str]:
    """Return the place of a member among the others. Raises `ValueError` for what cannot be in a backup."""
    for place, form in enumerate(_ORDER):
        if form.fullmatch(name):
            return place, name
    raise ValueError(f"{name!r} has no place in a backup")
