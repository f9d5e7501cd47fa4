"""What tests of every part share."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from tests import fabric_network as fabric_networks
from tests.databases import KINDS, PostgresqlSchemas, SqliteFiles, postgresql

_MISSED = pytest.StashKey[str]()
_NO_FABRIC = pytest.StashKey[str]()

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the databases be chosen."""
    parser.addoption(
        "--database",
        choices=[*KINDS, "both"],
        default="both",
        help="what tests with a read model or an operations store run on; a server that cannot be started is skipped",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "database(*kinds): runs on these databases alone")
    config.addinivalue_line("markers", "either_database: does not depend on it, so one of those chosen is enough")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database on each of those chosen."""
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        marker = metafunc.definition.get_closest_marker("database")
        kinds = [kind for kind in (marker.args if marker else KINDS) if chosen in (kind, "both")]
        if metafunc.definition.get_closest_marker("either_database"):
            kinds = kinds[:1]
        metafunc.parametrize("database", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def server():
    """The PostgreSQL server of this run, or what kept it from starting."""
    with ExitStack() as stack:
        try:
            started: PostgresqlSchemas | Exception = stack.enter_context(postgresql())
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is a reason to skip
            started = error
        yield started


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest):
    """Where databases are made: `database.url(folder, name)`."""
    if request.param == "sqlite":
        return SqliteFiles()
    started = request.getfixturevalue("server")
    if isinstance(started, Exception):
        reason = f"PostgreSQL could not be started, nothing is tested on it: {started}"
        if request.config.getoption("database") == "postgresql":
            pytest.fail(reason)
        request.config.stash[_MISSED] = reason
        pytest.skip(reason)
    return started


@pytest.fixture(scope="session")
def fabric_binaries(request: pytest.FixtureRequest):
    """Fabric's executables, built where they are nowhere; who asks for them where neither is possible is skipped."""
    try:
        return fabric_networks.executables()
    except fabric_networks.CannotRun as reason:
        request.config.stash[_NO_FABRIC] = str(reason)
        pytest.skip(f"there is no Fabric: {reason}")


@pytest.fixture(scope="session")
def fabric(fabric_binaries):
    """A running Fabric network that all tests share: who kills a part of it revives it."""
    with fabric_networks.fabric_network() as network:
        yield network


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say aloud that half of the databases were left out."""
    if _MISSED in config.stash:
        terminalreporter.section("POSTGRESQL WAS LEFT OUT", sep="!", red=True)
        terminalreporter.line(config.stash[_MISSED])
    if _NO_FABRIC in config.stash:
        terminalreporter.section("HYPERLEDGER FABRIC WAS LEFT OUT", sep="!", red=True)
        terminalreporter.line(config.stash[_NO_FABRIC])


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of conformance vectors; tests that need it skip where it is not there."""
    default = Path(__file__).parents[1] / ".." / "shared" / "vectors"
    folder = Path(os.environ.get("PROVENANCE_VECTORS", default))
    if not folder.is_dir():
        pytest.skip(f"conformance vectors are not at {folder}; PROVENANCE_VECTORS names their folder")
    return folder
