"""The chaincode servers: one process for each organisation with peers.

A server listens on one of two ports, by turns with the sequence of the definition, so that the next version can start
beside the one that still answers.
"""

import sys

from network import ports, processes, waiting
from network.layout import Home
from network.processes import Program
from network.state import Definition
from network.topology import Organisation, Topology

_PREFIX = "chaincode-"
_STARTED_WITHIN = 120.0
_STOPPED_WITHIN = 10.0


def name(organisation: Organisation, sequence: int) -> str:
    """Return what a server's process and log are called."""
    return f"{_PREFIX}{organisation.id}-{sequence}"


def port(organisation: Organisation, sequence: int) -> int:
    """Return where the server of a sequence listens; its metrics are one port further."""
    return organisation.chaincode_port + 2 * (sequence % 2)


def address(topology: Topology, organisation: Organisation, sequence: int) -> str:
    """Return the address that the organisation's package names."""
    return f"{topology.host}:{port(organisation, sequence)}"


def program(topology: Topology, home: Home, organisation: Organisation, definition: Definition) -> Program:
    """Return the program of an organisation's server."""
    tls = home.chaincode_tls(organisation)
    listens = port(organisation, definition.sequence)
    command = [
        sys.executable, "-m", topology.chaincode.module, "serve",
        "--address", f"{topology.host}:{listens}",
        "--name", topology.chaincode.name,
        "--package-id", definition.packages[organisation.id],
        "--tls-cert", str(tls / "server.pem"),
        "--tls-key", str(tls / "server.key.pem"),
        "--client-ca", str(tls / "ca.pem"),
        "--clock-tolerance", str(topology.chaincode.clock_tolerance_seconds),
        "--metrics-port", str(listens + 1),
    ]  # fmt: skip
    for steward in topology.stewards:
        command += ["--steward", steward]
    variables = {"PYTHONUNBUFFERED": "1"}
    called = name(organisation, definition.sequence)
    return Program(called, tuple(command), variables, topology.host, (listens, listens + 1))


def start(topology: Topology, home: Home, definition: Definition) -> list[str]:
    """Start the servers of a definition, those that do not run, wait until they listen, and return their names."""
    programs = [program(topology, home, each, definition) for each in topology.endorsing]
    started = processes.start(home.run, programs)
    for each in programs:
        waiting.until(
            lambda port=each.ports[0]: None if ports.answers(topology.host, port, within=1.0) else "nothing listens",  # type: ignore[misc]
            f"{each.name} listens",
            within=_STARTED_WITHIN,
            folder=home.run,
            needs=(each.name,),
        )
    return started


def stop_others(home: Home, definition: Definition) -> list[str]:
    """Stop the servers of other definitions and return their names."""
    last = f"-{definition.sequence}"
    others = [each for each in processes.names(home.run) if each.startswith(_PREFIX) and not each.endswith(last)]
    return processes.stop(home.run, others, within=_STOPPED_WITHIN)
