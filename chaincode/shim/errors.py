"""What goes wrong between a contract and its peer, beside what the contract itself refuses.

::

    ShimError                code and one plain sentence; answered to the peer as the transaction's outcome
    |- PeerError             the peer answered ERROR: `chaincode.peer`
    |- Abandoned             the stream was cut, or the transaction took too long: `chaincode.cut`, `chaincode.timeout`
    |- NotAccepted           no peer takes it: `chaincode.key`, `chaincode.empty_value`, `chaincode.proposal`,
    |                        `chaincode.busy`, `chaincode.event`
    `- ProtocolError         the peer left the protocol: the stream ends, and no transaction is answered

Every code begins with `chaincode.`, so that a client tells a technical failure from a contract's refusal.
"""


class ShimError(Exception):
    """A technical failure with a stable dotted `code` and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class PeerError(ShimError):
    """The peer answered a request with ERROR."""

    def __init__(self, detail: str) -> None:
        super().__init__("chaincode.peer", detail)


class Abandoned(ShimError):
    """Nobody waits for the transaction any longer."""


class NotAccepted(ShimError):
    """A key, value, event or proposal that no peer takes, or one transaction too many."""


class ProtocolError(ShimError):
    """The peer said what the protocol does not let it say now."""

    def __init__(self, detail: str) -> None:
        super().__init__("chaincode.protocol", detail)
