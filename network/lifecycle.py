"""Deploying the chaincode: every organisation with peers packs, installs and approves it, one of them commits.

Each step is left out where it was done already, so that a deployment that broke off is taken up again. A version that
is committed stays; another one takes the next sequence.
"""

from concurrent.futures import ThreadPoolExecutor

from network import chaincodes, files, package, state, waiting
from network.binaries import Say
from network.commands import CommandFailed, Fabric
from network.package import Package
from network.state import Definition
from network.topology import Node, Organisation

_APPROVE_WITHIN = "110s"
_KNOWN_WITHIN = 60.0


def deploy(fabric: Fabric, version: str, say: Say) -> Definition:
    """Make a version the one that the channel runs, with its servers up, and return the definition.

    Where it is committed already, only its servers are started. Raises `NetworkError`.
    """
    held = committed(fabric)
    sequence = 1 if held is None else held[1] + (held[0] != version)
    packages = {each.id: _pack(fabric, each, version, sequence) for each in fabric.topology.endorsing}
    definition = Definition(version, sequence, {key: value.id for key, value in packages.items()})
    started = chaincodes.start(fabric.topology, fabric.home, definition)
    if started:
        say(f"{len(started)} chaincode servers answer, one an organisation")
    if held is None or held[1] != sequence:
        _install_and_approve(fabric, definition, packages)
        say(f"installed and approved by {', '.join(packages)}")
        _commit(fabric, definition)
        say(f"committed {fabric.topology.chaincode.name} version {version}, sequence {sequence}")
    state.save(fabric.home.state, definition)
    return definition


def committed(fabric: Fabric, node: Node | None = None) -> tuple[str, int] | None:
    """Return version and sequence that the channel runs, as a peer knows them: the first, where none is named."""
    node = node or fabric.topology.peers[0]
    own = fabric.topology.organisation(node.organisation)
    asked = ["lifecycle", "chaincode", "querycommitted", "--channelID", fabric.topology.channel]
    listed = fabric.peer_json(own, node, asked).get("chaincode_definitions") or ()
    for each in listed:
        if each["name"] == fabric.topology.chaincode.name:
            return str(each["version"]), int(each["sequence"])
    return None


def _pack(fabric: Fabric, organisation: Organisation, version: str, sequence: int) -> Package:
    """Return the organisation's package of a version: the one that was kept, or a new one, which is kept."""
    topology = fabric.topology
    label = f"{topology.chaincode.name}_{version}"
    path = fabric.home.package(organisation, version, sequence)
    if path.exists():
        return package.of(label, path.read_bytes())
    address = chaincodes.address(topology, organisation, sequence)
    made = package.build(label, address, fabric.home.chaincode_tls(organisation))
    files.write(path, made.content, 0o600)
    return made


def _install_and_approve(fabric: Fabric, definition: Definition, packages: dict[str, Package]) -> None:
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda each: _prepare(fabric, each, definition, packages[each.id].id), fabric.topology.endorsing))


def _prepare(fabric: Fabric, organisation: Organisation, definition: Definition, identifier: str) -> None:
    for peer in organisation.peers:
        listed = fabric.peer_json(organisation, peer, ["lifecycle", "chaincode", "queryinstalled"])
        if identifier not in {each["package_id"] for each in listed.get("installed_chaincodes") or ()}:
            path = fabric.home.package(organisation, definition.version, definition.sequence)
            fabric.peer(organisation, peer, ["lifecycle", "chaincode", "install", str(path)])
    if not _approved(fabric, organisation, definition):
        named = _named(fabric, definition)
        waits = ["--waitForEventTimeout", _APPROVE_WITHIN, *fabric.to_orderer(organisation)]
        command = ["lifecycle", "chaincode", "approveformyorg", *named, "--package-id", identifier, *waits]
        fabric.peer(organisation, organisation.peers[0], command)


def _approved(fabric: Fabric, organisation: Organisation, definition: Definition) -> bool:
    asked = ["lifecycle", "chaincode", "checkcommitreadiness", *_named(fabric, definition)]
    try:
        answer = fabric.peer_json(organisation, organisation.peers[0], asked)
    except CommandFailed:
        return False  # the peer does not say; approving says why
    return bool(answer.get("approvals", {}).get(organisation.id))


def _commit(fabric: Fabric, definition: Definition) -> None:
    first = fabric.topology.endorsing[0]
    asked = fabric.to_peers([each.peers[0] for each in fabric.topology.endorsing])
    waits = ["--waitForEventTimeout", _APPROVE_WITHIN, *fabric.to_orderer(first)]
    command = ["lifecycle", "chaincode", "commit", *_named(fabric, definition), *waits, *asked]
    fabric.peer(first, first.peers[0], command)
    for node in fabric.topology.peers:
        waiting.until(
            lambda node=node: _former(fabric, node, definition),  # type: ignore[misc]
            f"{node.name} runs version {definition.version}",
            within=_KNOWN_WITHIN,
            folder=fabric.home.run,
            needs=(node.name,),
        )


def _former(fabric: Fabric, node: Node, definition: Definition) -> str | None:
    """Return what a peer says where it does not run the definition yet."""
    held = committed(fabric, node)
    return None if held == (definition.version, definition.sequence) else f"it runs {held}"


def _named(fabric: Fabric, definition: Definition) -> list[str]:
    return [
        "--channelID", fabric.topology.channel,
        "--name", fabric.topology.chaincode.name,
        "--version", definition.version,
        "--sequence", str(definition.sequence),
    ]  # fmt: skip
