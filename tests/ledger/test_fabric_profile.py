"""Connection profiles and the signers that they name: what is read, and what is said of one that cannot be used."""

import copy
import json
import logging

import pytest
from fabric_pieces import SIGNER, signer

from provenance.ledger import keyfiles
from provenance.ledger.fabric.profile import load, read
from provenance.ledger.fabric.wallet import InsecureProfilesWallet, ProfileWallet, opened
from provenance.ledger.keyfiles import IdentityError
from provenance.ledger.port import Failed

PROFILE = {
    "client": {"organization": "acme"},
    "organizations": {
        "acme": {
            "mspid": "Acme",
            "peers": [],
            "signedCert": {"path": "client.pem"},
            "clientPrivateKey": {"path": "client.key.pem"},
        },
        "north": {"mspid": "North", "peers": ["n0", "n1"]},
        "south": {"mspid": "South", "peers": ["s0"]},
    },
    "peers": {
        "n0": {
            "url": "grpcs://127.0.0.1:7051",
            "tlsCACerts": {"pem": "ROOTS"},
            "grpcOptions": {"ssl-target-name-override": "n0.example"},
        },
        "n1": {"url": "grpcs://[::1]:7052", "tlsCACerts": {"path": "roots.pem"}},
        "s0": {"url": "grpc://south.example:7053"},
    },
    "channels": {
        "trade": {"chaincodes": ["goods"], "peers": {"n1": {"gateway": True}, "n0": {"gateway": True}, "s0": {}}}
    },
}


def write(folder, profile=PROFILE, by=SIGNER):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "roots.pem").write_bytes(b"FILED")
    (folder / "client.pem").write_bytes(by.certificate)
    keyfiles.write(folder / "client.key.pem", keyfiles.pem(by._key), 0o600)
    (folder / "connection.json").write_text(json.dumps(profile))
    return folder / "connection.json"


def test_a_profile_tells_whose_client_goes_where(tmp_path):
    profile = load(write(tmp_path))
    assert (profile.organisation, profile.channel, profile.chaincode) == ("Acme", "trade", "goods")
    assert [each.name for each in profile.peers] == ["n1", "n0"]
    known = {each.name: each for each in profile.known}
    assert (known["n0"].address, known["n0"].roots, known["n0"].server_name) == (
        "127.0.0.1:7051",
        b"ROOTS",
        "n0.example",
    )
    assert (known["n1"].address, known["n1"].roots) == ("[::1]:7052", b"FILED")
    assert (known["s0"].roots, known["s0"].organisation) == (None, "South")
    assert profile.tls is None


def test_without_marks_an_organisation_goes_to_its_own_peers(tmp_path):
    changed = copy.deepcopy(PROFILE)
    changed["client"]["organization"] = "south"
    del changed["channels"]["trade"]["peers"]
    assert [each.name for each in load(write(tmp_path, changed)).peers] == ["s0"]


def test_what_clients_show_of_themselves_is_read(tmp_path):
    changed = copy.deepcopy(PROFILE)
    changed["client"]["tlsCerts"] = {"client": {"cert": {"path": "client.pem"}, "key": {"pem": ["KEY"]}}}
    profile = load(write(tmp_path, changed))
    assert (profile.tls.certificate, profile.tls.key) == (SIGNER.certificate, b"KEY")
    assert len(profile.tls.fingerprint()) == 32


def test_yaml_is_read_as_well(tmp_path):
    write(tmp_path)
    text = "{client: {organization: north}, organizations: {north: {mspid: North, peers: [a]}}, "
    text += "peers: {a: {url: 'grpc://a:1'}}, channels: {c: {chaincodes: [x]}}}"
    (tmp_path / "connection.yaml").write_text(text)
    assert load(tmp_path / "connection.yaml").peers[0].address == "a:1"


def without(*path):
    changed = copy.deepcopy(PROFILE)
    part = changed
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return changed


def with_(value, *path):
    changed = copy.deepcopy(PROFILE)
    part = changed
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("profile", "named"),
    [
        (None, "client"),
        ([], "client"),
        (without("client"), "client"),
        (with_({"version": 1}, "client"), "client.organization"),
        (without("organizations", "acme"), "organizations.acme"),
        (without("organizations", "acme", "mspid"), "organizations.acme.mspid"),
        (without("peers"), "peers"),
        (without("peers", "n1"), "peers"),
        (without("peers", "n0", "url"), "peers.n0.url"),
        (without("peers", "n0", "tlsCACerts"), "peers.n0.tlsCACerts"),
        (with_("http://x:1", "peers", "n0", "url"), "grpcs://host:port"),
        (with_("grpcs://x", "peers", "n0", "url"), "grpcs://host:port"),
        (with_("grpcs://x:99999", "peers", "n0", "url"), "grpcs://host:port"),
        (with_({"path": "nowhere.pem"}, "peers", "n0", "tlsCACerts"), "nowhere.pem"),
        (without("channels"), "channels"),
        (with_({"a": {}, "b": {}}, "channels"), "2 channels"),
        (without("channels", "trade", "chaincodes"), "channels.trade.chaincodes"),
    ],
)
def test_a_profile_that_cannot_be_used_says_what_it_lacks(tmp_path, profile, named):
    with pytest.raises(Failed, match=named) as refused:
        load(write(tmp_path, profile))
    assert refused.value.code == "ledger.profile"
    assert "connection.json" in refused.value.detail


def test_files_that_are_no_profiles_are_refused(tmp_path):
    with pytest.raises(Failed, match="cannot read"):
        load(tmp_path / "nothing.json")
    (tmp_path / "broken.json").write_text("{:")
    with pytest.raises(Failed, match="neither YAML nor JSON"):
        load(tmp_path / "broken.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Failed, match="neither YAML nor JSON"):
        load(tmp_path / "binary.json")


def test_a_gateway_signs_as_its_own_organisation_alone(tmp_path):
    wallet = ProfileWallet([load(write(tmp_path))])
    assert wallet.organisations() == ["Acme"]
    assert wallet.signer("Acme").certificate == SIGNER.certificate
    with pytest.raises(IdentityError) as unknown:
        wallet.signer("North")
    assert unknown.value.code == "identity.unknown"


def test_a_profile_without_a_signer_cannot_sign(tmp_path):
    wallet = ProfileWallet([load(write(tmp_path, without("organizations", "acme", "signedCert")))])
    with pytest.raises(IdentityError, match="no key of Acme"):
        wallet.signer("Acme")


def test_a_replaced_certificate_is_taken_up(tmp_path):
    wallet = ProfileWallet([load(write(tmp_path))])
    assert wallet.signer("Acme") is wallet.signer("Acme")
    fresh = signer()
    keyfiles.write(tmp_path / "client.key.pem", keyfiles.pem(fresh._key), 0o600)
    keyfiles.write(tmp_path / "client.pem", fresh.certificate, 0o644)
    assert wallet.signer("Acme").certificate == fresh.certificate


def test_a_key_of_somebody_else_is_refused(tmp_path):
    write(tmp_path)
    keyfiles.write(tmp_path / "client.key.pem", keyfiles.pem(signer()._key), 0o600)
    with pytest.raises(IdentityError) as mismatch:
        opened("Acme", tmp_path / "client.pem", tmp_path / "client.key.pem")
    assert mismatch.value.code == "identity.mismatch"


def test_a_key_that_others_may_read_is_refused(tmp_path):
    profile = load(write(tmp_path))
    (tmp_path / "client.key.pem").chmod(0o644)
    with pytest.raises(IdentityError) as unsafe:
        ProfileWallet([profile]).signer("Acme")
    assert unsafe.value.code == "identity.mode"


def test_holding_several_organisations_signers_is_said_to_be_insecure(tmp_path, caplog):
    write(tmp_path / "acme")
    other = copy.deepcopy(PROFILE)
    other["organizations"]["acme"]["mspid"] = "Other"
    write(tmp_path / "other", other)
    with caplog.at_level(logging.WARNING):
        wallet = InsecureProfilesWallet(tmp_path)
    assert wallet.organisations() == ["Acme", "Other"]
    assert "INSECURE" in caplog.text
    assert wallet.signer("Other").organisation == "Other"


def test_a_profile_is_read_from_what_is_parsed_already(tmp_path):
    write(tmp_path)
    assert read(PROFILE, tmp_path).organisation == "Acme"
