"""An organisation's small authority for the way between its peers and its chaincode server.

The peer is the client: it shows `peer.pem`, the server shows `server.pem`, and each trusts `ca.pem` alone, so that
nobody but the organisation's own peers reaches its chaincode. The authority's key signs these two and is then thrown
away: whoever needs others makes a new authority and a new package.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from network import files

_TERM = timedelta(days=3650)
_BACKDATED = timedelta(minutes=10)


def ensure(folder: Path, organisation: str, host: str) -> None:
    """Make the authority, the server's pair and the peers' pair, unless they are there."""
    if (folder / "peer.key.pem").exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"{organisation} chaincode")
    authority = _builder(issuer, issuer, key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    files.write(folder / "ca.pem", authority.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    names = x509.SubjectAlternativeName(list(dict.fromkeys(map(_general, (host, "localhost", "127.0.0.1")))))
    _issue(folder, "server", ExtendedKeyUsageOID.SERVER_AUTH, issuer=issuer, key=key, names=names)
    _issue(folder, "peer", ExtendedKeyUsageOID.CLIENT_AUTH, issuer=issuer, key=key, names=names)


def _issue(
    folder: Path,
    name: str,
    usage: x509.ObjectIdentifier,
    *,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    names: x509.SubjectAlternativeName,
) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(f"{issuer.rfc4514_string().removeprefix('CN=')} {name}"), issuer, own)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False).add_extension(names, critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form, open_ = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files.write(folder / f"{name}.pem", certificate)
    files.write(folder / f"{name}.key.pem", own.private_bytes(serialization.Encoding.PEM, form, open_), 0o600)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _TERM)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
