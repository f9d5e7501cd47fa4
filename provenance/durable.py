"""What outlasts a power failure: a file that was renamed into place keeps its name only once its folder is on disk."""

import os
from pathlib import Path


def sync(*folders: Path) -> None:
    """Return when the names in folders are on disk; a file's content is its writer's to sync before it is renamed."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
