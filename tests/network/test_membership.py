"""Members of a live channel: one that joins is served, and a certificate that was revoked is not."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from fabric_protos.common import configtx_pb2 as configtx

from network import configuration
from network.errors import NetworkError
from provenance.ledger.fabric import FabricLedger, load
from provenance.ledger.fabric.wallet import opened
from provenance.ledger.port import LedgerError, Transaction
from tests.fabric_network import FabricNetwork

JOINING = "FarmHouse"
QUESTION = Transaction("registry:get", json.dumps({"kind": "deployment", "id": "deployment"}).encode())


def ask(profile: Path) -> bytes:
    """Ask the contracts something with the client of a profile."""
    found = load(profile)
    assert found.certificate is not None
    assert found.key is not None
    signer = opened(found.organisation, found.certificate, found.key)
    with closing(FabricLedger(found, signer)) as ledger:
        return ledger.evaluate(QUESTION, signer)


def group(**values: int) -> configtx.ConfigGroup:
    """Return a group with these values (name and version), and a policy."""
    made = configtx.ConfigGroup(mod_policy="Admins", version=3)
    made.policies["Admins"].version = 1
    for name, version in values.items():
        made.values[name].version = version
        made.values[name].value = name.encode()
    return made


def test_an_organisation_joins_and_its_revoked_certificate_opens_nothing(fabric: FabricNetwork, tmp_path: Path):
    fabric.command("join", JOINING, "--host", "Logistics")
    json.loads(ask(fabric.profile(JOINING)))

    again = fabric.command("join", JOINING, "--host", "Logistics", check=False)
    assert again.returncode == 1
    assert "topology.twice" in again.stderr

    former = tmp_path / "former"
    shutil.copytree(fabric.profile(JOINING).parent, former)
    json.loads(ask(former / "connection.json"))
    fabric.command("rekey", JOINING)
    json.loads(ask(fabric.profile(JOINING)))
    with pytest.raises(LedgerError):
        ask(former / "connection.json")


def test_a_value_that_changes_is_written_and_nothing_else():
    before = configtx.ConfigGroup()
    before.groups["Application"].CopyFrom(group(MSP=2, Other=5))
    wanted = configtx.ConfigGroup()
    wanted.CopyFrom(before)
    wanted.groups["Application"].values["MSP"].value = b"another"

    update = configuration.difference("lane", before, wanted)
    read, written = update.read_set.groups["Application"], update.write_set.groups["Application"]
    assert (read.version, written.version) == (3, 3)
    assert dict(read.values) == {}
    assert list(written.values) == ["MSP"]
    assert written.values["MSP"].version == 3
    assert written.values["MSP"].value == b"another"


def test_a_group_that_gets_a_member_names_the_others_and_the_next_version():
    before = configtx.ConfigGroup()
    before.groups["Application"].CopyFrom(group(MSP=2))
    before.groups["Application"].groups["North"].CopyFrom(group(MSP=4))
    wanted = configtx.ConfigGroup()
    wanted.CopyFrom(before)
    wanted.groups["Application"].groups["South"].CopyFrom(group(MSP=0))

    update = configuration.difference("lane", before, wanted)
    read, written = update.read_set.groups["Application"], update.write_set.groups["Application"]
    assert (read.version, written.version) == (3, 4)
    assert list(read.groups) == ["North"]
    assert read.groups["North"] == configtx.ConfigGroup(version=3)
    assert read.values["MSP"] == written.values["MSP"] == configtx.ConfigValue(version=2)
    assert read.policies["Admins"].version == 1
    assert sorted(written.groups) == ["North", "South"]
    assert written.groups["South"].values["MSP"].value == b"MSP"
    assert written.mod_policy == "Admins"


def test_a_group_that_loses_a_member_is_written_without_it():
    before = configtx.ConfigGroup()
    before.groups["Application"].CopyFrom(group(MSP=2, Other=5))
    wanted = configtx.ConfigGroup()
    wanted.CopyFrom(before)
    del wanted.groups["Application"].values["Other"]

    update = configuration.difference("lane", before, wanted)
    assert update.write_set.groups["Application"].version == 4
    assert list(update.write_set.groups["Application"].values) == ["MSP"]


def test_nothing_to_change_is_an_error():
    before = group(MSP=1)
    with pytest.raises(NetworkError, match="is so already"):
        configuration.difference("lane", before, before)
