"""Which certificates a deployment rests on, and when each of them ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from provenance.ledger.identity import IdentityError, certified_key, held_certificate, held_organisations


class Holder(StrEnum):
    """Whose certificate it is."""

    AUTHORITY = "authority"
    LEDGER = "ledger"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in use: `name` is an organisation's, `fingerprint` and `key` are SHA-256 in hex."""

    holder: Holder
    name: str
    begins: datetime
    ends: datetime
    fingerprint: str
    key: str
    revoked: bool

    def days_left(self, now: datetime) -> int:
        """Return the whole days until its end, negative after it."""
        return (self.ends - now) // timedelta(days=1)

    def warning(self, now: datetime) -> str:
        """Return a sentence that says when it ends and what to do."""
        whose = f"{self.name}'s" if self.holder is Holder.ORGANISATION else f"the {self.holder}'s own"
        days = self.days_left(now)
        when = f"ends in {days} days, on" if days >= 0 else "ended on"
        return f"{whose} certificate {when} {self.ends.date()}; {self._advice()}"

    def _advice(self) -> str:
        if self.holder is Holder.ORGANISATION:
            return f"run: provenance certs renew --org {self.name}"
        if self.holder is Holder.LEDGER:
            return "run: provenance certs rotate --ledger"
        return "nothing can be issued after it: begin a new ledger in time"


def in_use(keys: Path, *, authority: bytes, ledger: bytes, revoked: tuple[str, ...]) -> list[Certificate]:
    """Return the certificates of the authority, the ledger and the organisations whose keys are in a folder.

    The first two and the revoked keys are those of the ledger's configuration. Raises `IdentityError`.
    """
    return list(_in_use(keys, authority, ledger, revoked))


def _in_use(keys: Path, authority: bytes, ledger: bytes, revoked: tuple[str, ...]) -> Iterator[Certificate]:
    yield _certificate(Holder.AUTHORITY, "authority", authority, revoked)
    yield _certificate(Holder.LEDGER, "ledger", ledger, revoked)
    for organisation in held_organisations(keys):
        yield _certificate(Holder.ORGANISATION, organisation, held_certificate(keys, organisation), revoked)


def ending(certificates: list[Certificate], *, within: timedelta, now: datetime | None = None) -> list[str]:
    """Return a sentence for each certificate that ends within a time from now, or has ended, and is not revoked."""
    moment = now or datetime.now(UTC)
    return [each.warning(moment) for each in certificates if not each.revoked and each.ends <= moment + within]


def _certificate(holder: Holder, name: str, pem: bytes, revoked: tuple[str, ...]) -> Certificate:
    try:
        parsed = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise IdentityError("identity.certificate", f"the certificate of {name} is not in PEM: {error}") from error
    key = certified_key(pem)
    return Certificate(
        holder=holder,
        name=name,
        begins=parsed.not_valid_before_utc,
        ends=parsed.not_valid_after_utc,
        fingerprint=parsed.fingerprint(hashes.SHA256()).hex(),
        key=key,
        revoked=key in revoked,
    )
