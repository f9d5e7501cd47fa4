"""Building the demonstration in a data folder, through the real doors, and judging its stories.

Members are enrolled, acts are submitted in the name of those who do them, and every member's events are captured as
an EPCIS document of its own. A folder is marked before anything is put into it: one that was built with the same seed
and rules is used again, one that was left half-built is built anew, and one that holds anything else is never
touched. Nor is a server's database that holds anything when the folder is new: it is another ledger's.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from provenance import bootstrap, capture
from provenance.bootstrap import Gateway
from provenance.demo import lane, world
from provenance.demo.chronicle import Act, Chronicle
from provenance.demo.stories import STORIES, Story
from provenance.domain import codec
from provenance.domain.epcis import chunk, document
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Rules
from provenance.domain.verdict import Verdict
from provenance.operations import Behaviour, OperationsError
from provenance.operations.copying import require_empty
from provenance.readmodel import ReadModel
from provenance.readmodel.errors import ReadModelError
from provenance.readmodel.rebuild import rebuild
from provenance.settings import Settings

MARKER = "demo.json"
Say = Callable[[str], None]


class NotADemo(Exception):
    """The folder or a database holds something else; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story as it came out: its item, the verdict on it, and the link behind its QR code."""

    story: Story
    verdict: Verdict
    url: str


def identity() -> dict[str, Any]:
    """Return what must match for a folder to be this demonstration."""
    return {"demo": "provenance/1", "seed": world.SEED, "rules": codec.encode(Rules())}


def prepare(home: Path, settings: Settings, say: Say) -> int:
    """Build the demonstration in the folder, or find it there, and return how many events it has.

    Raises `NotADemo` where the folder, or a database that the settings name for a new one, holds anything else.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _claimed(home):
        marker = _marker(home)
        if marker.get("events") is not None:
            say(f"using the demonstration in {home}")
            return int(marker["events"])
        if not marker:
            _require_unused(settings)
        _clear(home)
        (home / MARKER).write_text(json.dumps(identity()))
        events = _build(home, settings, say)
        fresh = home / f"{MARKER}.part"
        fresh.write_text(json.dumps({**identity(), "events": events}))
        fresh.replace(home / MARKER)
        return events


def begun(home: Path) -> bool:
    """Tell whether a demonstration was begun in the folder and not finished."""
    try:
        marker = json.loads((home / MARKER).read_text())
    except FileNotFoundError:
        return False
    return marker.get("demo") == identity()["demo"] and marker.get("events") is None


def tell(gateway: Gateway) -> list[Told]:
    """Judge the item of every story as the record stands now."""
    items = _items()
    return [
        Told(story, gateway.judge(items[story.name]), gateway.settings.base_url + links.path(items[story.name]))
        for story in STORIES
    ]


def report(told: list[Told], *, events: int, seconds: float) -> dict[str, Any]:
    """Return the stories as `demo --json` prints them."""
    return {
        "stories": [
            {
                "name": each.story.name,
                "item": each.verdict.item,
                "grade": each.verdict.grade.value,
                "findings": [finding.code for finding in each.verdict.findings],
                "url": each.url,
            }
            for each in told
        ],
        "events": events,
        "seconds": round(seconds, 3),
    }


def chronicle(run: datetime) -> Chronicle:
    """Return everything that happens in the demonstration, as seen from the instant of the run."""
    told = Chronicle(run)
    lane.authority(told)
    for sailing in (lane.FIRST, lane.SECOND):
        lane.voyage(told, sailing)
    for story in STORIES:
        story.tell(told)
    return told


def _items() -> dict[str, Link]:
    scratch = Chronicle(datetime.now(UTC))
    return {story.name: story.tell(scratch) for story in STORIES}


def _build(home: Path, settings: Settings, say: Say) -> int:
    began = time.monotonic()
    say(f"building the demonstration in {home}")
    bootstrap.initialise(home, settings)
    gateway = bootstrap.open_gateway(home, settings)
    try:
        told = chronicle(datetime.now(UTC).replace(microsecond=0))
        _enrol(gateway, told, say)
        say(f"{len(told.acts)} acts: rights, licences, products, serials, declarations, measures")
        for act in told.acts:
            _do(gateway, told, act)
        for member in told.events:
            _capture(gateway, told, member, say)
        _project(gateway)
    finally:
        gateway.close()
    events = sum(map(len, told.events.values())) + sum(act.event is not None for act in told.acts)
    say(f"built in {time.monotonic() - began:.1f} s: {events} events")
    return events


def _project(gateway: Gateway) -> None:
    """Bring the read model up to the ledger; one on a server may be of the ledger of a build that was interrupted."""
    url = gateway.settings.readmodel_url
    if url is not None and gateway.readmodel.position() > 0:
        rebuild(url, gateway.ledger)
    else:
        gateway.projector().catch_up()


def _require_unused(settings: Settings) -> None:
    """Check that nothing is in the server's databases that a new demonstration would be put into."""
    advice = "holds something already; name an empty database or schema, or unset it to keep the demonstration in files"
    if settings.operations_url is not None:
        try:
            require_empty(settings.operations_url)
        except OperationsError:
            raise NotADemo(f"the database of PROVENANCE_OPERATIONS_URL {advice}") from None
    if settings.readmodel_url is not None and _is_used(settings.readmodel_url):
        raise NotADemo(f"the database of PROVENANCE_READMODEL_URL {advice}")


def _is_used(url: str) -> bool:
    try:
        with closing(ReadModel(url)) as model:
            return model.position() > 0
    except ReadModelError:
        return True


def _enrol(gateway: Gateway, told: Chronicle, say: Say) -> None:
    say(f"{len(world.MEMBERS)} members and {len(world.PLACES)} places, all fictitious")
    since = told.ago(1100)
    for member in world.MEMBERS:
        prefixes = () if member.prefix is None else (member.prefix,)
        bootstrap.enrol(
            gateway,
            member.id,
            name=member.name,
            roles=member.roles,
            jurisdiction=member.jurisdiction,
            prefixes=prefixes,
            effective=since,
        )
    for place in world.PLACES:
        latitude, longitude = place.degrees or (None, None)
        gateway.contracts_for(place.keeper.id).register_place(
            place=place.link,
            name=place.name,
            place_kind=place.kind,
            country=place.country,
            unlocode=place.unlocode,
            latitude=latitude,
            longitude=longitude,
            effective=since,
        )


def _do(gateway: Gateway, told: Chronicle, act: Act) -> None:
    contracts = gateway.contracts_for(act.by.id)
    carried = {} if act.event is None else {"events": _chunk(told.document_of([act.event]))}
    getattr(contracts, act.name)(**act.arguments, **carried)


def _chunk(content: dict[str, Any]) -> bytes:
    (only,) = chunk.build(document.read(orjson.dumps(content)).events)
    return only


def _capture(gateway: Gateway, told: Chronicle, member: world.Member, say: Say) -> None:
    say(f"{member.name}: {len(told.events[member])} events")
    body = orjson.dumps(told.document(member))
    outcome = capture.capture_document(gateway.contracts_for(member.id), body, Behaviour.ROLLBACK)
    if outcome.rejected:
        raise RuntimeError(f"an event of the demonstration is not well-formed: {outcome.rejected[0]}")


def _marker(home: Path) -> dict[str, Any]:
    """Return the folder's marker, empty for an empty folder; raises `NotADemo`."""
    path = home / MARKER
    if not path.exists():
        if any(home.iterdir()):
            raise NotADemo(
                f"{home} holds something that is no demonstration; name another folder: provenance --home DIR demo"
            )
        return {}
    found = json.loads(path.read_text())
    if {key: found.get(key) for key in identity()} != identity():
        raise NotADemo(f"{home} holds a demonstration of another version; remove it or name another folder with --home")
    return dict(found)


def _clear(home: Path) -> None:
    """Remove what a build that was interrupted has left; the marker says that it was ours."""
    for entry in home.iterdir():
        if entry.name.startswith(bootstrap.CONTENTS):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@contextmanager
def _claimed(home: Path) -> Iterator[None]:
    """Let one process at a time build in the folder."""
    descriptor = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
