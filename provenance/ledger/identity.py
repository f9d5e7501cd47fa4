"""Keys and certificates of the embedded ledger: its certificate authority, and the signers that it issues.

Keys are ECDSA P-256 in PEM files of mode 0600; there is no default key and no passphrase. A certificate carries the
organisation (MSP id) as subject O and its role as OU: `client` signs transactions, `orderer` signs blocks. Nothing
here grants authority: what an organisation may do stands in the registry alone. A file that is being written is never
seen half written, and a private key never leaves its file.

::

    folder/ca.pem  ca.key.pem               the certificate authority
    folder/ledger.pem  ledger.key.pem       the identity that the embedded ledger began with
    folder/organisations/NAME.pem  NAME.key.pem

A key that replaces another is `NAME@DIGEST.key.pem` (the beginning of its `key_digest`) and is in place before any
certificate names it, so that a crash leaves either the old pair or the new one. `ledger.pem` stays what it was at the
beginning, as the pin that block 0 is compared with; the ledger's present certificate is in its configuration.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID

from provenance.ledger import keyfiles
from provenance.ledger.keyfiles import IdentityError, certified_key, key_digest

__all__ = [
    "CertificateAuthority",
    "FileSigner",
    "IdentityError",
    "InsecureWallet",
    "Kind",
    "certified_key",
    "genuine",
    "held_certificate",
    "held_organisations",
    "key_digest",
    "subject",
]

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_DIGEST = Prehashed(hashes.SHA256())
_SIGNING = ec.ECDSA(_DIGEST, deterministic_signing=True)
_CHECKING = ec.ECDSA(_DIGEST)
_LEDGER = "Provenance embedded ledger"
_BACKDATED = timedelta(hours=1)
"""Members whose clocks are behind ours can check a new certificate at once."""
_CA_TERM = timedelta(days=7300)
_TERM = timedelta(days=1826)
_Stamp = tuple[int, int]
_log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What a certificate is for (its subject's OU)."""

    CLIENT = "client"
    ORDERER = "orderer"


class FileSigner:
    """An organisation's signer whose key and certificate are files; implements `port.Signer`."""

    def __init__(self, organisation: str, certificate: bytes, key: ec.EllipticCurvePrivateKey) -> None:
        self._organisation = organisation
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, folder: Path, name: str) -> "FileSigner":
        """Return the signer kept as `name.pem` and `name.key.pem`.

        Raises `IdentityError` where either is missing or unreadable, others may read the key, or the two do not belong
        together.
        """
        return cls.of(folder, name, keyfiles.read(folder / f"{name}.pem"))

    @classmethod
    def of(cls, folder: Path, name: str, certificate: bytes) -> "FileSigner":
        """Return the signer of a certificate (PEM) whose key is in the folder under `name`. Raises `IdentityError`."""
        parsed = keyfiles.parse(certificate, folder / f"{name}.pem")
        replaced = folder / keyfiles.key_name(name, parsed)
        key = keyfiles.load_key(replaced if replaced.exists() else folder / f"{name}.key.pem")
        if parsed.public_key() != key.public_key():
            raise IdentityError("identity.mismatch", f"{folder / name}.pem does not certify the key beside it")
        return cls(subject(parsed, NameOID.ORGANIZATION_NAME), certificate, key)

    @property
    def organisation(self) -> str:
        """The MSP id."""
        return self._organisation

    @property
    def certificate(self) -> bytes:
        """The X.509 certificate in PEM."""
        return self._certificate

    def sign(self, digest: bytes) -> bytes:
        """Return the deterministic (RFC 6979) low-S DER signature over a SHA-256 digest."""
        r, s = decode_dss_signature(self._key.sign(digest, _SIGNING))
        return encode_dss_signature(r, min(s, _ORDER - s))


class CertificateAuthority:
    """The embedded ledger's own X.509 authority; it vouches for names, never for what they may do."""

    def __init__(self, folder: Path, signer: FileSigner, key: ec.EllipticCurvePrivateKey) -> None:
        self._folder = folder
        self._signer = signer
        self._key = key

    @classmethod
    def create(cls, folder: Path) -> "CertificateAuthority":
        """Make a new authority in `folder`, or return the one that is there already."""
        if not (folder / "ca.pem").exists():
            key = ec.generate_private_key(ec.SECP256R1())
            name = _subject(_LEDGER, "certificate authority")
            builder = _certificate(name, name, key.public_key(), _CA_TERM)
            limits = x509.BasicConstraints(ca=True, path_length=0)
            certificate = builder.add_extension(limits, critical=True).sign(key, hashes.SHA256())
            keyfiles.store_pair(folder, "ca", certificate, key)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> "CertificateAuthority":
        """Return the authority kept in `folder`. Raises `IdentityError`."""
        return cls(folder, FileSigner.open(folder, "ca"), keyfiles.load_key(folder / "ca.key.pem"))

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self._folder

    @property
    def certificate(self) -> bytes:
        """The self-signed certificate in PEM."""
        return self._signer.certificate

    def issue(self, organisation: str) -> FileSigner:
        """Make a key and a client certificate for an organisation and return its signer.

        Raises `IdentityError` (`identity.name`) for a name that cannot be an MSP id and a file name, `identity.exists`.
        """
        if _NAME.fullmatch(organisation) is None:
            raise IdentityError(
                "identity.name",
                f"{organisation!r} is not an organisation's name: letters, digits, '.', '_' and '-', 64 at most",
            )
        folder = self._folder / "organisations"
        if (folder / f"{organisation}.pem").exists():
            raise IdentityError("identity.exists", f"{organisation} has a certificate already")
        return self._issue(folder, organisation, _subject(organisation, Kind.CLIENT))

    def issue_ledger(self) -> FileSigner:
        """Return the ledger's own signer, made on first use."""
        if (self._folder / "ledger.pem").exists():
            return FileSigner.open(self._folder, "ledger")
        return self._issue(self._folder, "ledger", _subject(_LEDGER, Kind.ORDERER))

    def renew(self, organisation: str) -> FileSigner:
        """Give an organisation a new certificate for the key that it has, and return its signer.

        The one before ends when it would have ended. Raises `IdentityError`.
        """
        folder = self._folder / "organisations"
        held = keyfiles.parse(held_certificate(self._folder, organisation), folder / f"{organisation}.pem")
        fresh = self._certify(held.subject, keyfiles.public_key(held))
        keyfiles.write(folder / f"{organisation}.pem", fresh.public_bytes(serialization.Encoding.PEM), 0o644)
        return FileSigner.open(folder, organisation)

    def replace(self, organisation: str) -> frozenset[str]:
        """Give an organisation a new key and certificate, and return its keys before that (`key_digest`).

        The former private keys stay in the folder until `discard`, so that doing it again after a crash returns them
        again. Raises `IdentityError`.
        """
        folder = self._folder / "organisations"
        former = certified_key(held_certificate(self._folder, organisation))
        signer = self._prepare(folder, organisation, _subject(organisation, Kind.CLIENT))
        keyfiles.write(folder / f"{organisation}.pem", signer.certificate, 0o644)
        return frozenset({former, *self._held_keys(organisation)} - {certified_key(signer.certificate)})

    def keys_of(self, organisation: str) -> frozenset[str]:
        """Return the keys that an organisation has here (`key_digest`), those of an unfinished replacement among them.

        Raises `IdentityError`.
        """
        return frozenset({certified_key(held_certificate(self._folder, organisation)), *self._held_keys(organisation)})

    def discard(self, organisation: str) -> None:
        """Remove an organisation's private keys but the one that its certificate is for. Raises `IdentityError`."""
        folder = self._folder / "organisations"
        keyfiles.discard_keys(folder, organisation, FileSigner.open(folder, organisation).certificate)

    def prepare_ledger(self) -> FileSigner:
        """Make a new key for the ledger itself, to be used once its configuration names the certificate."""
        return self._prepare(self._folder, "ledger", _subject(_LEDGER, Kind.ORDERER))

    def discard_ledger(self, certificate: bytes) -> None:
        """Remove the ledger's private keys but the one that a certificate is for."""
        keyfiles.discard_keys(self._folder, "ledger", certificate)

    def _held_keys(self, organisation: str) -> set[str]:
        files = keyfiles.key_files(self._folder / "organisations", organisation)
        return {key_digest(keyfiles.load_key(path).public_key()) for path in files}

    def _issue(self, folder: Path, name: str, whose: x509.Name) -> FileSigner:
        key = ec.generate_private_key(ec.SECP256R1())
        keyfiles.store_pair(folder, name, self._certify(whose, key.public_key()), key)
        return FileSigner.open(folder, name)

    def _prepare(self, folder: Path, name: str, whose: x509.Name) -> FileSigner:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certify(whose, key.public_key())
        keyfiles.write(folder / keyfiles.key_name(name, certificate), keyfiles.pem(key), 0o600)
        return FileSigner.of(folder, name, certificate.public_bytes(serialization.Encoding.PEM))

    def _certify(self, whose: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        authority = keyfiles.parse(self.certificate, self._folder / "ca.pem")
        term = min(_TERM, authority.not_valid_after_utc - datetime.now(UTC))
        builder = _certificate(whose, authority.subject, public_key, term)
        limits = x509.BasicConstraints(ca=False, path_length=None)
        return builder.add_extension(limits, critical=True).sign(self._key, hashes.SHA256())


class InsecureWallet:
    """The signers of several organisations in one folder, in one operator's hands: for demos and single operators.

    Whoever reads the folder can sign as any of them, so none of them can hold another to its signature. Says so once in
    the log when it is opened.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signers: dict[str, tuple[_Stamp, FileSigner]] = {}
        held = self.organisations()
        if len(held) > 1:
            _log.warning(
                "INSECURE: one operator holds the signing keys of %d organisations (%s); anything signed here may have "
                "been signed by that operator",
                len(held),
                folder,
            )

    def organisations(self) -> list[str]:
        """Return the organisations whose signers are held, sorted."""
        return held_organisations(self._folder)

    def signer(self, organisation: str) -> FileSigner:
        """Return an organisation's signer as it is now: certificates are renewed and keys replaced while others run.

        Raises `IdentityError` (`identity.unknown`) when it is not held.
        """
        stamp = _stamp(self._folder, organisation)
        stamped = self._signers.get(organisation)
        if stamped is not None and stamped[0] == stamp:
            return stamped[1]
        try:
            signer = FileSigner.open(self._folder / "organisations", organisation)
        except IdentityError:
            if _stamp(self._folder, organisation) == stamp:
                raise
            return self.signer(organisation)  # it was replaced while it was being read
        self._signers[organisation] = (stamp, signer)
        return signer

    def add(self, organisation: str) -> FileSigner:
        """Return an organisation's signer, issued by the authority in the folder if it is not held yet."""
        if organisation not in self.organisations():
            CertificateAuthority.open(self._folder).issue(organisation)
        return self.signer(organisation)


def held_organisations(folder: Path) -> list[str]:
    """Return the organisations whose certificates are in a folder of keys, sorted."""
    return sorted(_certified(folder / "organisations"))


def held_certificate(folder: Path, organisation: str) -> bytes:
    """Return an organisation's certificate (PEM) in a folder of keys, whose key need not be there.

    Raises `IdentityError` (`identity.unknown`).
    """
    _stamp(folder, organisation)
    return keyfiles.read(folder / "organisations" / f"{organisation}.pem")


def genuine(public_key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    """Tell whether a DER signature over a SHA-256 digest is the key's, and low-S."""
    try:
        if decode_dss_signature(signature)[1] > _ORDER // 2:
            return False
        public_key.verify(signature, digest, _CHECKING)
    except (InvalidSignature, ValueError):
        return False
    return True


def subject(certificate: x509.Certificate, attribute: x509.ObjectIdentifier) -> str:
    """Return the one value of an attribute of the certificate's subject. Raises `IdentityError`."""
    values = [str(entry.value) for entry in certificate.subject.get_attributes_for_oid(attribute)]
    if len(values) != 1:
        raise IdentityError("identity.certificate", f"the subject has {len(values)} values of {attribute._name}")  # noqa: SLF001
    return values[0]


def _stamp(folder: Path, organisation: str) -> _Stamp:
    """Return what changes whenever an organisation's certificate is replaced."""
    if _NAME.fullmatch(organisation) is not None:
        with suppress(FileNotFoundError):
            found = (folder / "organisations" / f"{organisation}.pem").stat()
            return found.st_ino, found.st_mtime_ns
    raise IdentityError("identity.unknown", f"no key of {organisation} is held here")


def _certified(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (path.name.removesuffix(".pem") for path in folder.iterdir() if _is_certificate(path))


def _is_certificate(path: Path) -> bool:
    return path.name.endswith(".pem") and not path.name.endswith(".key.pem")


def _subject(organisation: str, unit: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation[: 63 - len(unit)]} {unit}"),
        ]
    )


def _certificate(
    whose: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, term: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + term)
    )
