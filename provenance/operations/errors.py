"""What the operations store raises.

::

    OperationsError        code and one plain sentence
    |- SchemaTooNew        the database was migrated by a newer version than this one
    `- LeaseLost           somebody else took the job over in the meantime; leave it to them
"""


class OperationsError(Exception):
    """The operations store cannot do it, with a stable dotted `code` and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SchemaTooNew(OperationsError):
    """The database has a revision that this version does not know."""


class LeaseLost(OperationsError):
    """The caller no longer holds the lease of a job."""
