"""The stored form of an event as the rules see it: compact JSON of the fields that are not empty.

Reading it back costs a fraction of reading the recorded JSON, whose identifiers would have to be brought to their
canonical form each time. It says nothing that the recorded body does not, and is rebuilt from it with everything else.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from provenance.domain import canonical
from provenance.domain.epcis.event import Action, ErrorDeclaration, Event, EventType, Quantity, Typed, assemble
from provenance.readmodel.instants import from_micros, to_micros

_NUMBER = re.compile(rb"[:\[,]-?[0-9]")
_PLAIN: Callable[[Any], Any] = lambda value: value  # noqa: E731
_TYPES = {each.value: each for each in EventType}
_ACTIONS = {each.value: each for each in Action}


def _pack_quantities(quantities: tuple[Quantity, ...]) -> list[Any]:
    return [(each.epc_class, None if each.quantity is None else str(each.quantity), each.uom) for each in quantities]


def _unpack_quantities(raw: list[Any]) -> tuple[Quantity, ...]:
    return tuple(Quantity(epc, None if amount is None else Decimal(amount), uom) for epc, amount, uom in raw)


def _pack_typed(entries: tuple[Typed, ...]) -> list[Any]:
    return [(each.type, each.id) for each in entries]


def _unpack_typed(raw: list[Any]) -> tuple[Typed, ...]:
    return tuple(Typed(kind, identifier) for kind, identifier in raw)


def _pack_error(error: ErrorDeclaration) -> list[Any]:
    return [to_micros(error.declared), error.reason, error.corrective_ids]


def _unpack_error(raw: list[Any]) -> ErrorDeclaration:
    return ErrorDeclaration(from_micros(raw[0]), raw[1], tuple(raw[2]))


def _pack_json(value: Any) -> Any:
    """Return the value itself where it certainly holds no number, whose literal a fast parser would not keep."""
    written = canonical.dump(value)
    return written.decode() if _NUMBER.search(written) else value


def _unpack_json(raw: Any) -> Any:
    return canonical.parse(raw.encode()) if isinstance(raw, str) else raw


def _unpack_sensors(raw: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(_unpack_json(raw))


_LINKS = ("epcs", "children", "inputs", "outputs", "set_dispositions", "unset_dispositions", "certifications")
_TUPLE = (_PLAIN, tuple)
_QUANTITIES = (_pack_quantities, _unpack_quantities)
_TYPED = (_pack_typed, _unpack_typed)
_JSON = (_pack_json, _unpack_json)
_SPECIAL: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "type": (_PLAIN, _TYPES.__getitem__),
    "time": (to_micros, from_micros),
    "action": (_PLAIN, _ACTIONS.__getitem__),
    **dict.fromkeys(_LINKS, _TUPLE),
    **dict.fromkeys(("quantities", "child_quantities", "input_quantities", "output_quantities"), _QUANTITIES),
    **dict.fromkeys(("transactions", "sources", "destinations"), _TYPED),
    "error": (_pack_error, _unpack_error),
    "sensors": (lambda value: _pack_json(list(value)), _unpack_sensors),
    "ilmd": _JSON,
    "extensions": _JSON,
}
_FIELDS = tuple((field.name, _SPECIAL.get(field.name, (_PLAIN, _PLAIN))[0]) for field in dataclasses.fields(Event))
_UNPACK = {name: unpack for name, (_, unpack) in _SPECIAL.items()}


def pack(event: Event) -> bytes:
    """Return the stored form of an event."""
    content = {}
    for name, packer in _FIELDS:
        value = getattr(event, name)
        if value or value == "":
            content[name] = value if packer is _PLAIN else packer(value)
    return orjson.dumps(content)


def unpack(stored: bytes) -> Event:
    """Return the event that `pack` stored."""
    content = orjson.loads(stored)
    for name, raw in content.items():
        unpacker = _UNPACK.get(name)
        if unpacker is not None:
            content[name] = unpacker(raw)
    return assemble(content)
