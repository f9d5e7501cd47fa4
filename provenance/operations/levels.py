"""How far a key or an account may go: read < record < decide < admin."""

from enum import StrEnum


class Level(StrEnum):
    """What a key may do; each level includes those before it."""

    READ = "read"
    RECORD = "record"
    DECIDE = "decide"
    ADMIN = "admin"

    def covers(self, other: "Level") -> bool:
        """Return whether this level includes `other`."""
        ranks = list(Level)
        return ranks.index(self) >= ranks.index(other)

    def within(self, other: "Level") -> "Level":
        """Return the lower of the two."""
        return other if self.covers(other) else self
