"""A shim for Hyperledger Fabric chaincode as a service, in Python.

It speaks the peer's protocol (`protos.Chaincode/Connect`) and runs a handler for each transaction: many at once on one
stream, with one sender, bounded threads, and answers that find their transaction by channel and id. What a handler sees
is `TransactionStub`; what it refuses, and what breaks, is answered as a small JSON object with a code. Nothing of a
transaction's content is ever logged.
"""

from chaincode.shim.running import Chaincode, Clock, Handler
from chaincode.shim.server import ServerError, ServerSettings, Tls, serve
from chaincode.shim.streams import Limits
from chaincode.shim.stub import TransactionStub

__all__ = [
    "Chaincode",
    "Clock",
    "Handler",
    "Limits",
    "ServerError",
    "ServerSettings",
    "Tls",
    "TransactionStub",
    "serve",
]
