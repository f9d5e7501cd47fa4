"""Writing the files of a home folder: whole or not at all, and private keys for their owner alone."""

import os
from pathlib import Path
from typing import Any

import yaml


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Put a file in place at once, with this mode, its folder made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.chmod(mode)
    draft.replace(path)


def write_yaml(path: Path, content: Any) -> None:
    """Put a file of YAML in place, keys in the order given and nothing shared between places."""
    write(path, yaml.dump(content, Dumper=_Plain, sort_keys=False, default_flow_style=False))


class _Plain(yaml.SafeDumper):
    """Writes every value where it stands: Fabric's own reader takes anchors, people do not."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True
