"""TOML that is read key by key: each value is checked where it is asked for; a key that nobody asked for is an error.

Errors name the key by its path, such as `organisations[1].peers`.
"""

import re
from collections.abc import Mapping
from typing import Any

from network.errors import TopologyError


class Table:
    """A TOML table; each method raises `TopologyError` (`topology.value`) where the value is not what it says."""

    def __init__(self, content: Mapping[str, Any], path: str) -> None:
        self._content = content
        self._path = path
        self._read: set[str] = set()

    def table(self, key: str) -> "Table":
        """Return a table, an empty one where there is none."""
        return Table(self._get(key, {}, dict, "a table"), self._of(key) + ".")

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables."""
        found = self._get(key, [], list, "a list of tables")
        if not all(isinstance(each, dict) for each in found):
            raise TopologyError("topology.value", f"{self._of(key)} must be a list of tables")
        return [Table(each, f"{self._of(key)}[{place}].") for place, each in enumerate(found)]

    def strings(self, key: str) -> list[str]:
        """Return a list of strings."""
        found = self._get(key, [], list, "a list of strings")
        if not all(isinstance(each, str) for each in found):
            raise TopologyError("topology.value", f"{self._of(key)} must be a list of strings")
        return list(found)

    def matching(self, key: str, form: re.Pattern[str], default: str | None = None) -> str:
        """Return a string of this form; it must be there where there is no default."""
        found: str = self._get(key, default, str, "a string")
        if form.fullmatch(found) is None:
            raise TopologyError("topology.value", f"{self._of(key)} is {found!r}: it must match {form.pattern}")
        return found

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        found: int = self._get(key, default, int, "a whole number")
        if isinstance(found, bool) or not least <= found <= most:
            raise TopologyError("topology.value", f"{self._of(key)} is {found}: {least} to {most}")
        return found

    def truth(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        found: bool = self._get(key, default, bool, "true or false")
        return found

    def nothing_else(self) -> None:
        """Check that every key was asked for. Raises `TopologyError` (`topology.key`)."""
        unknown = sorted(set(self._content) - self._read)
        if unknown:
            raise TopologyError("topology.key", f"the topology has no key {self._of(unknown[0])}")

    def _get(self, key: str, default: Any, kind: type, wording: str) -> Any:
        self._read.add(key)
        found = self._content.get(key, default)
        if found is None:
            raise TopologyError("topology.value", f"{self._of(key)} is missing: {wording}")
        if not isinstance(found, kind):
            raise TopologyError("topology.value", f"{self._of(key)} must be {wording}")
        return found

    def _of(self, key: str) -> str:
        return self._path + key
