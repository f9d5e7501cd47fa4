"""Which chaincode a network runs: what the last deployment committed, kept in `state.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from network import files
from network.errors import NetworkError


@dataclass(frozen=True, slots=True)
class Definition:
    """A committed chaincode definition: its version and sequence, and each organisation's package id."""

    version: str
    sequence: int
    packages: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> Definition | None:
    """Return what was committed last, None before the first. Raises `NetworkError` (`state.unreadable`)."""
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        packages = {str(key): str(value) for key, value in content["packages"].items()}
        return Definition(str(content["version"]), int(content["sequence"]), packages)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError("state.unreadable", f"{path} does not say which chaincode runs: {error}") from error


def save(path: Path, definition: Definition) -> None:
    """Keep what was committed."""
    content = {"version": definition.version, "sequence": definition.sequence, "packages": dict(definition.packages)}
    files.write(path, json.dumps(content, indent=1) + "\n")
