"""Who may talk to a chaincode server: peers with a certificate of its authority, over TLS."""

import ipaddress
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chaincode.shim.server import Server, ServerError, ServerSettings, Tls, is_loopback
from tests.chaincode.shim.peer_double import PeerDouble
from tests.chaincode.shim.proposals import transaction
from tests.chaincode.shim.serving import PACKAGE, chaincode, serving


class Authority:
    """A certificate authority with nothing but what TLS needs."""

    def __init__(self, name):
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def issue(self):
        """Return a key and a certificate for this host, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody (fictitious)")])
        return key_pem(key), pem(self._sign(subject, key, host))

    def _sign(self, subject, key, extension):
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key):
    encoding = serialization.Encoding.PEM
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture(scope="module")
def authority():
    return Authority("peers and chaincode")


@pytest.fixture(scope="module")
def tls(authority, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = authority.issue()
    for name, content in (("key", key), ("certificate", certificate), ("authority", pem(authority.certificate))):
        (folder / f"{name}.pem").write_bytes(content)
    return Tls(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")


def test_a_peer_with_a_certificate_of_the_authority_is_served(authority, tls):
    credentials = grpc.ssl_channel_credentials(pem(authority.certificate), *authority.issue())
    with serving(tls=tls) as address, PeerDouble(address, credentials=credentials, state={"a": b"A"}) as peer:
        assert peer.registered == PACKAGE
        assert peer.run(transaction([b"read", b"a"])).payload == b"A"


@pytest.mark.parametrize("who", ["nobody", "stranger", "without TLS"])
def test_nobody_else_is_served(authority, tls, who):
    root = pem(authority.certificate)
    pair = Authority("another").issue() if who == "stranger" else (None, None)
    credentials = None if who == "without TLS" else grpc.ssl_channel_credentials(root, *pair)
    with serving(tls=tls) as address:
        peer = PeerDouble(address, credentials=credentials)
        try:
            with pytest.raises(grpc.FutureTimeoutError):
                grpc.channel_ready_future(peer._channel).result(1.0)
        finally:
            peer.close()


@pytest.mark.parametrize("address", ["0.0.0.0:7052", "[::]:7052", "chaincode.example:7052", "192.0.2.7:7052"])
def test_without_tls_only_this_host_is_listened_to(address):
    assert not is_loopback(address)
    with pytest.raises(ServerError, match="TLS"):
        Server(ServerSettings(address, PACKAGE), chaincode())._bind(grpc.aio.server)


def test_addresses_of_this_host():
    assert all(is_loopback(each) for each in ("127.0.0.1:1", "[::1]:1", "localhost:1", "127.9.9.9:0"))
