"""What the domain raises.

::

    DomainError          code and one plain sentence
    |- Malformed         the input is not well-formed; `pointer` says where (RFC 6901)
    `- Refused           the caller does not hold the authority, or the act does not fit what is on record

Codes are stable and dotted (`identifier.check_digit`, `registry.not_holder`): callers react to them, never to the
sentence.
"""


class DomainError(Exception):
    """Something the rules do not let through, with a stable dotted `code` and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Malformed(DomainError):
    """The input is not well-formed; `pointer` is the place in it as a JSON pointer (RFC 6901), empty for the whole."""

    def __init__(self, code: str, detail: str, pointer: str = "") -> None:
        super().__init__(code, detail)
        self.pointer = pointer

    def under(self, prefix: str) -> "Malformed":
        """Return the same error seen from an enclosing value, whose pointer to here is `prefix`."""
        return Malformed(self.code, self.detail, prefix + self.pointer)


class Refused(DomainError):
    """An act of authority that its caller may not do, or that what is on record does not allow."""
