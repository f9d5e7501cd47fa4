"""The files of keys and certificates: reading, writing and naming them.

Private keys are ECDSA P-256 in PEM of mode 0600, and are refused where others may read them. A file that is being
written is never seen half written. A key that replaces another is `NAME@DIGEST.key.pem`, the first one `NAME.key.pem`.
"""

import hashlib
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provenance.durable import sync
from provenance.ledger.port import LedgerError


class IdentityError(LedgerError):
    """A key or certificate is missing, unsafe, or not what it should be (`identity.*`)."""


def key_digest(public_key: ec.EllipticCurvePublicKey) -> str:
    """Return what names a key whatever certificate it is in: the SHA-256 of its SubjectPublicKeyInfo, in hex."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(public_key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def certified_key(certificate: bytes) -> str:
    """Return the `key_digest` of the key that a certificate (PEM) is for. Raises `IdentityError`."""
    return key_digest(public_key(parse(certificate, Path("a certificate"))))


def store_pair(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a key and its certificate under a name, the key first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(folder / f"{name}.key.pem", pem(key), 0o600)
    write(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key in PEM, without a passphrase."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def write(path: Path, content: bytes, mode: int) -> None:
    """Put the whole file in place at once and on disk, so that a crash leaves the old state or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def read(path: Path) -> bytes:
    """Return a file's content. Raises `IdentityError` (`identity.missing`)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise IdentityError("identity.missing", f"cannot read {path}: {error.strerror}") from error


def parse(certificate: bytes, path: Path) -> x509.Certificate:
    """Return the certificate that a file holds. Raises `IdentityError` (`identity.certificate`)."""
    try:
        return x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise IdentityError("identity.certificate", f"{path} is not a certificate in PEM: {error}") from error


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the private key in a file. Raises `IdentityError`: `identity.missing`, `identity.mode`, `identity.key`."""
    content = read(path)
    if path.stat().st_mode & 0o077:
        raise IdentityError("identity.mode", f"others may read the private key {path}: run chmod 600 on it")
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise IdentityError("identity.key", f"{path} is not a private key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise IdentityError("identity.key", f"{path} is not an ECDSA P-256 key")
    return key


def key_name(name: str, certificate: x509.Certificate) -> str:
    """Return the name of the file of a certificate's key, where it replaced another."""
    return f"{name}@{key_digest(public_key(certificate))[:16]}.key.pem"


def discard_keys(folder: Path, name: str, certificate: bytes) -> None:
    """Remove the private keys under a name but the certificate's; what is not there any more is as good as removed."""
    kept = key_name(name, parse(certificate, folder / f"{name}.pem"))
    if (folder / kept).exists():
        for path in key_files(folder, name):
            if path.name != kept:
                path.unlink(missing_ok=True)
        sync(folder)


def key_files(folder: Path, name: str) -> list[Path]:
    """Return the files of private keys under a name."""
    found = [folder / f"{name}.key.pem", *folder.glob(f"{name}@*.key.pem")]
    return [path for path in found if path.exists()]


def public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """Return a certificate's key. Raises `IdentityError` (`identity.certificate`) where it is no elliptic curve's."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise IdentityError("identity.certificate", "the certificate's key is not an elliptic curve's")
    return key
