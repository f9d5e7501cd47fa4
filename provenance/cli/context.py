"""What every command starts from: the data folder, the settings and the gateway in it.

This module imports nothing heavy; the gateway is composed when a command first asks for it.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    from provenance.bootstrap import Gateway

DEFAULT_HOME = Path(".provenance")


@dataclass(frozen=True, slots=True)
class Context:
    """The data folder as given before the command, if it was."""

    given: Path | None

    @property
    def home(self) -> Path:
        """The data folder that commands work in."""
        return self.given or DEFAULT_HOME

    def require_ledger(self) -> None:
        """Check that the data folder holds a ledger."""
        from provenance import bootstrap, settings

        if not bootstrap.initialised(self.home, settings.read()):
            raise click.ClickException(f"there is no ledger in {self.home}; run: provenance --home {self.home} init")

    def require_embedded(self, what: str) -> None:
        """Check that the data folder holds an embedded ledger, which is all that some commands are for."""
        from provenance import opening, settings

        opening.require_embedded(settings.read(), what)
        self.require_ledger()

    @contextmanager
    def gateway(self, **overrides: Any) -> Iterator["Gateway"]:
        """Open the gateway of the data folder for the length of a command."""
        from provenance import bootstrap, settings

        with self.stores(), closing(bootstrap.open_gateway(self.home, settings.read(**overrides))) as gateway:
            for sentence in bootstrap.warnings(gateway):
                progress(f"warning: {sentence}")
            yield gateway

    @contextmanager
    def stores(self) -> Iterator[None]:
        """Let a command use the data folder's stores, whose errors become a line as all others do."""
        from provenance.operations.errors import OperationsError
        from provenance.readmodel.errors import ReadModelError

        self.require_ledger()
        try:
            yield
        except (OperationsError, ReadModelError) as error:
            raise click.ClickException(f"{error.detail} ({error.code})") from None


def print_json(value: Any) -> None:
    """Print one value as one line of JSON on stdout."""
    click.echo(orjson.dumps(value).decode())


def progress(text: str) -> None:
    """Say on stderr what is being done."""
    click.echo(text, err=True)
