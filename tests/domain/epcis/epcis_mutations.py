"""Documents with one thing changed each, made from well-formed ones: every field deleted, retyped, renamed, added to."""

import copy
from collections.abc import Iterator
from typing import Any

REPLACEMENTS: tuple[Any, ...] = (
    None, True, 7, 2.5, "", "a word", "bare", "urn:example:thing", "2026-02-30T00:00:00Z", "2026-02-28T24:00:00Z",
    "2026-02-28T10:00:00.123456789+02:00", "2026-02-28 10:00:00Z", "+14:00", "CEL", "ADD", "https://gs1.org/voc/Speed",
    "urn:epcglobal:cbv:bizstep:shipping", "cbv:BizStep-shipping", [], {}, ["urn:example:thing"], [7], {"a": 1},
)  # fmt: skip
ADDITIONS: tuple[tuple[str, Any], ...] = (
    ("unknown", 1), ("undeclared:field", 1), ("rdfs:label", "text"), ("has space:field", 1), ("https://example.com/field", 1),
    ("action", "ADD"), ("id", "urn:example:thing"), ("ilmd", {"bare": 1}), ("ilmd", {"cbvmda:lotNumber": "A"}), ("@id", "x"),
)  # fmt: skip

Path = tuple[str | int, ...]


def paths(node: Any, here: Path = ()) -> Iterator[Path]:
    """Yield the way to every value below `node`."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for token, child in items:
        yield (*here, token)
        yield from paths(child, (*here, token))


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what was changed and the changed document, for every place and every change."""
    yield from ((f"+{name}", _added(document, (), name, value)) for name, value in ADDITIONS)
    for path in paths(document):
        place = "/".join(str(token) for token in path)
        yield f"-{place}", _changed(document, path, delete=True)
        yield from ((f"{place}={value!r}", _changed(document, path, value=value)) for value in REPLACEMENTS)
        target = _at(document, path)
        if isinstance(target, dict):
            yield from ((f"{place}+{name}", _added(document, path, name, value)) for name, value in ADDITIONS)
        if isinstance(target, list) and target:
            yield f"{place}++", _changed(document, path, value=[*target, target[-1]])


def _at(node: Any, path: Path) -> Any:
    for token in path:
        node = node[token]
    return node


def _changed(document: dict[str, Any], path: Path, *, value: Any = None, delete: bool = False) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    parent = _at(changed, path[:-1])
    if delete:
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(value)
    return changed


def _added(document: dict[str, Any], path: Path, name: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    _at(changed, path)[name] = copy.deepcopy(value)
    return changed
