"""The product's contracts on a real Fabric network, through the gateway's own doors."""

import dataclasses
import logging
import threading
import time
import uuid
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from fabric_pieces import signer as self_signed
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import proposal_pb2, proposal_response_pb2

import chaincode
from provenance import bootstrap
from provenance.cli import run
from provenance.contracts import Contracts
from provenance.domain import canonical
from provenance.domain.epcis import chunk, document
from provenance.domain.gs1.keys import CANONICAL_STEM, check_digit
from provenance.domain.records import Organisation, PlaceKind, Role
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.fabric import (
    Call,
    Contract,
    EndorseError,
    FabricLedger,
    Gateway,
    Patience,
    Peer,
    Peers,
    load,
)
from provenance.ledger.fabric.outcomes import unendorsed
from provenance.ledger.fabric.reading import read
from provenance.ledger.fabric.wallet import opened
from provenance.ledger.identity import CertificateAuthority, InsecureWallet, genuine
from provenance.ledger.port import Failed, Rejected, Transaction, Unknown, Validity
from provenance.readmodel import ReadModel
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from provenance.settings import Settings
from provenance.settling import Settler

PREFIX = "9521777"
MEMBER = "SevenBridges"


@pytest.fixture(scope="module")
def chosen(fabric):
    return Settings(
        connection_profile=str(fabric.profile("Steward")), insecure_signers=str(fabric.home / "organisations")
    )


@pytest.fixture(scope="module")
def gateway(chosen, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with suppress(Failed):  # another module may have founded it already
        bootstrap.initialise(home, chosen)
    with closing(bootstrap.open_gateway(home, chosen)) as gateway:
        bootstrap.enrol(gateway, MEMBER, name="Member", roles=[Role.CARRIER], prefixes=[PREFIX])
        yield gateway


def scan(serial):
    event = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "storing",
        "epcList": [f"https://id.gs1.org/01/09521234000013/21/{serial}"],
    }
    (captured,) = document.read(canonical.dump(event)).events
    return captured


def client(fabric, organisation=MEMBER, **changes):
    profile = dataclasses.replace(load(fabric.profile(organisation)), **changes)
    signer = opened(profile.organisation, profile.certificate, profile.key)
    return FabricLedger(profile, signer), signer


def test_an_act_is_recorded_and_read_back(gateway):
    digits = f"{PREFIX}00001"
    place = f"{CANONICAL_STEM}/414/{digits}{check_digit(digits)}"
    contracts = gateway.contracts_for(MEMBER)
    receipt = contracts.register_place(place=place, name="Hub", place_kind=PlaceKind.WAREHOUSE, country="NL")
    assert gateway.ledger.find(receipt.transaction_id) == receipt
    assert contracts.query(Organisation, MEMBER).prefixes == (PREFIX,)


def test_a_refusal_names_the_contracts_code(gateway):
    with pytest.raises(Rejected) as refused:
        gateway.contracts_for(MEMBER).enrol(organisation="Somebody", name="Somebody", roles=[Role.BRAND])
    assert refused.value.code == "authority.steward"
    assert len(refused.value.transaction_id) == 64


def test_scans_that_arrive_together_share_transactions_and_each_has_its_answer(gateway):
    start = gateway.ledger.height()
    run_id = uuid.uuid4().hex[:8]
    scans = [scan(f"{run_id}{number}") for number in range(24)]
    spoilt = dataclasses.replace(scans[7], id="ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0")
    scans[7] = spoilt
    outcomes = {}

    def submit(number):
        try:
            outcomes[number] = gateway.record(MEMBER, scans[number])
        except Rejected as error:
            outcomes[number] = error

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(len(scans))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(outcomes.pop(7), Rejected)
    recorded = {
        entry.id: transaction.id
        for block in gateway.ledger.blocks(start)
        for transaction in block.transactions
        if transaction.validity is Validity.VALID and transaction.name == "custody:append"
        for entry in chunk.entries(transaction.arguments)
    }
    assert {scans[number].id: receipt.transaction_id for number, receipt in outcomes.items()} == recorded
    assert len(set(recorded.values())) < len(recorded)
    assert gateway.operations.outbox.count_unsettled() == 0


def test_small_documents_that_arrive_together_share_transactions(gateway):
    start = gateway.ledger.height()
    scans = [scan(uuid.uuid4().hex) for _ in range(30)]
    jobs = [gateway.operations.jobs.accept(MEMBER, canonical.dump(each.event)) for each in scans]
    spoilt = gateway.operations.jobs.accept(MEMBER, b'{"type":"ObjectEvent"}')
    stop = threading.Event()
    runner = threading.Thread(target=gateway.runner().run, args=(stop,))
    runner.start()
    deadline = time.monotonic() + 60
    while gateway.operations.jobs.open_count():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stop.set()
    runner.join()
    found = [gateway.operations.jobs.get(job.id) for job in jobs]
    assert [job.accepted for job in found] == [(each.id,) for each in scans]
    assert gateway.operations.jobs.get(spoilt.id).errors
    recorded = [
        (transaction.id, entry.id)
        for block in gateway.ledger.blocks(start)
        for transaction in block.transactions
        for entry in chunk.entries(transaction.arguments)
    ]
    assert sorted(entry for _, entry in recorded) == sorted(each.id for each in scans)
    assert len({transaction for transaction, _ in recorded}) < len(scans)
    assert gateway.operations.outbox.count_unsettled() == 0


def test_the_same_transactions_one_by_one_come_to_the_same_on_both_ledgers(gateway, tmp_path):
    gateway.record(MEMBER, scan(uuid.uuid4().hex))
    projected = ReadModel(f"sqlite:///{tmp_path / 'fabric.db'}")
    Projector(projected, gateway.ledger).catch_up()
    EmbeddedLedger.create(tmp_path, CertificateAuthority.create(tmp_path / "keys"))
    wallet = InsecureWallet(tmp_path / "keys")
    with closing(EmbeddedLedger.open(tmp_path, chaincode.execute)) as ledger:
        for block in gateway.ledger.blocks(0):
            for each in block.transactions:
                if each.validity is Validity.VALID:
                    ledger.submit(Transaction(each.name, each.arguments), wallet.add(each.creator))
        repeated = ReadModel(f"sqlite:///{tmp_path / 'embedded.db'}")
        Projector(repeated, ledger).catch_up()
        assert logical_digest(repeated) == logical_digest(projected)
    assert rebuild(f"sqlite:///{tmp_path / 'fabric.db'}", gateway.ledger) == logical_digest(repeated)
    for model in (projected, repeated):
        model.close()


def test_who_follows_sees_every_block_once_over_one_stream(fabric, gateway):
    ledger, _ = client(fabric)
    with closing(ledger):
        following, seen = ledger.following(), []
        deadline = time.monotonic() + 90
        while len(seen) < 4:
            assert time.monotonic() < deadline
            gateway.record(MEMBER, scan(uuid.uuid4().hex))
            start = seen[-1].number + 1 if seen else gateway.ledger.height() - 1
            while following.height() <= start:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            seen += following.blocks(start)
        assert [each.number for each in seen] == list(range(seen[0].number, seen[-1].number + 1))
        assert seen == list(ledger.blocks(seen[0].number))[: len(seen)]
        again = following.blocks(seen[0].number)
        assert next(again) == seen[0]


def test_configurations_and_other_chaincodes_are_blocks_without_transactions(gateway):
    founding = next(block.number for block in gateway.ledger.blocks(0) if block.transactions)
    assert founding > 1


@pytest.mark.parametrize("organisation", ["Brands", "Logistics", "Authorities"])
def test_a_chosen_organisations_peer_signs_what_it_read(fabric, gateway, organisation):
    ledger, signer = client(fabric)
    with closing(ledger):
        (peer,) = [each for each in ledger.known.values() if each.endpoint.organisation == organisation]
        asked = canonical.dump({"kind": "organisation", "id": MEMBER})
        call = Call(channel="provenance", chaincode="provenance", arguments=[b"registry:get", asked])
        found = read(peer, call, signer)
    answer = proposal_response_pb2.ProposalResponse.FromString(found.response)
    identity = identities_pb2.SerializedIdentity.FromString(answer.endorsement.endorser)
    key = x509.load_pem_x509_certificate(identity.id_bytes).public_key()
    assert identity.mspid == organisation
    assert genuine(key, answer.endorsement.signature, sha256(answer.payload + answer.endorsement.endorser).digest())
    extension = proposal_response_pb2.ProposalResponsePayload.FromString(answer.payload).extension
    spaces = rwset_pb2.TxReadWriteSet.FromString(proposal_pb2.ChaincodeAction.FromString(extension).results).ns_rwset
    reads = {
        each.key: each.version.block_num
        for space in spaces
        if space.namespace == "provenance"
        for each in kv_rwset_pb2.KVRWSet.FromString(space.rwset).reads
    }
    assert reads[f"organisation:{MEMBER}"] > 0


def test_where_one_peer_is_not_there_the_next_one_answers(fabric):
    profile = load(fabric.profile(MEMBER))
    gone = dataclasses.replace(profile.peers[0], name="gone", address="127.0.0.1:1")
    ledger, signer = client(fabric, peers=(gone, *profile.peers), known=(gone, *profile.known))
    with closing(ledger):
        assert ledger.height() > 0
        contracts = Contracts(ledger, signer)
        (arguments,) = chunk.build([scan(uuid.uuid4().hex)])
        receipt = contracts.append(arguments)
        assert ledger.find(receipt.transaction_id) == receipt
        assert next(iter(ledger.blocks(receipt.block))).number == receipt.block
        heights = ledger.heights()
    assert heights.pop("gone") is None
    assert None not in heights.values()


def test_where_no_peer_is_there_nothing_is_recorded_and_it_says_so(fabric):
    profile = load(fabric.profile(MEMBER))
    gone = dataclasses.replace(profile.peers[0], name="gone", address="127.0.0.1:1")
    profile = dataclasses.replace(profile, peers=(gone,), known=(gone,))
    signer = opened(profile.organisation, profile.certificate, profile.key)
    with closing(FabricLedger(profile, signer, patience=Patience(position=0.1))) as ledger:
        for ask in (ledger.height, lambda: ledger.find("0" * 64), lambda: Contracts(ledger, signer).append(b"{}")):
            with pytest.raises(Failed) as failed:
                ask()
            assert failed.value.code == "ledger.unavailable"


def test_a_certificate_that_nobody_vouches_for_is_refused(fabric):
    ledger, _ = client(fabric)
    with closing(ledger):
        stranger = Contracts(ledger, self_signed(MEMBER))
        with pytest.raises(Failed) as refused:
            stranger.append(b"{}")
    assert "access denied" in refused.value.detail


def test_a_proposal_of_another_time_is_refused(fabric):
    profile = load(fabric.profile(MEMBER))
    signer = opened(profile.organisation, profile.certificate, profile.key)
    late = datetime.now(UTC) - timedelta(minutes=10)
    with closing(Peers([Peer(each, profile.tls) for each in profile.peers])) as peers:
        contract = Contract(Gateway(peers), signer, channel="provenance", chaincode="provenance", now=lambda: late)
        (arguments,) = chunk.build([scan("x")])
        with pytest.raises(EndorseError) as refused:
            contract.endorse(b"custody:append", arguments)
    assert unendorsed(refused.value).error.code == "ledger.clock"


def test_a_transaction_can_be_sent_without_waiting_and_asked_for_later(fabric):
    profile = load(fabric.profile(MEMBER))
    signer = opened(profile.organisation, profile.certificate, profile.key)
    with closing(Peers([Peer(each, profile.tls) for each in profile.peers])) as peers:
        contract = Contract(Gateway(peers), signer, channel="provenance", chaincode="provenance")
        (arguments,) = chunk.build([scan(uuid.uuid4().hex)])
        sent = contract.send(b"custody:append", arguments)
        assert b"root" in sent.result
        assert sent.status().require_valid().block > 0
        again = contract.resend(sent.transaction)
        assert again.status() == sent.status()


def test_an_answer_that_was_lost_is_found_by_the_outbox(fabric, gateway):
    """The gateway dies after the orderers took a transaction, and before it could tell anybody."""
    ledger, signer = client(fabric)
    (arguments,) = chunk.build([scan(uuid.uuid4().hex)])
    outbox = gateway.operations.outbox

    def lose(signed):
        outbox.post(signed.id, signed.envelope, organisation=MEMBER)
        ledger.resubmit(signed.envelope)
        raise Unknown("ledger.unknown", "the answer was lost", signed.id)

    with closing(ledger):
        with pytest.raises(Unknown) as unknown:
            ledger.submit(Transaction("custody:append", arguments), signer, lose)
        settler = Settler(outbox, gateway.ledger, rested=timedelta(seconds=-1))
        assert settler.run_once() == 1
        assert outbox.count_unsettled() == 0
        counted = [each.id for block in ledger.blocks(0) for each in block.transactions if each.arguments == arguments]
    assert counted == [unknown.value.transaction_id]


def test_what_belongs_to_the_embedded_ledger_says_so(chosen, fabric, gateway, monkeypatch, capsys):
    monkeypatch.setenv("PROVENANCE_CONNECTION_PROFILE", chosen.connection_profile)
    for command in (["ledger", "verify"], ["ledger", "checkpoint"], ["ledger", "export"], ["certs", "list"]):
        assert run(["--home", str(gateway.home), *command]) == 1
        assert "belongs to the embedded ledger" in capsys.readouterr().err


def test_the_read_model_is_projected_from_fabric_by_the_command_line(chosen, gateway, monkeypatch, capsys, caplog):
    caplog.set_level(logging.ERROR)
    monkeypatch.setenv("PROVENANCE_CONNECTION_PROFILE", chosen.connection_profile)
    assert run(["--home", str(gateway.home), "project"]) == 0
    digest = capsys.readouterr().out
    assert run(["--home", str(gateway.home), "project", "--rebuild"]) == 0
    assert capsys.readouterr().out == digest
