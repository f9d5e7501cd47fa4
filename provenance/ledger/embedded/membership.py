"""Who counts as a member: certificates that the ledger's authority issued, and signatures that are theirs.

A key is revoked with every certificate that was issued for it: whoever stole it may hold an older one.

The one place where certificates are judged, for transactions that come in and for the whole ledger when it is
verified.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provenance.domain.errors import Refused
from provenance.ledger.embedded.chain import Configuration
from provenance.ledger.embedded.envelope import Identity
from provenance.ledger.identity import IdentityError, Kind, genuine, key_digest, subject


@dataclass(frozen=True, slots=True)
class _Member:
    public_key: ec.EllipticCurvePublicKey
    revoked: bool
    since: datetime
    until: datetime


class Membership:
    """The certificates of one ledger's configuration, and judgements of signatures under them."""

    def __init__(self, configuration: Configuration) -> None:
        """Raise `Refused` (`membership.*`) where the configuration's own certificates do not fit together."""
        self._authority = _parse(configuration.authority)
        _require_issued(self._authority, self._authority)
        ledger = _parse(configuration.ledger)
        _require_issued(ledger, self._authority)
        _require_subject(ledger, Kind.ORDERER)
        self._ledger = _public_key(ledger)
        self._configuration = configuration
        self._members: dict[Identity, _Member] = {}

    def succeeded_by(self, configuration: Configuration) -> "Membership":
        """Return the members under the configuration that follows this one.

        Raises `Refused` where it may not follow: another authority, something no longer revoked, or not fit in itself.
        """
        if configuration.authority != self._configuration.authority:
            raise Refused("membership.authority", "the configuration names another authority than the one before")
        if not set(configuration.revoked) >= set(self._configuration.revoked):
            raise Refused("membership.revoked", "the configuration takes a revocation back")
        return Membership(configuration)

    def signed_for_ledger(self, certificate: bytes, signature: bytes, digest: bytes) -> bool:
        """Tell whether the key of a certificate that the authority issued to a ledger made the signature."""
        try:
            other = Membership(replace(self._configuration, ledger=certificate))
        except Refused:
            return False
        return other.signed_by_ledger(signature, digest)

    def signed_by_ledger(self, signature: bytes, digest: bytes) -> bool:
        """Tell whether the ledger's own key made the signature."""
        return genuine(self._ledger, signature, digest)

    def require_signed(self, identity: Identity, signature: bytes, digest: bytes, *, at: datetime) -> None:
        """Raise `Refused` unless `identity` is a member's, valid at that time, and made the signature."""
        if not genuine(self._member(identity, at).public_key, signature, digest):
            raise Refused("membership.signature", f"the signature is not {identity.organisation}'s")

    def require_member(self, identity: Identity, *, at: datetime) -> None:
        """Raise `Refused` unless `identity` is a member's and valid at that time."""
        self._member(identity, at)

    def _member(self, identity: Identity, at: datetime) -> _Member:
        member = self._members.get(identity)
        if member is None:
            member = self._members[identity] = self._admit(identity)
        if member.revoked:
            raise Refused("membership.revoked", f"the certificate of {identity.organisation} is revoked")
        if not member.since <= at <= member.until:
            raise Refused("membership.term", f"the certificate of {identity.organisation} is not valid at {at}")
        return member

    def _admit(self, identity: Identity) -> _Member:
        certificate = _parse(identity.certificate)
        _require_issued(certificate, self._authority)
        _require_subject(certificate, Kind.CLIENT)
        if subject(certificate, NameOID.ORGANIZATION_NAME) != identity.organisation:
            raise Refused("membership.organisation", f"the certificate is not {identity.organisation}'s")
        public_key = _public_key(certificate)
        revoked = key_digest(public_key) in self._configuration.revoked
        return _Member(public_key, revoked, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _parse(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Refused("membership.certificate", f"not a certificate in PEM: {error}") from None


def _public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("membership.certificate", "the certificate's key is not ECDSA P-256")
    return key


def _require_issued(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        raise Refused("membership.issuer", "the certificate was not issued by the ledger's authority") from None


def _require_subject(certificate: x509.Certificate, kind: Kind) -> None:
    try:
        unit = subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    except IdentityError as error:
        raise Refused("membership.certificate", error.detail) from None
    if unit != kind:
        raise Refused("membership.role", f"the certificate's role is {unit!r}, not {kind.value!r}")
