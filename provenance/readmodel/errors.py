"""What the read model raises.

::

    ReadModelError         code and one plain sentence
    `- OutOfStep           it does not continue this ledger: what to do about it is in the sentence
"""


class ReadModelError(Exception):
    """The read model cannot answer, with a stable dotted `code` and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class OutOfStep(ReadModelError):
    """The read model is of another ledger, of another history of it, or of other tables than this version's."""
