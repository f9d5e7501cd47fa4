"""Signers in the folders that Fabric's tools make: one folder an organisation, named by its MSP id.

::

    FOLDER/MSPID/signcerts/*.pem    the certificate of one of its clients
    FOLDER/MSPID/keystore/*         that client's private key, readable by its owner alone

A gateway holds its own organisation's folder and no other. Which certificate is whose the channel's configuration
says, not the folder: peers refuse what the organisation's authority did not certify.
"""

import logging
from pathlib import Path

from provenance.ledger import keyfiles
from provenance.ledger.identity import FileSigner
from provenance.ledger.keyfiles import IdentityError, certified_key, key_digest

_log = logging.getLogger(__name__)


class MspWallet:
    """The signers of the organisations in a folder of MSP folders; read anew whenever a certificate is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signers: dict[str, tuple[tuple[int, int], FileSigner]] = {}

    def organisations(self) -> list[str]:
        """Return the MSP ids whose signers are held, sorted."""
        if not self._folder.is_dir():
            return []
        return sorted(each.name for each in self._folder.iterdir() if (each / "signcerts").is_dir())

    def signer(self, organisation: str) -> FileSigner:
        """Return an organisation's signer.

        Raises `IdentityError`: `identity.unknown` where it is not held, `identity.missing`, `identity.mismatch`.
        """
        folder = self._folder / organisation
        if Path(organisation).name != organisation or not (folder / "signcerts").is_dir():
            raise IdentityError("identity.unknown", f"no key of {organisation} is held here")
        certificates = sorted((folder / "signcerts").glob("*.pem"))
        if len(certificates) != 1:
            where = folder / "signcerts"
            raise IdentityError("identity.missing", f"{where} holds {len(certificates)} certificates, not one")
        found = certificates[0].stat()
        stamp = (found.st_ino, found.st_mtime_ns)
        kept = self._signers.get(organisation)
        if kept is None or kept[0] != stamp:
            kept = self._signers[organisation] = (stamp, _opened(organisation, certificates[0], folder / "keystore"))
        return kept[1]

    def add(self, organisation: str) -> None:
        """Give a newly enrolled organisation nothing: its own authority certifies it."""


class InsecureMspWallet(MspWallet):
    """The signers of several organisations in one operator's hands: for demonstrations.

    Whoever reads the folder can sign as any of them, so none of them can hold another to its signature.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        _log.warning(
            "INSECURE: one operator holds the signing keys of %d organisations (%s); anything signed here may have "
            "been signed by that operator",
            len(self.organisations()),
            folder,
        )


def wallet(folder: Path) -> MspWallet:
    """Return the wallet that a folder is; raises `IdentityError` (`identity.missing`) where it holds nobody's key."""
    held = MspWallet(folder).organisations()
    if not held:
        advice = "make one named by the MSP id, with signcerts/ and keystore/ in it"
        raise IdentityError("identity.missing", f"{folder} holds no organisation's signer; {advice}")
    return MspWallet(folder) if len(held) == 1 else InsecureMspWallet(folder)


def _opened(organisation: str, certificate: Path, keystore: Path) -> FileSigner:
    content = keyfiles.read(certificate)
    wanted = certified_key(content)
    for path in sorted(keystore.iterdir()) if keystore.is_dir() else []:
        key = keyfiles.load_key(path)
        if key_digest(key.public_key()) == wanted:
            return FileSigner(organisation, content, key)
    raise IdentityError("identity.mismatch", f"{keystore} holds no key that {certificate} certifies")
