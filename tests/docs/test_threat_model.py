"""docs/threat-model.md speaks of every transaction that there is."""

import re
from pathlib import Path

from provenance.domain.acts import ACTS

DOCUMENT = Path(__file__).parents[2] / "docs" / "threat-model.md"


def test_every_transaction_has_its_row():
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z]+:[a-z_]+)`", row.split("|")[1])}
    assert named == {*ACTS, "custody:append"}
