"""The signers that a gateway holds, as connection profiles name them: `signedCert` and `clientPrivateKey`.

A gateway holds its own organisation's and no other. Which certificate is whose, the channel's configuration says and
not the profile: peers refuse what the organisation's authority did not certify.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

from provenance.ledger import keyfiles
from provenance.ledger.fabric import profile as profiles
from provenance.ledger.fabric.profile import Profile
from provenance.ledger.identity import FileSigner
from provenance.ledger.keyfiles import IdentityError, certified_key, key_digest

NAME = "connection.json"
_Stamp = tuple[int, int]
_log = logging.getLogger(__name__)


class ProfileWallet:
    """The signers that some profiles name, read anew whenever a certificate is replaced."""

    def __init__(self, held: Iterable[Profile]) -> None:
        self._profiles = {each.organisation: each for each in held}
        self._signers: dict[str, tuple[_Stamp, FileSigner]] = {}

    def organisations(self) -> list[str]:
        """Return the MSP ids whose signers are held, sorted."""
        return sorted(self._profiles)

    def signer(self, organisation: str) -> FileSigner:
        """Return an organisation's signer.

        Raises `IdentityError`: `identity.unknown` where it is not held, `identity.missing`, `identity.mismatch`.
        """
        held = self._profiles.get(organisation)
        if held is None or held.certificate is None or held.key is None:
            raise IdentityError("identity.unknown", f"no key of {organisation} is held here")
        stamp = _stamp(held.certificate)
        kept = self._signers.get(organisation)
        if kept is None or kept[0] != stamp:
            kept = self._signers[organisation] = (stamp, opened(organisation, held.certificate, held.key))
        return kept[1]

    def add(self, organisation: str) -> None:
        """Give a newly enrolled organisation nothing: its own authority certifies it."""


class InsecureProfilesWallet(ProfileWallet):
    """The signers of several organisations in one operator's hands: for demonstrations.

    Whoever reads the folder can sign as any of them, so none of them can hold another to its signature.
    """

    def __init__(self, folder: Path) -> None:
        """Hold the signers of all profiles in `folder/*/connection.json`; raises `Failed` (`ledger.profile`)."""
        super().__init__(profiles.load(path) for path in sorted(folder.glob(f"*/{NAME}")))
        _log.warning(
            "INSECURE: one operator holds the signing keys of %d organisations (%s); anything signed here may have "
            "been signed by that operator",
            len(self.organisations()),
            folder,
        )


def opened(organisation: str, certificate: Path, key: Path) -> FileSigner:
    """Return the signer of a certificate and its key, both PEM files. Raises `IdentityError`."""
    content, private = keyfiles.read(certificate), keyfiles.load_key(key)
    if key_digest(private.public_key()) != certified_key(content):
        raise IdentityError("identity.mismatch", f"{certificate} does not certify the key in {key}")
    return FileSigner(organisation, content, private)


def _stamp(certificate: Path) -> _Stamp:
    try:
        found = certificate.stat()
    except OSError as error:
        raise IdentityError("identity.missing", f"cannot read {certificate}: {error.strerror}") from error
    return found.st_ino, found.st_mtime_ns
