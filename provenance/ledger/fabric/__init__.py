"""A client of Hyperledger Fabric's Gateway service, and the ledger that a channel with our chaincode is.

The client is of use without the product: `Profile` says where peers are, `Gateway` and `Contract` evaluate and submit,
`BlockStreams` and `EventStreams` follow a channel, `reading.read` asks a chosen peer for an endorsed answer. Builders
(`proposal`, `envelope`, `requests`) and parsers (`details`, `blocks`) do no I/O, so that every signature can be made
elsewhere: a signer is a function from a digest to a signature (`ledger.port.Signer`).

Nothing is signed that was not checked to be what was asked for, and no channel is opened before its process uses it.
"""

from provenance.ledger.fabric.blocks import Source
from provenance.ledger.fabric.contract import Contract, Sent
from provenance.ledger.fabric.deliver import BlockStreams
from provenance.ledger.fabric.errors import (
    CommitError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    GatewayError,
    NotThere,
    PeerError,
    StreamError,
    SubmitError,
)
from provenance.ledger.fabric.events import ChaincodeEvent, Checkpoint, EventStreams
from provenance.ledger.fabric.gateway import Deadlines, Gateway, Status
from provenance.ledger.fabric.ledger import FabricLedger, Patience, Watch
from provenance.ledger.fabric.peers import ClientTls, Endpoint, Peer, Peers
from provenance.ledger.fabric.profile import Profile, load
from provenance.ledger.fabric.proposal import Call, Proposal

__all__ = [
    "BlockStreams",
    "Call",
    "ChaincodeEvent",
    "Checkpoint",
    "ClientTls",
    "CommitError",
    "CommitStatusError",
    "Contract",
    "Deadlines",
    "EndorseError",
    "Endpoint",
    "EvaluateError",
    "EventStreams",
    "FabricLedger",
    "Gateway",
    "GatewayError",
    "NotThere",
    "Patience",
    "Peer",
    "PeerError",
    "Peers",
    "Profile",
    "Proposal",
    "Sent",
    "Source",
    "Status",
    "StreamError",
    "SubmitError",
    "Watch",
    "load",
]
