"""Documents with one thing changed each, made from well-formed ones: every field deleted, retyped, added to."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    7,
    2.5,
    "",
    "a word",
    "bare",
    "urn:example:thing",
    "2026-02-30T00:00:00Z",
    "2026-02-28T24:00:00Z",
    "2026-02-28T10:00:00.123456789+02:00",
    "2026-02-28 10:00:00Z",
    "+14:00",
    "CEL",
    "ADD",
    "https://gs1.org/voc/Speed",
    "urn:epcglobal:cbv:bizstep:shipping",
    "cbv:BizStep-shipping",
    [],
    {},
    ["urn:example:thing"],
    [7],
    {"a": 1},
)
ADDITIONS: tuple[tuple[str, Any], ...] = (
    ("unknown", 1),
    ("undeclared:field", 1),
    ("rdfs:label", "text"),
    ("has space:field", 1),
    ("https://example.com/field", 1),
    ("action", "ADD"),
    ("id", "urn:example:thing"),
    ("ilmd", {"bare": 1}),
    ("ilmd", {"cbvmda:lotNumber": "A"}),
    ("@id", "x"),
)

Path = tuple[str | int, ...]


def paths(node: Any, here: Path = ()) -> Iterator[Path]:
    """Yield the way to every value below `node`."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for token, child in items:
        yield (*here, token)
        yield from paths(child, (*here, token))


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Yield, for every place and every change, what is changed and how to make the changed document."""
    yield from ((f"+{name}", partial(_added, document, (), name, value)) for name, value in ADDITIONS)
    for path in paths(document):
        place = "/".join(str(token) for token in path)
        yield f"-{place}", partial(_deleted, document, path)
        yield from ((f"{place}={value!r}", partial(_replaced, document, path, value)) for value in REPLACEMENTS)
        target = _at(document, path)
        if isinstance(target, dict):
            yield from ((f"{place}+{name}", partial(_added, document, path, name, value)) for name, value in ADDITIONS)
        if isinstance(target, list) and target:
            yield f"{place}++", partial(_replaced, document, path, [*target, target[-1]])


def _at(node: Any, path: Path) -> Any:
    for token in path:
        node = node[token]
    return node


def _replaced(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    _at(changed, path[:-1])[path[-1]] = copy.deepcopy(value)
    return changed


def _deleted(document: dict[str, Any], path: Path) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _added(document: dict[str, Any], path: Path, name: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    _at(changed, path)[name] = copy.deepcopy(value)
    return changed
