"""What a client is told when organisations cannot be reached, lag, differ, or do not know who signs."""

import os
import signal
import socket
import subprocess
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from faults import until

from provenance.contracts import Contracts
from provenance.domain.gs1.keys import CANONICAL_STEM, check_digit
from provenance.domain.records import Organisation, PlaceKind, Role
from provenance.ledger.fabric import FabricLedger, load
from provenance.ledger.fabric.wallet import opened
from provenance.ledger.identity import FileSigner
from provenance.ledger.port import Failed, LedgerError, Rejected
from tests.fabric_network import identifiers

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def signer(network):
    profile = load(network.profile("Steward"))
    return opened(profile.organisation, profile.certificate, profile.key)


@pytest.fixture(scope="module")
def ledger(network, gateway, signer):
    """A client of the channel, whose registry the gateway's fixture has founded."""
    with closing(FabricLedger(load(network.profile("Steward")), signer)) as found:
        yield found


@pytest.fixture(scope="module")
def steward(ledger, signer):
    """The steward, who goes through the peer of Authorities: the tests kill the others."""
    return Contracts(ledger, signer)


def enrol(contracts, name):
    contracts.enrol(organisation=name, name=f"{name} (fictitious)", roles=[Role.CARRIER])
    assert contracts.query(Organisation, name) is not None


@contextmanager
def without(network, *parts):
    try:
        for each in parts:
            network.kill(each)
        yield
    finally:
        network.revive()


def test_where_the_policy_cannot_be_met_the_error_says_who_is_missing(network, steward):
    with without(network, "peer0.logistics", "peer0.brands"):
        with pytest.raises(Failed) as refusal:
            enrol(steward, "Unmet")
        assert "endors" in refusal.value.detail.lower()
        assert steward.query(Organisation, "Unmet") is None
    enrol(steward, "Unmet")


def scan(gateway, serial):
    code = f"{CANONICAL_STEM}/01/09521234000013/21/{serial}"
    sent = {"code": code, "step": "storing", "time": "2026-03-01T09:00:00Z"}
    status, _, told = gateway.ask("POST", "/api/v1/scans", sent)
    return status, told


def test_a_partner_is_told_that_nothing_was_recorded_because_too_few_can_endorse(network, gateway):
    with without(network, "peer0.logistics", "peer0.authorities"):
        status, told = scan(gateway, "unmet")
        assert status == 503, told
        assert (told["code"], "not enough organisations" in told["detail"]) == ("ledger.endorse", True)
    until(lambda: scan(gateway, "met")[0] == 201, "scans are recorded again")


def test_one_organisation_that_cannot_be_reached_keeps_nobody_from_working(network, gateway):
    with without(network, "peer0.logistics", "chaincode-Logistics"):
        assert [scan(gateway, f"spared{number}")[0] for number in range(5)] == [201] * 5


def test_a_peer_that_was_down_catches_up(network, ledger, steward):
    with without(network, "peer0.logistics"):
        for number in range(5):
            enrol(steward, f"Meanwhile{number}")
    until(lambda: len(set(ledger.heights().values())) == 1, "all peers have the same height")
    assert None not in ledger.heights().values()


def granted(steward, prefix):
    """Give the steward a company prefix; a peer that stands still may be asked for its endorsement in vain."""
    try:
        steward.enrol(organisation="Steward", name="Steward", roles=[Role.STEWARD], prefixes=[prefix])
    except Failed:
        return False
    return True


def test_the_refusal_of_a_peer_that_lags_is_not_final(network, steward):
    """A member enrolled while a peer stood still acts at once through that peer: it does not know the member yet."""
    digits = "952199900001"
    place = f"{CANONICAL_STEM}/414/{digits}{check_digit(digits)}"
    network.kill("peer0.logistics", number=signal.SIGSTOP)
    try:
        until(lambda: granted(steward, "9521999"), "two other peers have endorsed")
        network.kill("peer0.brands")
    finally:
        network.kill("peer0.logistics", number=signal.SIGCONT)
    try:
        steward.register_place(place=place, name="Late", place_kind=PlaceKind.WAREHOUSE, country="NL")
    finally:
        network.revive()


def test_a_chaincode_that_differs_between_organisations_is_told(network, steward):
    name = next(each for each in network.processes() if each.startswith("chaincode-Logistics"))
    command = Path(f"/proc/{identifiers(network)[name]}/cmdline").read_bytes().decode().split("\0")[:-1]
    command[command.index("chaincode")] = "other_chaincode"
    with without(network, "peer0.brands", name):
        environment = {**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parents[1]}"}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as other:
            try:
                until(lambda: answers(command[command.index("--address") + 1]), "it listens")
                told: list[Failed] = []
                until(lambda: refused(steward, told).code == "ledger.mismatch", "its peer has turned to it")
            finally:
                other.kill()
        assert "differ" in told[-1].detail
    assert steward.query(Organisation, "Differs") is None
    enrol(steward, "Differs")


def refused(steward, told):
    """Why an act that both organisations must endorse was refused just now."""
    with pytest.raises(Failed) as refusal:
        enrol(steward, "Differs")
    told.append(refusal.value)
    return refusal.value


def answers(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def stranger(name):
    """Return a signer who claims to be of an organisation and has certified that itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger (fictitious)")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return FileSigner(name, certificate, key)


@pytest.mark.parametrize("who", ["nobody certified", "another organisation certified"])
def test_a_certificate_that_the_organisation_did_not_issue_gets_nothing(network, ledger, steward, who):
    profile = load(network.profile("Logistics"))
    of_logistics = opened("Steward", profile.certificate, profile.key)
    signer = stranger("Steward") if who == "nobody certified" else of_logistics
    height = ledger.height()
    with pytest.raises(LedgerError) as refusal:
        enrol(Contracts(ledger, signer), "Stranger")
    assert not isinstance(refusal.value, Rejected)
    assert steward.query(Organisation, "Stranger") is None
    assert ledger.height() == height


def test_a_key_that_is_not_the_certificates_signs_nothing(network, ledger, steward):
    profile = load(network.profile("Steward"))
    signer = FileSigner("Steward", profile.certificate.read_bytes(), ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(LedgerError):
        enrol(Contracts(ledger, signer), "Forged")
    assert steward.query(Organisation, "Forged") is None
