"""Fabric's messages made by hand, as peers make them: endorsed transactions and blocks."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2, proposal_response_pb2, transaction_pb2

from provenance.ledger.fabric import envelope
from provenance.ledger.fabric.blocks import header_hash
from provenance.ledger.fabric.proposal import Call, build, identity_of
from provenance.ledger.identity import FileSigner

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NONCE = bytes(range(24))


def signer(organisation="Acme"):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOON).not_valid_after(NOON + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return FileSigner(organisation, certificate, key)


SIGNER = signer()


def proposed(*arguments, chaincode="goods", channel="trade", nonce=NONCE, by=SIGNER, transient=()):
    call = Call(channel=channel, chaincode=chaincode, arguments=arguments, transient=dict(transient))
    return build(call, identity_of(by), nonce=nonce, time=NOON)


def endorsed(proposal, *, result=b"done", writes=(), proposal_hash=None, space=None):
    """Return the transaction that a gateway puts together, unsigned."""
    spaces = [
        rwset_pb2.NsReadWriteSet(
            namespace=space or proposal.chaincode,
            rwset=kv_rwset_pb2.KVRWSet(
                writes=[
                    kv_rwset_pb2.KVWrite(key=key, value=value or b"", is_delete=value is None) for key, value in writes
                ]
            ).SerializeToString(),
        )
    ]
    action = proposal_pb2.ChaincodeAction(
        results=rwset_pb2.TxReadWriteSet(ns_rwset=spaces).SerializeToString(),
        response=proposal_response_pb2.Response(status=200, payload=result),
        chaincode_id=chaincode_pb2.ChaincodeID(name=proposal.chaincode, version="1"),
    )
    response = proposal_response_pb2.ProposalResponsePayload(
        proposal_hash=proposal.hash if proposal_hash is None else proposal_hash, extension=action.SerializeToString()
    )
    return assembled(proposal, response.SerializeToString())


def assembled(proposal, response, **changes):
    given = {
        "channel_header": proposal.channel_header,
        "signature_header": proposal.signature_header,
        "creator": proposal.signature_header,
        "arguments": proposal.arguments,
        **changes,
    }
    payload = transaction_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=given["arguments"],
        action=transaction_pb2.ChaincodeEndorsedAction(proposal_response_payload=response),
    )
    transaction = transaction_pb2.Transaction(
        actions=[transaction_pb2.TransactionAction(header=given["creator"], payload=payload.SerializeToString())]
    )
    header = common_pb2.Header(channel_header=given["channel_header"], signature_header=given["signature_header"])
    whole = common_pb2.Payload(header=header, data=transaction.SerializeToString())
    return common_pb2.Envelope(payload=whole.SerializeToString())


def response_of(transaction):
    """Return the serialized response that endorsers signed."""
    payload = common_pb2.Payload.FromString(transaction.payload)
    (action,) = transaction_pb2.Transaction.FromString(payload.data).actions
    return transaction_pb2.ChaincodeActionPayload.FromString(action.payload).action.proposal_response_payload


def submittable(proposal, by=SIGNER, **given):
    prepared = envelope.prepared(proposal, endorsed(proposal, **given))
    return envelope.sign(prepared, by.sign(prepared.digest))


def configuration(channel="trade"):
    """Return the envelope of a configuration, which a block holds alone."""
    header = common_pb2.ChannelHeader(type=common_pb2.CONFIG, channel_id=channel)
    payload = common_pb2.Payload(header=common_pb2.Header(channel_header=header.SerializeToString()), data=b"groups")
    return common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString()


def block(number, envelopes, codes=None, *, previous=b"", data_hash=None):
    made = common_pb2.Block()
    made.header.number = number
    made.header.previous_hash = previous
    made.header.data_hash = sha256(b"".join(envelopes)).digest() if data_hash is None else data_hash
    made.data.data.extend(envelopes)
    flags = bytes(len(envelopes)) if codes is None else bytes(codes)
    made.metadata.metadata.extend([b"signatures", b"", flags])
    return made


def chain(*contents):
    """Return blocks of envelopes, each on the one before."""
    made, previous = [], b""
    for number, envelopes in enumerate(contents):
        made.append(block(number, envelopes, previous=previous))
        previous = header_hash(made[-1].header)
    return made
