"""What can go wrong with a network: one root, a stable dotted code and a sentence that says what to do.

::

    NetworkError
    |-- TopologyError    the description is wrong (`topology.*`)
    |-- BinariesError    Fabric's executables cannot be had (`binaries.*`)
    |-- PortTaken        a port is somebody else's (`port.*`)
    |-- Unchanged        the channel's configuration is as wanted already (`channel.unchanged`)
    |-- CommandFailed    one of Fabric's commands failed (`command.*`)
    `-- NotReady         something did not come to be in time; the reason goes with it (`wait.*`)
"""


class NetworkError(Exception):
    """A network could not be described, brought up or changed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class TopologyError(NetworkError):
    """The description of a network is wrong; the sentence names the key."""


class BinariesError(NetworkError):
    """Fabric's executables are not here and cannot be built."""


class PortTaken(NetworkError):
    """A port that the network needs is in use."""


class NotReady(NetworkError):
    """A deadline passed before something was ready."""
