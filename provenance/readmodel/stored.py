"""The stored form of an event as the rules see it: MessagePack of the fields that are not empty.

Reading it back costs a fraction of reading the recorded JSON, whose identifiers would have to be brought to their
canonical form each time. It says nothing that the recorded body does not, and is rebuilt from it with everything else.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from provenance.domain import canonical
from provenance.domain.epcis.event import Event

_EXACT: Final = b"\x92"
"""Begins a pair: an event, and as text those of its fields whose numbers would not keep their literals otherwise."""
_JSON: Final = ("sensors", "ilmd", "extensions")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode
_decode_exact = msgspec.msgpack.Decoder(tuple[Event, dict[str, str]]).decode


def pack(fields: Mapping[str, Any]) -> bytes:
    """Return the stored form of an event, given its fields by name; those left out have their default."""
    try:
        return _encode(Event(**fields))
    except TypeError:
        texts = {name: canonical.dump(fields[name]).decode() for name in _JSON if name in fields}
        plain = {name: value for name, value in fields.items() if name not in texts}
        return _encode((Event(**plain), texts))


def unpack(stored: bytes) -> Event:
    """Return the event that `pack` stored."""
    return _unpack_exact(stored) if stored.startswith(_EXACT) else _decode(stored)


def _unpack_exact(stored: bytes) -> Event:
    event, texts = _decode_exact(stored)
    parsed = {name: canonical.parse(text.encode()) for name, text in texts.items()}
    if "sensors" in parsed:
        parsed["sensors"] = tuple(parsed["sensors"])
    return msgspec.structs.replace(event, **parsed)
