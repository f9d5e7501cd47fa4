"""The description of a network: what the default one says, and what is wrong with others."""

import dataclasses

import pytest

from network import topology
from network.errors import TopologyError
from provenance.demo import world

SMALL = """
stewards = ["North"]

[[organisations]]
id = "North"
peers = 2

[[organisations]]
id = "South"
"""


def test_default_has_the_demonstration_as_members_without_peers():
    found = topology.read()
    assert [each.id for each in found.endorsing] == ["Brands", "Logistics", "Authorities"]
    without = {each.id for each in found.organisations if not each.peers}
    assert without == {each.id for each in world.MEMBERS} | {"Steward"}
    assert found.stewards == ("Steward",)
    assert found.policies.endorsers == 2


def test_members_reach_the_channel_through_the_peers_of_their_host():
    found = topology.read()
    (peer,) = found.gateway_peers(found.organisation("CustomsNL"))
    assert peer.organisation == "Authorities"
    assert found.gateway_peers(found.organisation("Brands")) == found.organisation("Brands").peers


def test_no_two_listeners_share_a_port():
    text = SMALL.replace("peers = 2", "peers = 5") + "[ordering]\norderers = 10\n"
    found = topology.parse(text)
    ports = [port for port, _ in found.listeners]
    assert len(ports) == 3 * (10 + 6) + 4 * 2
    assert len(set(ports)) == len(ports)
    assert all(found.port_base <= port < found.port_base + 400 for port in ports)


def test_another_base_moves_every_port_and_nothing_else():
    here, there = topology.parse(topology.text()), topology.parse(topology.with_ports(topology.text(), 30_000))
    assert there.port_base == 30_000
    assert there.peers[0].port - here.peers[0].port == 30_000 - here.port_base
    assert there.policies == here.policies
    assert [each.id for each in there.organisations] == [each.id for each in here.organisations]


def test_a_version_is_a_word():
    assert topology.with_version(topology.parse(SMALL), "2.1").chaincode.version == "2.1"
    with pytest.raises(TopologyError, match="no version"):
        topology.with_version(topology.parse(SMALL), "2 ; rm")


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (("stewards", "= ["), "topology.toml", "not TOML"),
        (('stewards = ["North"]', ""), "topology.stewards", "stewards"),
        (('stewards = ["North"]', 'stewards = ["Nobody"]'), "topology.stewards", "stewards"),
        (('stewards = ["North"]', 'stewards = ["North"]\ncolour = 1'), "topology.key", "colour"),
        (('stewards = ["North"]', 'stewards = ["North"]\nport_base = 80'), "topology.value", "port_base"),
        (('stewards = ["North"]', 'stewards = ["North"]\nport_base = true'), "topology.value", "port_base"),
        (('stewards = ["North"]', 'stewards = ["North"]\nmutual_tls = "yes"'), "topology.value", "mutual_tls"),
        (("peers = 2", "peers = 0"), "topology.value", "organisations[0].peers"),
        (("peers = 2", "size = 2"), "topology.key", "organisations[0].size"),
        (('"South"', '"North"'), "topology.twice", "North"),
        (('"South"', '"nORTH"'), "topology.twice", "nORTH"),
        (('"South"', '"Ordering"'), "topology.twice", "Ordering"),
        (('"South"', '"../South"'), "topology.value", "organisations[1].id"),
        (('"South"', '"South_East"'), "topology.value", "organisations[1].id"),
        (("", '[[members]]\nhost = "West"\nids = ["Farm"]\n'), "topology.host", "Farm"),
        (("", '[[members]]\nhost = "North"\nids = ["Farm house"]\n'), "topology.value", "Farm house"),
        (("", '[[members]]\nhost = "North"\nids = "Farm"\n'), "topology.value", "members[0].ids"),
        (("", "[policies]\nendorsers = 3\n"), "topology.policies", "endorsers"),
        (("", '[ordering]\nbatch_timeout = "soon"\n'), "topology.value", "ordering.batch_timeout"),
        (("", "[ordering]\nheartbeat_tick = 10\n"), "topology.ordering", "heartbeat_tick"),
        (("", '[ordering]\nkind = "solo"\n'), "topology.key", "ordering.kind"),
        (("", '[chaincode]\nname = "a b"\n'), "topology.value", "chaincode.name"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], code: str, says: str):
    before, after = change
    text = SMALL + after if before == "" else SMALL.replace(before, after, 1)
    with pytest.raises(TopologyError) as caught:
        topology.parse(text)
    assert caught.value.code == code
    assert says in caught.value.detail


def test_a_network_needs_peers():
    with pytest.raises(TopologyError, match="needs an organisation with a peer"):
        topology.parse('stewards = ["North"]')


def test_a_topology_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        topology.read().channel = "other"  # type: ignore[misc]
