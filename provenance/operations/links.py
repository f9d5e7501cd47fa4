"""Where links lead: the targets that brands attach to their products, lots, items, units and places.

A link belongs to the organisation that put it there and has a version that grows with every change, so that nobody
overwrites what somebody else has just written. Putting a link again changes what is new about it and nothing else;
a batch is put whole or not at all. What the organisation may attach links to is decided by who calls this.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from provenance.database import writing
from provenance.domain.gs1.targets import DEFAULT_LINK, Target
from provenance.operations.errors import OperationsError
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import links

MOST_PER_ANCHOR = 200
_ID_BYTES = 12


class Outcome(StrEnum):
    """What putting a link did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """A link as it is kept: what it is attached to (`/01/.../21/...`), whose it is, and its version."""

    id: str
    organisation: str
    anchor: str
    target: Target
    version: int
    created: datetime
    changed: datetime


class Links:
    """The links of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def put(self, organisation: str, stated: Sequence[tuple[str, Target]]) -> list[tuple[StoredLink, Outcome]]:
        """Put targets at anchors, all or none; a link that is there but for its title is changed.

        Raises `OperationsError` (`links.too_many`).
        """
        now = to_millis(self._clock())
        with writing(self._engine).begin() as connection:
            found = [_put(connection, organisation, anchor, target, now) for anchor, target in stated]
            for anchor in sorted({anchor for anchor, _ in stated}):
                _require_room(connection, organisation, anchor)
        return found

    def change(self, identifier: str, organisation: str, target: Target, *, version: int) -> StoredLink | None:
        """Replace the target of a link that has this version; None where the organisation has no such link.

        Raises `OperationsError` (`links.version`, `links.exists`).
        """
        with writing(self._engine).begin() as connection:
            row = _require_version(connection, identifier, organisation, version)
            if row is None:
                return None
            values = _values(row.anchor, target, to_millis(self._clock())) | {"version": version + 1}
            try:
                connection.execute(update(links).where(links.c.id == identifier).values(values))
            except IntegrityError:
                raise OperationsError("links.exists", "there is such a link already") from None
            return _link(connection.execute(select(links).where(links.c.id == identifier)).one())

    def delete(self, identifier: str, organisation: str, *, version: int | None = None) -> bool:
        """Delete a link, of this version if one is stated, and return whether the organisation had it.

        Raises `OperationsError` (`links.version`).
        """
        with writing(self._engine).begin() as connection:
            if _require_version(connection, identifier, organisation, version) is None:
                return False
            connection.execute(delete(links).where(links.c.id == identifier))
            return True

    def get(self, identifier: str, organisation: str) -> StoredLink | None:
        """Return a link of the organisation, None where it has no such link."""
        wanted = select(links).where(links.c.id == identifier, links.c.organisation == organisation)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _link(row)

    def page(
        self, organisation: str, *, count: int, after: str = "", anchor: str | None = None, link_type: str | None = None
    ) -> list[StoredLink]:
        """Return the next links of an organisation in the order of their ids, those of an anchor or type alone."""
        wanted = select(links).where(links.c.organisation == organisation, links.c.id > after)
        if anchor is not None:
            wanted = wanted.where(links.c.anchor == anchor)
        if link_type is not None:
            wanted = wanted.where(links.c.link_type == link_type)
        with self._engine.connect() as connection:
            return [_link(row) for row in connection.execute(wanted.order_by(links.c.id).limit(count))]

    def at(self, anchors: Sequence[str]) -> Mapping[str, Sequence[StoredLink]]:
        """Return the links of anchors, whosever they are, the oldest first."""
        wanted = (
            select(links)
            .where(links.c.anchor.in_(anchors))
            .order_by(links.c.created, links.c.href, links.c.organisation, links.c.id)
        )
        found: dict[str, list[StoredLink]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(wanted):
                found.setdefault(row.anchor, []).append(_link(row))
        return found


def _put(
    connection: Connection, organisation: str, anchor: str, target: Target, now: int
) -> tuple[StoredLink, Outcome]:
    values = _values(anchor, target, now)
    same = (links.c.organisation == organisation, links.c.identity == values["identity"])
    row = connection.execute(select(links).where(*same)).first()
    if row is not None and _target(row) == target:
        return _link(row), Outcome.UNCHANGED
    if row is None:
        made = {"id": secrets.token_hex(_ID_BYTES), "organisation": organisation, "version": 1, "created": now}
        connection.execute(insert(links).values(values | made))
    else:
        connection.execute(update(links).where(*same).values(values | {"version": row.version + 1}))
    stored = connection.execute(select(links).where(*same)).one()
    return _link(stored), Outcome.CREATED if row is None else Outcome.UPDATED


def _require_room(connection: Connection, organisation: str, anchor: str) -> None:
    wanted = select(func.count()).where(links.c.organisation == organisation, links.c.anchor == anchor)
    if connection.execute(wanted).scalar_one() > MOST_PER_ANCHOR:
        raise OperationsError("links.too_many", f"{anchor} would have more than {MOST_PER_ANCHOR} links")


def _require_version(connection: Connection, identifier: str, organisation: str, version: int | None) -> Any:
    wanted = select(links).where(links.c.id == identifier, links.c.organisation == organisation)
    row = connection.execute(wanted.with_for_update()).first()
    if row is not None and version is not None and row.version != version:
        raise OperationsError("links.version", f"the link has version {row.version}: somebody changed it since")
    return row


def _values(anchor: str, target: Target, now: int) -> dict[str, Any]:
    return {
        "anchor": anchor,
        "identity": _identity(anchor, target),
        "link_type": target.link_type,
        "href": target.href,
        "title": target.title,
        "languages": orjson.dumps(target.languages).decode(),
        "media_type": target.media_type,
        "contexts": orjson.dumps(target.contexts).decode(),
        "forwards": 1,  # the column is from before: a link that passed no query on is nothing that the standard has
        "changed": now,
    }


def _identity(anchor: str, target: Target) -> bytes:
    """Return what makes two links the same: a thing has one default link, and others differ in where they lead too."""
    href = "" if target.link_type == DEFAULT_LINK else target.href
    return hashlib.sha256(orjson.dumps([anchor, target.link_type, href, *target.attributes])).digest()


def _target(row: Any) -> Target:
    return Target(
        link_type=row.link_type,
        href=row.href,
        title=row.title,
        languages=tuple(orjson.loads(row.languages)),
        media_type=row.media_type,
        contexts=tuple(orjson.loads(row.contexts)),
    )


def _link(row: Any) -> StoredLink:
    return StoredLink(
        id=row.id,
        organisation=row.organisation,
        anchor=row.anchor,
        target=_target(row),
        version=row.version,
        created=from_millis(row.created),
        changed=from_millis(row.changed),
    )
