"""The embedded ledger that most tests here use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_scene import Opening, begin

from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import FileSigner, InsecureWallet


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    return begin(tmp_path / "home")


@pytest.fixture
def ledger(opening: Opening) -> Iterator[EmbeddedLedger]:
    opened, _ = opening()
    yield opened
    opened.close()


@pytest.fixture
def signer(opening: Opening) -> FileSigner:
    return InsecureWallet(opening.folder / "keys").signer("Acme")
