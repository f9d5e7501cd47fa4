"""Backups: one file with all of a data folder that cannot be made again, and the way back from it.

A backup holds private keys, and on Fabric the way to the ledger in the ledger's place. Taking one never stops a gateway
that runs, and what it holds is consistent: every body that was accepted has its job, and every job that is finished has
its events on the ledger. Restoring never writes into a folder that has anything in it, and puts nothing in place before
all of it is checked.

::

    BackupError                 code and one plain sentence
"""

from provenance.backup.channel import PROFILE
from provenance.backup.errors import BackupError
from provenance.backup.manifest import Manifest, Member
from provenance.backup.restore import Restored, check, restore
from provenance.backup.seal import passphrase
from provenance.backup.take import take

__all__ = ["PROFILE", "BackupError", "Manifest", "Member", "Restored", "check", "passphrase", "restore", "take"]
