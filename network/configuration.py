"""Changing the channel's configuration: what a change reads and writes, signed by administrators, and submitted.

A change names every element that it rests on with its version, and every one that it writes with the next version;
Fabric refuses it where something else changed meanwhile. `difference` finds both from the configuration before and the
one wanted.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fabric_protos.common import common_pb2 as common
from fabric_protos.common import configtx_pb2 as configtx

from network import waiting
from network.commands import Fabric
from network.errors import NetworkError
from network.topology import Organisation

_CONFIG_UPDATE = 2
_KNOWN_WITHIN = 60.0
_PARTS = ("groups", "values", "policies")


class Unchanged(NetworkError):
    """The configuration is as wanted already (`channel.unchanged`)."""


def change(fabric: Fabric, signers: Sequence[Organisation], alter: Callable[[configtx.ConfigGroup], None]) -> None:
    """Let `alter` change a copy of the channel's configuration, and put it into force, signed by administrators.

    The first of the signers submits. Returns when every peer has it. Raises `Unchanged` where nothing was
    altered, `NetworkError` where Fabric refuses the change.
    """
    with tempfile.TemporaryDirectory(prefix="provenance-config-") as folder:
        number, before = _fetch(fabric, signers[0], Path(folder, "config.block"))
        wanted = configtx.ConfigGroup()
        wanted.CopyFrom(before)
        alter(wanted)
        path = Path(folder, "update.tx")
        path.write_bytes(_enveloped(fabric.topology.channel, difference(fabric.topology.channel, before, wanted)))
        for each in signers[1:]:
            _peer(fabric, each, ["channel", "signconfigtx", "--file", str(path)])
        named = ["--channelID", fabric.topology.channel, "--file", str(path)]
        _peer(fabric, signers[0], ["channel", "update", *named, *fabric.to_orderer(signers[0])])
    _wait(fabric, number)


def group_of(block: bytes) -> tuple[int, configtx.ConfigGroup]:
    """Return the number of a configuration block, and the channel's configuration in it."""
    parsed = common.Block.FromString(block)
    payload = common.Payload.FromString(common.Envelope.FromString(parsed.data.data[0]).payload)
    return parsed.header.number, configtx.ConfigEnvelope.FromString(payload.data).config.channel_group


def difference(channel: str, before: configtx.ConfigGroup, wanted: configtx.ConfigGroup) -> configtx.ConfigUpdate:
    """Return what leads from one configuration to another. Raises `Unchanged`."""
    update = configtx.ConfigUpdate(channel_id=channel)
    if not _groups(before, wanted, update.read_set, update.write_set):
        raise Unchanged("channel.unchanged", f"the configuration of {channel} is so already")
    return update


def _groups(
    before: configtx.ConfigGroup,
    wanted: configtx.ConfigGroup,
    reads: configtx.ConfigGroup,
    writes: configtx.ConfigGroup,
) -> bool:
    """Fill in what a group reads and writes, and tell whether anything in it changes.

    A group whose members or whose own policy change is written itself, with the next version, and names all its
    members; one that only holds a change somewhere below keeps its version and names that way alone.
    """
    reads.version = writes.version = before.version
    kept: dict[str, tuple[Any, Any]] = {}
    changed, itself = False, before.mod_policy != wanted.mod_policy
    for part in _PARTS:
        old, new = getattr(before, part), getattr(wanted, part)
        itself = itself or set(old) != set(new)
        for key in sorted(new):
            if key not in old:
                getattr(writes, part)[key].CopyFrom(new[key])
            elif part == "groups":
                read, write = configtx.ConfigGroup(), configtx.ConfigGroup()
                if _groups(old[key], new[key], read, write):
                    changed = True
                    reads.groups[key].CopyFrom(read)
                    writes.groups[key].CopyFrom(write)
                else:
                    kept[f"{part}/{key}"] = (read, write)
            elif old[key] != new[key]:
                changed = True
                written = getattr(writes, part)[key]
                written.CopyFrom(new[key])
                written.version = old[key].version + 1
            else:
                same = type(old[key])(version=old[key].version)
                kept[f"{part}/{key}"] = (same, same)
    if itself:
        writes.version = before.version + 1
        writes.mod_policy = wanted.mod_policy
        _name(kept, reads, writes)
    return changed or itself


def _name(kept: Mapping[str, tuple[Any, Any]], reads: configtx.ConfigGroup, writes: configtx.ConfigGroup) -> None:
    """Let a group that is written name the members that stay as they are."""
    for path, (read, write) in kept.items():
        part, _, key = path.partition("/")
        getattr(reads, part)[key].CopyFrom(read)
        getattr(writes, part)[key].CopyFrom(write)


def _enveloped(channel: str, update: configtx.ConfigUpdate) -> bytes:
    header = common.ChannelHeader(type=_CONFIG_UPDATE, channel_id=channel)
    payload = common.Payload(
        header=common.Header(channel_header=header.SerializeToString()),
        data=configtx.ConfigUpdateEnvelope(config_update=update.SerializeToString()).SerializeToString(),
    )
    return bytes(common.Envelope(payload=payload.SerializeToString()).SerializeToString())


def _fetch(fabric: Fabric, organisation: Organisation, path: Path) -> tuple[int, configtx.ConfigGroup]:
    named = ["--channelID", fabric.topology.channel, *fabric.to_orderer(organisation)]
    _peer(fabric, organisation, ["channel", "fetch", "config", str(path), *named])
    return group_of(path.read_bytes())


def _wait(fabric: Fabric, former: int) -> None:
    """Return when every peer has a configuration block after the former one."""
    topology = fabric.topology
    named = ["--channelID", topology.channel]
    for node in topology.peers:
        own = topology.organisation(node.organisation)
        with tempfile.TemporaryDirectory(prefix="provenance-config-") as folder:
            path = Path(folder, "config.block")

            def probe(own: Organisation = own, node: Any = node, path: Path = path) -> str | None:
                fabric.peer(own, node, ["channel", "fetch", "config", str(path), *named])
                return None if group_of(path.read_bytes())[0] > former else f"{node.name} has the former configuration"

            waiting.until(probe, f"{node.name} has the new configuration", within=_KNOWN_WITHIN, folder=fabric.home.run)


def _peer(fabric: Fabric, organisation: Organisation, arguments: list[str]) -> None:
    fabric.peer(organisation, fabric.topology.gateway_peers(organisation)[0], arguments)
