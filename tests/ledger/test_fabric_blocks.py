"""Reading Fabric's blocks: what counts, and what is refused whoever delivers it."""

import contextlib
from hashlib import sha256

import pytest
from fabric_pieces import NOON, SIGNER, block, chain, configuration, proposed, signer, submittable
from fabric_protos.common import common_pb2
from fabric_protos.peer import transaction_pb2
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.deflate import deflated
from provenance.ledger.fabric.blocks import Source, header_hash, read
from provenance.ledger.port import Failed, Validity

SOURCE = Source("trade", "goods")


def kept(*arguments, writes=(), nonce=1, **given):
    return submittable(proposed(*arguments, nonce=bytes([nonce]) * 24, **given), writes=writes).envelope


def test_a_transaction_is_read_down_to_what_it_wrote():
    made = proposed(b"goods:put", b'{"a":1}')
    sent = submittable(made, writes=[("a", b"1"), ("gone", None), ("b", b"2")])
    found = read(block(3, [sent.envelope], previous=b"p" * 32), SOURCE)
    assert (found.number, found.previous_hash) == (3, b"p" * 32)
    (entry,) = found.transactions
    assert (entry.id, entry.name, entry.arguments) == (made.transaction_id, "goods:put", b'{"a":1}')
    assert (entry.creator, entry.certificate, entry.time) == ("Acme", SIGNER.certificate, NOON)
    assert [(write.key, write.value) for write in entry.writes] == [("a", b"1"), ("b", b"2")]
    assert entry.validity is Validity.VALID


def test_deflated_arguments_are_read_as_they_were_before():
    body = b'{"events":[%b]}' % b",".join([b'"the same again"'] * 500)
    sent = deflated(body)
    assert len(sent) < len(body) / 10
    found = read(block(1, [kept(b"goods:put", sent), kept(b"goods:put", sent[:-1], nonce=2)]), SOURCE)
    assert [each.arguments for each in found.transactions] == [body, sent[:-1]]


@pytest.mark.parametrize(
    ("code", "validity"),
    [
        (transaction_pb2.VALID, Validity.VALID),
        (transaction_pb2.MVCC_READ_CONFLICT, Validity.CONFLICT),
        (transaction_pb2.PHANTOM_READ_CONFLICT, Validity.CONFLICT),
        (transaction_pb2.DUPLICATE_TXID, Validity.INVALID),
        (transaction_pb2.ENDORSEMENT_POLICY_FAILURE, Validity.INVALID),
        (transaction_pb2.NOT_VALIDATED, Validity.INVALID),
    ],
)
def test_peers_say_what_is_valid(code, validity):
    ((entry,)) = read(block(1, [kept(b"goods:put", b"{}")], [code]), SOURCE).transactions
    assert entry.validity is validity


def test_only_our_chaincode_on_our_channel_counts():
    others = [
        kept(b"goods:put", b"{}", chaincode="bads"),
        kept(b"goods:put", b"{}", channel="gossip"),
        kept(b"goods:put", nonce=2),
        kept(b"goods:put", b"{}", b"more", nonce=3),
    ]
    found = read(block(1, [*others, kept(b"goods:get", b"{}", nonce=4)]), SOURCE)
    assert [each.name for each in found.transactions] == ["goods:get"]


def test_what_is_written_under_another_name_is_nothing_of_ours():
    sent = submittable(proposed(b"goods:put", b"{}"), writes=[("a", b"1")], space="bads")
    ((entry,)) = read(block(1, [sent.envelope]), SOURCE).transactions
    assert entry.writes == ()


def test_a_configuration_is_a_block_without_transactions():
    assert read(block(5, [configuration()]), SOURCE).transactions == ()


def test_the_genesis_block_has_no_validation_codes():
    genesis = block(0, [configuration()])
    del genesis.metadata.metadata[:]
    assert read(genesis, SOURCE).number == 0
    later = block(1, [configuration()])
    del later.metadata.metadata[:]
    with pytest.raises(Failed, match="validation codes"):
        read(later, SOURCE)


def test_a_changed_transaction_is_found_by_the_data_hash():
    honest = block(1, [kept(b"goods:put", b"{}")])
    honest.data.data[0] = kept(b"goods:put", b'{"a":9}')
    with pytest.raises(Failed, match="data hash") as refused:
        read(honest, SOURCE)
    assert refused.value.code == "ledger.block"


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_transactions_divided_otherwise_are_refused(cut):
    """The data hash is over all envelopes in a row, and does not tell where one ends (CVE-2023-46132)."""
    first, second = kept(b"goods:put", b"{}"), kept(b"goods:put", b'{"b":2}', nonce=2)
    moved = [first + second[:cut], second[cut:]]
    assert sha256(b"".join(moved)).digest() == sha256(first + second).digest()
    with pytest.raises(Failed, match="not sound"):
        read(block(1, moved), SOURCE)


def test_two_envelopes_run_together_are_refused():
    first, second = kept(b"goods:put", b"{}"), kept(b"goods:put", b'{"b":2}', nonce=2)
    with pytest.raises(Failed, match="not spelled"):
        read(block(1, [first + second]), SOURCE)


@pytest.mark.parametrize("more", [b"\x1a\x01x", b"\x12\x00", b"\x0a\x00"])
def test_an_envelope_with_another_field_behind_it_is_refused(more):
    with pytest.raises(Failed, match="not sound"):
        read(block(1, [kept(b"goods:put", b"{}") + more]), SOURCE)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_whatever_is_in_a_block_it_is_read_or_refused(envelopes):
    with contextlib.suppress(Failed):
        assert read(block(1, envelopes), SOURCE).transactions == ()


def test_a_count_of_codes_that_is_not_the_transactions_is_refused():
    with pytest.raises(Failed, match="validation codes"):
        read(block(1, [kept(b"goods:put", b"{}")], [0, 0]), SOURCE)


def test_a_creator_is_who_signed_and_not_who_is_named():
    stranger = signer("Stranger")
    sent = submittable(proposed(b"goods:put", b'{"by":"Acme"}', by=stranger), by=stranger)
    ((entry,)) = read(block(1, [sent.envelope]), SOURCE).transactions
    assert (entry.creator, entry.certificate) == ("Stranger", stranger.certificate)


def test_blocks_hang_together_by_their_header_hashes():
    first, second = chain([configuration()], [kept(b"goods:put", b"{}")])
    assert read(second, SOURCE).previous_hash == read(first, SOURCE).hash == header_hash(first.header)


def test_a_header_is_hashed_in_der():
    header = common_pb2.BlockHeader(number=0, previous_hash=b"", data_hash=b"d" * 32)
    assert header_hash(header) == sha256(b"\x30\x27\x02\x01\x00\x04\x00\x04\x20" + b"d" * 32).digest()


@pytest.mark.parametrize(
    ("number", "der"),
    [
        (0, "020100"), (127, "02017f"), (128, "02020080"), (255, "020200ff"), (256, "02020100"),
        (2**31, "02050080000000"), (2**63, "0209008000000000000000"), (2**64 - 1, "020900ffffffffffffffff"),
    ],
)  # fmt: skip
def test_numbers_are_integers_without_a_sign(number, der):
    body = bytes.fromhex(der) + b"\x04\x20" + b"p" * 32 + b"\x04\x20" + b"d" * 32
    header = common_pb2.BlockHeader(number=number, previous_hash=b"p" * 32, data_hash=b"d" * 32)
    assert header_hash(header) == sha256(b"\x30" + bytes([len(body)]) + body).digest()


def test_long_contents_have_long_lengths():
    body = b"\x02\x01\x01\x04\x81\x80" + b"p" * 128 + b"\x04\x82\x01\x00" + b"d" * 256
    header = common_pb2.BlockHeader(number=1, previous_hash=b"p" * 128, data_hash=b"d" * 256)
    assert header_hash(header) == sha256(b"\x30\x82\x01\x8a" + body).digest()
