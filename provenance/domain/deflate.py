"""The arguments of a transaction as they travel: deflated where that is worth it (RFC 1950).

A chunk of events repeats itself, and on Fabric every byte of it passes through a dozen processes and stays on every
peer's disk. What is signed, endorsed and kept is the deflated form; what a contract and a reader take is the JSON in
it. One says of itself which of the two it is: JSON never begins as a deflated text does.
"""

import zlib
from typing import Final

from provenance.domain.errors import Malformed

MOST_BYTES: Final = 4 * 1024 * 1024
"""The most that is made of a deflated text, far more than any transaction takes."""

_SHORTEST: Final = 1024
"""What is shorter is not worth it."""
_FASTEST: Final = 1
"""Of the levels, which end within a fifth of each other for chunks."""
_MARK: Final = b"\x78"
"""What a text deflated with zlib's window begins with."""


def deflated(arguments: bytes) -> bytes:
    """Return JSON as it travels."""
    return arguments if len(arguments) < _SHORTEST else zlib.compress(arguments, _FASTEST)


def inflated(sent: bytes) -> bytes:
    """Return the JSON of what travelled, deflated or not.

    Raises `Malformed` (`contract.deflated`) where it is cut off, damaged or followed by more, or comes to more than
    `MOST_BYTES`.
    """
    if not sent.startswith(_MARK):
        return sent
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(sent, MOST_BYTES)
    except zlib.error as error:
        raise Malformed("contract.deflated", f"the arguments cannot be inflated: {error}") from None
    if not reader.eof or reader.unused_data:
        detail = f"the arguments end early, go on after their end, or come to more than {MOST_BYTES} bytes"
        raise Malformed("contract.deflated", detail)
    return found
