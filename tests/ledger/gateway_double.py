"""A peer's Gateway, Endorser and Deliver services that answer as a test says, over real gRPC on a free port."""

import threading
from concurrent import futures

import grpc
from fabric_pieces import endorsed
from fabric_protos.common import common_pb2, ledger_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import (
    chaincode_pb2,
    events_pb2,
    events_pb2_grpc,
    peer_pb2_grpc,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)
from google.protobuf import any_pb2

from provenance.ledger.fabric import Endpoint
from provenance.ledger.fabric.proposal import Proposal


class Answer(Exception):
    """What the service answers instead: a gRPC status, a message, and messages of peers."""

    def __init__(self, status, message="", *peers):
        super().__init__(message)
        self.status = status
        self.message = message
        self.peers = peers


class PeerDouble(gateway_pb2_grpc.GatewayServicer, peer_pb2_grpc.EndorserServicer, events_pb2_grpc.DeliverServicer):
    """`scripts[step]` is what its calls come to, one after the other: an `Answer`, or None for success."""

    def __init__(self, *, height=5, blocks=()):
        self.scripts = {}
        self.calls = []
        self.height = height
        self.blocks = list(blocks)
        self.codes = {}
        self.cuts = []
        self.events = []
        self.asked = []
        self._mutex = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        gateway_pb2_grpc.add_GatewayServicer_to_server(self, self._server)
        peer_pb2_grpc.add_EndorserServicer_to_server(self, self._server)
        events_pb2_grpc.add_DeliverServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def endpoint(self):
        return Endpoint(f"peer{self.port}", f"127.0.0.1:{self.port}", "North")

    def close(self):
        self._server.stop(None).wait()

    def count(self, step):
        return self.calls.count(step)

    def _play(self, step, context):
        with self._mutex:
            self.calls.append(step)
            script = self.scripts.get(step, [])
            answer = script.pop(0) if script else None
        if answer is not None:
            if answer.peers:
                context.set_trailing_metadata([("grpc-status-details-bin", _details(answer))])
            context.abort(answer.status, answer.message)

    def Endorse(self, request, context):  # noqa: N802 - the protocol's name
        self._play("endorse", context)
        return gateway_pb2.EndorseResponse(prepared_transaction=endorsed(parsed(request.proposed_transaction)))

    def Evaluate(self, request, context):  # noqa: N802 - the protocol's name
        self._play("evaluate", context)
        return gateway_pb2.EvaluateResponse(result=proposal_response_pb2.Response(status=200, payload=b"found"))

    def Submit(self, request, context):  # noqa: N802 - the protocol's name
        self._play("submit", context)
        with self._mutex:
            if request.transaction_id not in self.codes:
                self.codes[request.transaction_id] = (transaction_pb2.VALID, self.height)
                self.height += 1
        return gateway_pb2.SubmitResponse()

    def CommitStatus(self, request, context):  # noqa: N802 - the protocol's name
        self._play("commit", context)
        asked = gateway_pb2.CommitStatusRequest.FromString(request.request)
        code, block = self.codes[asked.transaction_id]
        return gateway_pb2.CommitStatusResponse(result=code, block_number=block)

    def ProcessProposal(self, request, context):  # noqa: N802 - the protocol's name
        self._play("query", context)
        proposal = proposal_pb2.Proposal.FromString(request.proposal_bytes)
        payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
        arguments = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec.input.args
        if arguments[0] == b"GetChainInfo":
            return _said(ledger_pb2.BlockchainInfo(height=self.height).SerializeToString())
        if arguments[0] == b"GetTransactionByID" and arguments[2].decode() in self.codes:
            code, _ = self.codes[arguments[2].decode()]
            found = transaction_pb2.ProcessedTransaction(validationCode=code)
            return _said(found.SerializeToString())
        message = f"Failed to get transaction: no such transaction ID [{arguments[-1].decode()}] in index"
        return proposal_response_pb2.ProposalResponse(
            response=proposal_response_pb2.Response(status=500, message=message)
        )

    def Deliver(self, requests, context):  # noqa: N802 - the protocol's name
        payload = common_pb2.Payload.FromString(next(requests).payload)
        sought = ab_pb2.SeekInfo.FromString(payload.data)
        start, stop = sought.start.specified.number, sought.stop.specified.number
        self.asked.append(start)
        self._play("deliver", context)
        cut = self.cuts.pop(0) if self.cuts else None
        for block in self.blocks:
            if start <= block.header.number <= stop:
                if cut is not None and block.header.number >= cut:
                    context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
                yield events_pb2.DeliverResponse(block=block)
        there = self.blocks and self.blocks[-1].header.number >= stop
        yield events_pb2.DeliverResponse(status=common_pb2.SUCCESS if there else common_pb2.NOT_FOUND)

    def ChaincodeEvents(self, request, context):  # noqa: N802 - the protocol's name
        asked = gateway_pb2.ChaincodeEventsRequest.FromString(request.request)
        self.asked.append((asked.start_position.specified.number, asked.after_transaction_id))
        self._play("events", context)
        passed = not asked.after_transaction_id
        for block, transaction_id, name in self.events:
            if block >= asked.start_position.specified.number and passed:
                yield gateway_pb2.ChaincodeEventsResponse(
                    block_number=block, events=[{"tx_id": transaction_id, "event_name": name, "payload": b"p"}]
                )
                if self.cuts and self.cuts[0] == transaction_id:
                    self.cuts.pop(0)
                    context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            passed = passed or transaction_id == asked.after_transaction_id


def parsed(signed):
    """Return a signed proposal as the client that made it has it."""
    proposal = proposal_pb2.Proposal.FromString(signed.proposal_bytes)
    header = common_pb2.Header.FromString(proposal.header)
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    arguments = proposal_pb2.ChaincodeProposalPayload(input=payload.input).SerializeToString()
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    return Proposal(
        channel.tx_id, channel.channel_id, spec.chaincode_id.name, signed.proposal_bytes,
        channel_header=header.channel_header, signature_header=header.signature_header, arguments=arguments,
    )  # fmt: skip


def _said(payload):
    action = proposal_pb2.ChaincodeAction(response=proposal_response_pb2.Response(status=200, payload=payload))
    signed = proposal_response_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    return proposal_response_pb2.ProposalResponse(
        response=proposal_response_pb2.Response(status=200), payload=signed.SerializeToString()
    )


def _details(answer):
    body = b""
    for number, message in enumerate(answer.peers):
        packed = any_pb2.Any()
        packed.Pack(gateway_pb2.ErrorDetail(address=f"p{number}", msp_id="Org", message=message))
        content = packed.SerializeToString()
        assert len(content) < 16_384
        body += b"\x1a" + bytes([len(content) & 0x7F | 0x80, len(content) >> 7]) + content
    return body
