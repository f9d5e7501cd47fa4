"""The command line, run in this process for speed (`run`) or as users have it, a process of its own (`spawn`)."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_documents import PROGRAM

from provenance import cli
from tests.databases import PostgresqlSchemas, SqliteFiles


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., Ran]


def run_in(home: Path, cwd: Path, arguments: tuple[str, ...], variables: dict[str, str]) -> Ran:
    """Run a command in this process, with a data folder and environment variables of its own."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        for name, value in {"PROVENANCE_HOME": str(home), **variables}.items():
            patch.setenv(name, value)
        status = cli.run(arguments)
    return Ran(status, *(stream.buffer.getvalue().decode() for stream in (out, err)))


Stores = Callable[[Path], dict[str, str]]


@pytest.fixture(scope="session")
def stores(database: SqliteFiles | PostgresqlSchemas) -> Stores:
    """Return the variables that lead to the stores of a data folder: none where they are files in it, as by default."""

    def variables(home: Path) -> dict[str, str]:
        if database.kind == "sqlite":
            return {}
        return {f"PROVENANCE_{name.upper()}_URL": database.url(home, name) for name in ("readmodel", "operations")}

    return variables


@pytest.fixture
def run(tmp_path: Path, stores: Stores) -> Run:
    """Run commands in a data folder of the test's own, or in the one that they name, each with stores of its own."""

    def run(*arguments: str, **variables: str) -> Ran:
        home = Path(arguments[1]) if arguments[0] == "--home" else tmp_path / "home"
        return run_in(home, tmp_path, arguments, {**stores(home), **variables})

    return run


@pytest.fixture
def spawn(tmp_path: Path) -> Run:
    """The same in a process of its own."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> Ran:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
        environ |= {"PROVENANCE_HOME": str(tmp_path / "home"), **variables}
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            input=stdin,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def small_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a ledger, a brand and a carrier, to be copied."""
    folder = tmp_path_factory.mktemp("cli")
    for arguments in (
        ("init",),
        ("org", "add", "Brand", "--role", "brand", "--prefix", "9521234"),
        ("org", "add", "Carrier", "--role", "carrier", "--prefix", "9525678"),
    ):
        assert run_in(folder / "home", folder, arguments, {}).status == 0
    return folder / "home"


@pytest.fixture
def ready(run: Run, small_ledger: Path, tmp_path: Path) -> Run:
    """Run commands in a folder with a ledger, a brand and a carrier."""
    shutil.copytree(small_ledger, tmp_path / "home")
    return run


@pytest.fixture
def home(ready: Run, tmp_path: Path) -> Path:
    """That folder, with a read model."""
    assert ready("project").status == 0
    return tmp_path / "home"


@pytest.fixture
def token(ready: Run) -> str:
    """A key of the carrier that records, in that folder."""
    return ready("keys", "create", "--org", "Carrier", "--level", "record").out.strip()
