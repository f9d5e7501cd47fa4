"""Where the ledger stands: `Ledger-Position` on answers, and `Ledger-Position-Min` on requests.

A write is answered with the number of the block that holds it. Whoever sends that number back with a later request is
answered only from a read model that has the block: the request waits for it a moment, and is refused with 412 where it
does not come. So a caller always reads what it wrote, whichever gateway or worker answers.
"""

import re
import time
from collections.abc import Callable

from flask import Blueprint, request

from provenance.http.problems import Problem
from provenance.ledger.port import Receipt

HEADER = "Ledger-Position"
LEAST = "Ledger-Position-Min"
PATIENCE = 3.0
"""How long a request waits for a block, in seconds."""

PARAMETER = {
    "in": "header",
    "name": LEAST,
    "description": "answer only once this block is readable: the `Ledger-Position` of a write that must be seen",
    "schema": {"type": "integer", "minimum": 0},
}
ANSWERED = {HEADER: {"description": "the number of the ledger block that holds it", "schema": {"type": "integer"}}}

BRIEFLY = 1.0
"""How long an answer waits that is right without the block too, in seconds."""

_NUMBER = re.compile("[0-9]{1,15}")
_PAUSE = 0.02


def header(receipt: Receipt) -> dict[str, str]:
    """Return the header that tells where a write is."""
    return {HEADER: str(receipt.block)}


def catch_up(position: Callable[[], int], height: Callable[[], int]) -> int:
    """Wait a moment until the read model has all blocks that there are now, and return how many these are.

    It is for answers that callers take for the word to go and read, and whose software knows nothing of positions. It
    comes back after the moment all the same, and looks less and less often: what it waits for needs the processors.
    """
    least, until, pause = height(), time.monotonic() + BRIEFLY, _PAUSE
    while position() < least and (left := until - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(1.5 * pause, 5 * _PAUSE)
    return least


def watch(routes: Blueprint, position: Callable[[], int], height: Callable[[], int]) -> None:
    """Hold requests of these routes back until the read model has what they must see.

    `position` tells how many blocks it has, `height` how many there are: nobody waits for one that is not there. Only
    who was let in may wait: the app checks keys before anything of a blueprint runs.
    """
    routes.before_request(lambda: _await(position, height))


def _await(position: Callable[[], int], height: Callable[[], int]) -> None:
    stated = request.headers.get(LEAST)
    if stated is None:
        return
    if _NUMBER.fullmatch(stated) is None:
        raise Problem(400, "ledger.position_form", f"{LEAST} is the number of a block, not {stated[:40]!r}")
    least, until = int(stated), time.monotonic() + PATIENCE
    while position() <= least:
        if time.monotonic() >= until or height() <= least:
            detail = f"block {least} is not readable here yet; ask again"
            raise Problem(412, "ledger.position", detail, headers={"Retry-After": "1"})
        time.sleep(_PAUSE)
