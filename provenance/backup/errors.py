"""What backups raise."""


class BackupError(Exception):
    """A backup cannot be taken or restored, with a stable dotted `code` (`backup.*`) and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
