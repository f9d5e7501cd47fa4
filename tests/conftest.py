"""What tests of every part share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of conformance vectors; tests that need it skip where it is not there."""
    default = Path(__file__).parents[1] / ".." / "shared" / "vectors"
    folder = Path(os.environ.get("PROVENANCE_VECTORS", default))
    if not folder.is_dir():
        pytest.skip(f"conformance vectors are not at {folder}; PROVENANCE_VECTORS names their folder")
    return folder
