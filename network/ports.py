"""Whether a port is free, and who has it: nothing is started on a port that is somebody else's."""

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from network.errors import PortTaken


def require_free(host: str, wanted: Iterable[tuple[int, str]]) -> None:
    """Check that every port (with what wants it) can be listened on. Raises `PortTaken` (`port.taken`)."""
    taken = [f"{port} (for {whose}) is used by {holder(port)}" for port, whose in wanted if not free(host, port)]
    if taken:
        advice = (
            "stop what uses it, or choose other ports for a new network with --port-base (PROVENANCE_NETWORK_PORTS)"
        )
        raise PortTaken("port.taken", f"port {'; port '.join(taken)}: {advice}")


def free(host: str, port: int) -> bool:
    """Tell whether a port can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def answers(host: str, port: int, *, within: float) -> bool:
    """Tell whether something accepts connections on a port."""
    try:
        with socket.create_connection((host, port), timeout=within):
            return True
    except OSError:
        return False


def holder(port: int) -> str:
    """Return the process that has a port, as far as this system tells: `nginx (process 4711)`."""
    sockets = _listening(port)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(_points_at(each, sockets) for each in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return "another process"


def _points_at(descriptor: Path, sockets: set[str]) -> bool:
    """Tell whether a descriptor is one of these sockets; one that was closed meanwhile is none."""
    try:
        return str(descriptor.readlink()) in sockets
    except FileNotFoundError:
        return False


def _listening(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            rows = [line.split() for line in table.read_text().splitlines()[1:]]
        except OSError:
            continue
        found |= {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    return found
