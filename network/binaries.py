"""Where Fabric's executables are: named, on the path, in the cache, or built into the cache.

`FABRIC_BIN` names a folder and is then the only place looked at; next comes the folder of the `peer` on the path,
where it holds all five; next the cache; last a build from the pinned Go module (`building`). A folder counts only with
all executables and the configuration files that Fabric's own release puts beside them (`../config`, or
`FABRIC_CFG_PATH`). Nothing found on the path is changed.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from network.errors import BinariesError

VERSION = "2.5.0"
COMMANDS = ("peer", "orderer", "configtxgen", "cryptogen", "osnadmin")
CONFIGURATION = ("core.yaml", "orderer.yaml")
Say = Callable[[str], None]
_ANSWERS_WITHIN = 20
_VERSION_LINE = re.compile(r"^ *Version: *v?(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of Fabric's executables, its sample configuration, and the version that it says it is."""

    folder: Path
    configuration: Path
    version: str

    def __getitem__(self, command: str) -> str:
        """Return the path of one of `COMMANDS`."""
        return str(self.folder / command)


def cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that builds are kept in."""
    kept = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "~")).expanduser() / ".cache")
    return Path(kept) / "provenance" / "fabric"


def find(environment: Mapping[str, str] = os.environ) -> Binaries | None:
    """Return the executables that are here, or None. Raises `BinariesError` where `FABRIC_BIN` names no such folder."""
    named = environment.get("FABRIC_BIN")
    if named:
        return _named(Path(named), environment)
    peer = shutil.which("peer", path=environment.get("PATH", ""))
    on_path = None if peer is None else _complete(Path(peer).parent, environment)
    return on_path or _complete(cache(environment) / VERSION, environment)


def ensure(say: Say, environment: Mapping[str, str] = os.environ) -> Binaries:
    """Return the executables, built first where they are nowhere. Raises `BinariesError`."""
    from network import building

    found = find(environment)
    if found is None:
        building.build(cache(environment), say, environment)
        found = _complete(cache(environment) / VERSION, environment)
    if found is None:
        raise BinariesError(
            "binaries.build", f"the build left no working executables in {cache(environment) / VERSION}"
        )
    return found


def _named(folder: Path, environment: Mapping[str, str]) -> Binaries:
    found = _complete(folder, environment)
    if found is None:
        wanted = f"{', '.join(COMMANDS)} and beside them, or where FABRIC_CFG_PATH says, {' and '.join(CONFIGURATION)}"
        raise BinariesError("binaries.named", f"FABRIC_BIN is {folder}, which does not hold {wanted}")
    return found


def _complete(folder: Path, environment: Mapping[str, str]) -> Binaries | None:
    """Return the folder's executables if all are there, are Fabric's, and have their configuration."""
    if not all(os.access(folder / command, os.X_OK) for command in COMMANDS):
        return None
    named = environment.get("FABRIC_CFG_PATH")
    beside = [folder / "config", folder.parent / "config", folder.parent / "sampleconfig"]
    places = [Path(named), *beside] if named else beside
    configuration = next((place for place in places if all((place / name).is_file() for name in CONFIGURATION)), None)
    version = _version(folder)
    return None if configuration is None or version is None else Binaries(folder.absolute(), configuration, version)


def _version(folder: Path) -> str | None:
    """Return what the folder's `peer` says it is; another program of that name says something else."""
    try:
        told = subprocess.run(
            [folder / "peer", "version"], capture_output=True, text=True, timeout=_ANSWERS_WITHIN, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION_LINE.search(told.stdout)
    return found[1] if found else None
