"""Asking a peer whom it knows to endorse: its gateway can only turn to those.

Peers learn from each other by gossip which chaincode each of them has; that takes a moment after a start or a
deployment. A peer that knows as many as the policy asks for accepts transactions, but a single loss stops it; so every
peer has to know all of them. The question is put with the discovery service, signed by the administrator of the peer's
organisation.
"""

import hashlib
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from fabric_protos.discovery import protocol_pb2 as discovery
from fabric_protos.discovery import protocol_pb2_grpc as discovery_grpc
from fabric_protos.msp import identities_pb2 as identities
from fabric_protos.peer import proposal_response_pb2 as responses

from network import waiting
from network.layout import Home
from network.topology import Node, Topology

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_KNOWN_WITHIN = 120.0
_ANSWERS_WITHIN = 5.0


def wait_for_endorsers(topology: Topology, home: Home, needs: tuple[str, ...] = ()) -> None:
    """Return when every peer knows every peer as an endorser of the chaincode. Raises `NotReady`."""
    for node in topology.peers:
        waiting.until(
            lambda node=node: lacking(topology, home, node),  # type: ignore[misc]
            f"{node.name} knows who endorses",
            within=_KNOWN_WITHIN,
            folder=home.run,
            needs=(node.name, *needs),
        )


def lacking(topology: Topology, home: Home, node: Node) -> str | None:
    """Return what a peer lacks to know all endorsers of the chaincode, None where it knows them."""
    organisation = topology.organisation(node.organisation)
    user = home.user(organisation, "Admin")
    pair = (user / "tls" / "client.key").read_bytes(), (user / "tls" / "client.crt").read_bytes()
    trusted = home.tls_authority(organisation.domain).read_bytes()
    request = _signed(topology, organisation.id, user / "msp", pair[1])
    credentials = grpc.ssl_channel_credentials(trusted, *pair)
    options = (("grpc.ssl_target_name_override", node.name),)
    with grpc.secure_channel(f"{topology.host}:{node.port}", credentials, options) as channel:
        try:
            answer = discovery_grpc.DiscoveryStub(channel).Discover(request, timeout=_ANSWERS_WITHIN)
        except grpc.RpcError as error:
            return f"{node.name} answers {error}"
    result = answer.results[0]
    if result.WhichOneof("result") != "cc_query_res":
        return str(result.error.content)
    known, wanted = _endorsers(result.cc_query_res), len(topology.peers)
    return None if known == wanted else f"{node.name} knows {known} of {wanted} endorsers"


def _endorsers(answer: discovery.ChaincodeQueryResult) -> int:
    (descriptor,) = answer.content
    return len({peer.identity for group in descriptor.endorsers_by_groups.values() for peer in group.peers})


def _signed(topology: Topology, identifier: str, msp: Path, tls: bytes) -> discovery.SignedRequest:
    certificate = next((msp / "signcerts").glob("*.pem")).read_bytes()
    creator = identities.SerializedIdentity(mspid=identifier, id_bytes=certificate).SerializeToString()
    der = x509.load_pem_x509_certificate(tls).public_bytes(serialization.Encoding.DER)
    interest = responses.ChaincodeInterest(chaincodes=[responses.ChaincodeCall(name=topology.chaincode.name)])
    query = discovery.Query(channel=topology.channel, cc_query=discovery.ChaincodeQuery(interests=[interest]))
    stated = discovery.AuthInfo(client_identity=creator, client_tls_cert_hash=hashlib.sha256(der).digest())
    payload = discovery.Request(authentication=stated, queries=[query]).SerializeToString()
    return discovery.SignedRequest(payload=payload, signature=_sign(next((msp / "keystore").glob("*")), payload))


def _sign(path: Path, content: bytes) -> bytes:
    """Return a signature as Fabric takes it: of two equivalent ones the one with the low S."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is no elliptic curve's key")
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(hashes.SHA256())))
    return encode_dss_signature(r, min(s, _ORDER - s))
