"""A gateway on Fabric is backed up and restored elsewhere: it catches up from the peers, if it is the same ledger."""

import json
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml

from provenance import backup, bootstrap, cli
from provenance.backup import BackupError
from provenance.bootstrap import Gateway
from provenance.domain.records import Role
from provenance.ledger.port import Failed
from provenance.operations import Level
from provenance.readmodel.digest import logical_digest
from provenance.settings import Settings
from tests.fabric_network import FabricNetwork

MEMBER = "Brands"
pytestmark = pytest.mark.database("sqlite")


def document(serial: str) -> bytes:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "storing",
        "epcList": [f"https://id.gs1.org/01/09521234000013/21/{serial}"],
    }
    head = {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "schemaVersion": "2.0"}
    content = {"type": "EPCISDocument", "creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": [event]}}
    return json.dumps({**head, **content}).encode()


def opened(home: Path, profile: Path) -> Gateway:
    return bootstrap.open_gateway(home, Settings(connection_profile=str(profile)))


def digest(gateway: Gateway) -> str:
    gateway.projector().catch_up()
    return logical_digest(gateway.readmodel)


@pytest.fixture(scope="module")
def profile(fabric: FabricNetwork) -> Path:
    return fabric.profile(MEMBER)


@pytest.fixture(scope="module")
def home(fabric: FabricNetwork, profile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway of a member with a finished job, an open one, and a key."""
    folder = tmp_path_factory.mktemp("backup")
    chosen = Settings(connection_profile=str(fabric.profile("Steward")))
    with suppress(Failed):  # another module may have founded it already
        bootstrap.initialise(folder / "steward", chosen)
    with closing(bootstrap.open_gateway(folder / "steward", chosen)) as steward:
        bootstrap.enrol(steward, MEMBER, name="Member (fictitious)", roles=[Role.CARRIER])
    with closing(opened(folder / "home", profile)) as gateway:
        gateway.operations.jobs.accept(MEMBER, document(uuid.uuid4().hex))
        assert gateway.runner().run_once()
        gateway.operations.jobs.accept(MEMBER, document(uuid.uuid4().hex))
    return folder / "home"


@pytest.fixture
def file(home: Path, profile: Path, tmp_path: Path) -> Iterator[Path]:
    with (tmp_path / "file").open("wb") as output:
        backup.take(home, output, beside=tmp_path, profile=profile)
    yield tmp_path / "file"
    (tmp_path / "file").unlink()


def test_a_restored_gateway_catches_up_from_the_peers_and_goes_on(home: Path, profile: Path, tmp_path: Path) -> None:
    with closing(opened(home, profile)) as gateway:
        _, token = gateway.operations.keys.create(MEMBER, Level.RECORD)
        jobs = gateway.operations.jobs.of(MEMBER)
    with (tmp_path / "file").open("w+b") as file:
        manifest = backup.take(home, file, beside=tmp_path, profile=profile)
        file.seek(0)
        found = backup.restore(file, tmp_path / "elsewhere")
    assert (found.manifest, found.on_fabric, found.lost) == (manifest, True, ())
    assert found.jobs == {"finished": 1, "open": 1}
    with closing(opened(home, profile)) as gateway, closing(opened(*_restored(tmp_path / "elsewhere"))) as other:
        assert (other.ledger.id, other.wallet.organisations()) == (manifest.ledger, [MEMBER])
        assert other.operations.authenticate(token).organisation == MEMBER
        assert other.operations.jobs.of(MEMBER) == jobs
        assert other.runner().run_once()
        assert other.operations.jobs.get(jobs[0].id).success
        assert digest(other) == digest(gateway)


def _restored(home: Path) -> tuple[Path, Path]:
    return home, home / backup.PROFILE


def test_it_holds_the_profile_with_its_files_and_no_ledger(file: Path, profile: Path, tmp_path: Path) -> None:
    with tarfile.open(file) as archive:
        names = archive.getnames()
    kinds = list(dict.fromkeys(name.split("/")[0] for name in names))
    assert kinds == ["manifest.json", "fabric", "operations.db", "spool"]
    with file.open("rb") as source:
        backup.restore(source, tmp_path / "elsewhere")
    for path in [tmp_path / "elsewhere", *(tmp_path / "elsewhere").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    key = yaml.safe_load(profile.read_text())["organizations"][MEMBER]["clientPrivateKey"]["path"]
    kept = [path.read_bytes() for path in (tmp_path / "elsewhere" / "fabric").iterdir()]
    assert (profile.parent / key).read_bytes() in kept


def refused(file: Path, home: Path, profile: Path | None = None) -> BackupError:
    """Check that nothing is left of a restore that fails, and return why."""
    before = sorted(home.parent.rglob("*"))
    with file.open("rb") as source, pytest.raises(BackupError) as refusal:
        backup.restore(source, home, profile=profile)
    assert sorted(home.parent.rglob("*")) == before
    return refusal.value


def changed(file: Path, **stated: object) -> Path:
    """Write the backup with something else in its manifest, and return it."""
    with tarfile.open(file) as archive, tarfile.open(file.parent / "changed", "w") as other:
        for entry in archive.getmembers():
            content = archive.extractfile(entry).read()
            if entry.name == "manifest.json":
                content = json.dumps({**json.loads(content), **stated}, indent=2).encode() + b"\n"
                entry.size = len(content)
            (file.parent / "member").write_bytes(content)
            with (file.parent / "member").open("rb") as source:
                other.addfile(entry, source)
    return file.parent / "changed"


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"ledger": "0" * 64}, "the backup is of ledger 0000"),
        ({"height": 1_000_000}, "they have not caught up yet, or have lost some"),
        ({"lastBlock": "0" * 64}, "is another than the one the backup has seen"),
    ],
)
def test_another_ledger_restores_nothing(file: Path, tmp_path: Path, stated: dict[str, object], says: str) -> None:
    error = refused(changed(file, **stated), tmp_path / "elsewhere")
    assert error.code == "backup.ledger"
    assert says in error.detail


def test_where_no_peer_can_be_asked_nothing_is_restored(file: Path, profile: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(profile.read_text())
    for peer in content["peers"].values():
        peer["url"] = "grpcs://127.0.0.1:1"
    moved = profile.parent / f"{uuid.uuid4().hex}.json"
    moved.write_text(json.dumps(content))
    try:
        error = refused(file, tmp_path / "elsewhere", moved)
    finally:
        moved.unlink()
    assert error.code == "backup.channel"
    assert str(moved) in error.detail


def test_from_the_command_line(
    home: Path,
    profile: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    file, elsewhere = str(tmp_path / "file"), str(tmp_path / "elsewhere")
    monkeypatch.setenv("PROVENANCE_CONNECTION_PROFILE", str(profile))
    assert cli.run(["--home", str(home), "backup", file]) == 0
    assert "private keys" in capfd.readouterr().err
    monkeypatch.delenv("PROVENANCE_CONNECTION_PROFILE")
    assert cli.run(["--home", elsewhere, "restore", file, "--dry-run"]) == 0
    assert not Path(elsewhere).exists()
    assert cli.run(["--home", elsewhere, "restore", file]) == 0
    said = capfd.readouterr()
    assert "blocks, verified" in said.out
    advice = f"PROVENANCE_CONNECTION_PROFILE={elsewhere}/fabric/connection.json provenance --home {elsewhere} project"
    assert advice in said.err
    monkeypatch.setenv("PROVENANCE_CONNECTION_PROFILE", f"{elsewhere}/fabric/connection.json")
    assert cli.run(["--home", elsewhere, "project", "--rebuild"]) == 0
