"""What is rendered from a topology, without Fabric's programs."""

import io
import json
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from network import binaries, files, package, topology
from network import nodes as network_nodes
from network.layout import Home
from network.render import builder, chaincode_tls, channel, crypto, nodes, profile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The sample configuration as far as it is laid over."""
    files.write_yaml(
        tmp_path / "core.yaml", {"peer": {"tls": {"enabled": False}, "kept": 1}, "vm": {"endpoint": "unix"}}
    )
    files.write_yaml(tmp_path / "orderer.yaml", {"General": {"TLS": {"Enabled": False}, "Kept": 1}})
    return tmp_path


def test_everyone_gets_keys_and_only_nodes_get_names():
    found = crypto.configuration(topology.read())
    assert len(found["PeerOrgs"]) == 21
    with_peers = [each["Name"] for each in found["PeerOrgs"] if each["Specs"]]
    assert with_peers == ["Brands", "Logistics", "Authorities"]
    assert found["PeerOrgs"][0]["Specs"] == [{"Hostname": "peer0", "SANS": ["127.0.0.1", "localhost"]}]
    assert all(each["EnableNodeOUs"] for each in (*found["PeerOrgs"], *found["OrdererOrgs"]))


def test_policies_name_the_organisations_with_peers(home: Home):
    content = channel.configuration(topology.read(), home)["Profiles"][channel.PROFILE]
    policies = content["Application"]["Policies"]
    rule = "OutOf(2, 'Brands.peer', 'Logistics.peer', 'Authorities.peer')"
    assert policies["Endorsement"]["Rule"] == policies["LifecycleEndorsement"]["Rule"] == rule
    assert policies["Admins"]["Rule"] == rule.replace(".peer", ".admin")


def test_who_reads_and_writes_is_named_member_by_member_as_each_says_itself(home: Home):
    chosen = topology.read()
    content = channel.configuration(chosen, home)["Profiles"][channel.PROFILE]["Application"]
    for name in channel.ADMITTING:
        own = [each["Policies"][name]["Rule"] for each in content["Organizations"]]
        named = ", ".join(rule.removeprefix("OR(").removesuffix(")") for rule in own)
        assert content["Policies"][name] == {"Type": "Signature", "Rule": f"OR({named})"}
    assert content["Policies"]["Writers"]["Rule"].startswith("OR('Brands.admin', 'Brands.client', 'Logistics.admin'")
    assert "'PolderParcels.client'" in content["Policies"]["Writers"]["Rule"]
    assert ".peer'" not in content["Policies"]["Writers"]["Rule"]


def test_the_channel_can_be_run_by_the_next_version_of_fabric_too(home: Home):
    content = channel.configuration(topology.read(), home)["Profiles"][channel.PROFILE]
    assert content["Capabilities"] == {"V2_0": True}
    assert content["Application"]["Capabilities"] == {"V2_5": True}
    assert "Addresses" not in content["Orderer"]
    assert content["Orderer"]["Organizations"][0]["OrdererEndpoints"] == ["127.0.0.1:17050"]


def test_members_without_peers_have_no_anchor(home: Home):
    found = channel.configuration(topology.read(), home)["Profiles"][channel.PROFILE]["Application"]["Organizations"]
    assert {each["Name"] for each in found if "AnchorPeers" in each} == {"Brands", "Logistics", "Authorities"}


def test_nodes_speak_tls_on_every_listener_and_ask_for_certificates(home: Home, sample: Path):
    chosen = topology.read()
    peer = nodes.peer(chosen, home, chosen.peers[0], sample)
    assert peer["peer"]["tls"]["enabled"] is peer["peer"]["tls"]["clientAuthRequired"] is True
    assert peer["operations"]["tls"]["enabled"] is peer["operations"]["tls"]["clientAuthRequired"] is True
    orderer = nodes.orderer(chosen, home, chosen.ordering.orderers[0], sample)
    for tls in (orderer["General"]["TLS"], orderer["Operations"]["TLS"], orderer["Admin"]["TLS"]):
        assert tls["Enabled"] is tls["ClientAuthRequired"] is True


def test_fabrics_own_sample_stays_where_nothing_is_laid_over_it(home: Home, sample: Path):
    chosen = topology.read()
    peer = nodes.peer(chosen, home, chosen.peers[0], sample)
    assert peer["peer"]["kept"] == 1
    assert peer["vm"]["endpoint"] == ""
    assert peer["chaincode"]["externalBuilders"][0]["path"] == str(home.builder)


def test_rendering_again_writes_the_same_bytes(home: Home, sample: Path):
    chosen = topology.read()
    for place in ("one", "other"):
        files.write_yaml(home.folder / place, nodes.peer(chosen, home, chosen.peers[0], sample))
    assert (home.folder / "one").read_bytes() == (home.folder / "other").read_bytes()
    assert yaml.safe_load((home.folder / "one").read_text())["peer"]["id"] == "peer0.brands.provenance.internal"


@pytest.mark.parametrize(("given", "expected"), [(None, "400"), ("100", "100")])
def test_nodes_collect_garbage_rarely_unless_the_operator_says_how_often(
    home: Home, monkeypatch: pytest.MonkeyPatch, given: str | None, expected: str
):
    monkeypatch.delenv("GOGC", raising=False)
    if given is not None:
        monkeypatch.setenv("GOGC", given)
    found = binaries.Binaries(home.folder, home.folder, "2.5.0")
    programs = network_nodes.programs(topology.read(), home, found)
    assert {each.environment["GOGC"] for each in programs} == {expected}


def test_profile_of_a_member_without_peers_goes_to_its_host():
    chosen = topology.read()
    found = profile.profile(chosen, chosen.organisation("PolderParcels"))
    peers = found["channels"]["provenance"]["peers"]
    assert [name for name, each in peers.items() if each["gateway"]] == ["peer0.logistics.provenance.internal"]
    assert next(iter(peers)) == "peer0.logistics.provenance.internal"
    assert found["organizations"]["PolderParcels"]["mspid"] == "PolderParcels"
    assert found["organizations"]["PolderParcels"]["peers"] == []
    assert set(found["organizations"]) == {"PolderParcels", "Brands", "Logistics", "Authorities"}
    assert all(each["url"].startswith("grpcs://") for each in (*found["peers"].values(), *found["orderers"].values()))


def test_profile_names_several_peers_of_its_own_in_order():
    chosen = topology.parse('stewards = ["North"]\n[policies]\nendorsers = 1\nadministrators = 1\n'
                            '[[organisations]]\nid = "North"\npeers = 3\n')  # fmt: skip
    found = profile.profile(chosen, chosen.organisation("North"))
    assert list(found["channels"]["provenance"]["peers"]) == [f"peer{n}.north.provenance.internal" for n in range(3)]


def test_chaincode_keys_are_made_once_and_for_one_use_each(tmp_path: Path):
    chaincode_tls.ensure(tmp_path, "North", "127.0.0.1")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    chaincode_tls.ensure(tmp_path, "North", "127.0.0.1")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert "ca.key.pem" not in before
    authority = x509.load_pem_x509_certificate(before["ca.pem"])
    for name, usage in (("server", ExtendedKeyUsageOID.SERVER_AUTH), ("peer", ExtendedKeyUsageOID.CLIENT_AUTH)):
        certificate = x509.load_pem_x509_certificate(before[f"{name}.pem"])
        certificate.verify_directly_issued_by(authority)
        assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [usage]
        assert stat.S_IMODE((tmp_path / f"{name}.key.pem").stat().st_mode) == 0o600


def test_package_holds_the_way_to_the_server_and_has_the_id_of_its_content(tmp_path: Path):
    chaincode_tls.ensure(tmp_path, "North", "127.0.0.1")
    made = package.build("contracts_1", "127.0.0.1:9", tmp_path)
    assert made == package.build("contracts_1", "127.0.0.1:9", tmp_path)
    assert made.id.startswith("contracts_1:")
    with tarfile.open(fileobj=io.BytesIO(made.content)) as outer:
        metadata = json.loads(outer.extractfile("metadata.json").read())  # type: ignore[union-attr]
        code = outer.extractfile("code.tar.gz").read()  # type: ignore[union-attr]
    assert metadata == {"type": "ccaas", "label": "contracts_1"}
    with tarfile.open(fileobj=io.BytesIO(code)) as inner:
        connection = json.loads(inner.extractfile("connection.json").read())  # type: ignore[union-attr]
    assert connection["address"] == "127.0.0.1:9"
    assert connection["tls_required"] is connection["client_auth_required"] is True
    assert connection["client_key"] == (tmp_path / "peer.key.pem").read_text()


def test_external_builder_takes_services_and_nothing_else(tmp_path: Path):
    builder.write(tmp_path)
    source, metadata = tmp_path / "source", tmp_path / "metadata"
    built, released = tmp_path / "built", tmp_path / "released"
    for folder in (source, metadata, built, released):
        folder.mkdir()
    (source / "connection.json").write_text('{"address": "x"}')

    def run(step: str, *arguments: Path) -> int:
        return subprocess.run([tmp_path / "bin" / step, *arguments], capture_output=True, check=False).returncode

    (metadata / "metadata.json").write_text('{"type": "golang", "label": "ccaas"}')
    assert run("detect", source, metadata) != 0
    (metadata / "metadata.json").write_text('{\n "type" : "ccaas", "label": "x"}')
    assert run("detect", source, metadata) == 0
    assert run("build", source, metadata, built) == 0
    assert run("release", built, released) == 0
    assert (released / "chaincode" / "server" / "connection.json").read_text() == '{"address": "x"}'
    (source / "connection.json").unlink()
    assert run("build", source, metadata, built) != 0
