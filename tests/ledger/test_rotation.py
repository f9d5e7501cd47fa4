"""Keys are replaced while a ledger goes on: what was signed before counts for ever, what is signed after never."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from ledger_contract import ask
from ledger_scene import Opening, begin

from provenance.domain.errors import Malformed
from provenance.ledger import certificates
from provenance.ledger.embedded import EmbeddedLedger, rows
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.checkpoint import Checkpoint, checkpoint
from provenance.ledger.embedded.envelope import sha256
from provenance.ledger.embedded.reconfigure import revoke
from provenance.ledger.embedded.rotation import end, rotate, rotate_ledger
from provenance.ledger.embedded.verify import verify
from provenance.ledger.identity import (
    CertificateAuthority,
    FileSigner,
    IdentityError,
    InsecureWallet,
    certified_key,
)
from provenance.ledger.port import Conflict, Failed, LedgerError, Signed


def wallet(opening: Opening) -> InsecureWallet:
    return InsecureWallet(opening.folder / "keys")


def refusal(ledger: EmbeddedLedger, signer: FileSigner) -> str:
    height = ledger.height()
    with pytest.raises(LedgerError) as refused:
        ledger.submit(ask("increment", key="n"), signer)
    assert ledger.height() == height
    return refused.value.code


def key_files(opening: Opening) -> set[str]:
    return {path.name for path in (opening.folder / "keys").rglob("*.key.pem")}


def test_a_former_key_signs_nothing_more_in_a_ledger_that_runs(opening: Opening) -> None:
    ledger, former = opening()
    held = wallet(opening)
    assert held.signer("Acme").certificate == former.certificate
    ledger.submit(ask("increment", key="n"), former)
    assert rotate(opening.folder, "Acme") == 2
    assert refusal(ledger, former) == "membership.revoked"
    with pytest.raises(Failed) as refused:
        ledger.evaluate(ask("get", key="n"), former)
    assert refused.value.code == "membership.revoked"
    assert held.signer("Acme").certificate != former.certificate
    assert ledger.submit(ask("increment", key="n"), held.signer("Acme")).result == b"2"
    ledger.close()
    assert verify(opening.folder).ok
    assert len([name for name in key_files(opening) if name.startswith("Acme")]) == 1


def test_an_organisation_whose_key_was_ended_signs_nothing_until_it_has_another(opening: Opening) -> None:
    ledger, former = opening()
    wallet(opening).add("Other")
    ledger.submit(ask("increment", key="n"), former)
    assert end(opening.folder, "Acme") == 2
    assert refusal(ledger, wallet(opening).signer("Acme")) == "membership.revoked"
    assert ledger.submit(ask("increment", key="n"), wallet(opening).signer("Other")).result == b"2"
    assert end(opening.folder, "Acme") == 2, "what is revoked already is not revoked again"
    assert ledger.height() == 4
    rotate(opening.folder, "Acme")
    assert ledger.submit(ask("increment", key="n"), wallet(opening).signer("Acme")).result == b"3"
    assert refusal(ledger, former) == "membership.revoked"
    ledger.close()
    assert verify(opening.folder).ok


def test_keys_of_an_unfinished_rotation_are_ended_too(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, former = opening()
    with monkeypatch.context() as patch:
        _break(patch, "revoke")
        with pytest.raises(KeyboardInterrupt):
            rotate(opening.folder, "Acme")
    between = wallet(opening).signer("Acme")
    end(opening.folder, "Acme")
    assert {refusal(ledger, signer) for signer in (former, between)} == {"membership.revoked"}
    ledger.close()


def test_every_certificate_of_a_revoked_key_is_revoked(opening: Opening) -> None:
    ledger, first = opening()
    authority = CertificateAuthority.open(opening.folder / "keys")
    renewed = authority.renew("Acme")
    assert certified_key(renewed.certificate) == certified_key(first.certificate)
    for signer in (first, renewed):
        ledger.submit(ask("increment", key="n"), signer)
    key = FileSigner.open(opening.folder / "keys" / "organisations", "Acme")._key
    spelled = FileSigner("Acme", b"another spelling\n" + first.certificate, key)
    ledger.submit(ask("increment", key="n"), spelled)
    rotate(opening.folder, "Acme")
    assert {refusal(ledger, signer) for signer in (first, renewed, spelled)} == {"membership.revoked"}
    ledger.close()
    assert verify(opening.folder).ok


def test_what_is_signed_with_a_revoked_key_is_found_in_a_ledger(opening: Opening, tmp_path: Path) -> None:
    ledger, acme = opening()
    ledger.submit(ask("increment", key="n"), acme)
    ledger.close()
    revoked = opening.folder
    shutil.copytree(revoked, tmp_path / "honest")
    revoke(tmp_path / "honest", tmp_path / "honest" / "keys", [certified_key(acme.certificate)])
    ledger, acme = opening()
    ledger.submit(ask("increment", key="n"), acme)
    ledger.close()
    _move_behind_a_revocation(opening.folder, tmp_path / "honest")
    report = verify(tmp_path / "honest")
    assert any("block 3" in problem and "is revoked" in problem for problem in report.problems)
    assert not any("block 1" in problem for problem in report.problems)


def _move_behind_a_revocation(source: Path, target: Path) -> None:
    """Append block 2 of one ledger as block 3 of another as its operator could, chained and signed."""
    signer = FileSigner.open(target / "keys", "ledger")
    with closing(sqlite3.connect(target / "ledger.db", isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS source", (str(source / "ledger.db"),))
        connection.execute("""INSERT INTO transactions SELECT 3, position, id, proposal, signature, response,
            endorsement, validity, arguments FROM source.transactions WHERE block = 2""")
        connection.execute("UPDATE state SET block = 3, value = (SELECT value FROM source.state)")
        (data,) = connection.execute("SELECT data_hash FROM source.blocks WHERE number = 2").fetchone()
        header = Header(3, rows.head(connection).hash(), data)
        rows.put_block(connection, header, signer.sign(header.hash()))


def test_what_was_endorsed_before_a_change_is_simulated_again(opening: Opening) -> None:
    ledger, acme = opening()
    wallet(opening).add("Other")
    kept: list[Signed] = []

    def rotate_between(signed: Signed) -> None:
        kept.append(signed)
        rotate(opening.folder, "Other")

    with pytest.raises(Conflict) as refused:
        ledger.submit(ask("increment", key="n"), acme, rotate_between)
    assert refused.value.code == "ledger.configuration"
    assert ledger.submit(ask("increment", key="n"), acme).result == b"1"
    with pytest.raises(Conflict):
        ledger.resubmit(kept[0].envelope)
    ledger.close()
    assert verify(opening.folder).ok


def test_the_ledgers_own_key_is_replaced_while_it_runs(opening: Opening) -> None:
    first, acme = opening()
    second, _ = opening()
    kept: list[Signed] = []
    receipt = first.submit(ask("increment", key="n"), acme, kept.append)
    certificate = first.signer.certificate
    assert rotate_ledger(opening.folder) == 2
    for ledger in (first, second):
        ledger.submit(ask("increment", key="n"), acme)
        assert ledger.signer.certificate != certificate
    assert first.resubmit(kept[0].envelope) == receipt
    rotate_ledger(opening.folder)
    first.submit(ask("increment", key="n"), acme)
    for ledger in (first, second):
        ledger.close()
    reopened, _ = opening()
    assert reopened.submit(ask("increment", key="n"), acme).result == b"5"
    reopened.close()
    report = verify(opening.folder)
    assert (report.problems, report.height) == ((), 8)
    assert len([name for name in key_files(opening) if name.startswith("ledger")]) == 1


def test_an_envelope_that_a_former_key_endorsed_is_not_taken(opening: Opening) -> None:
    ledger, acme = opening()
    kept: list[Signed] = []
    with pytest.raises(Conflict):
        ledger.submit(
            ask("increment", key="n"), acme, lambda signed: (kept.append(signed), rotate_ledger(opening.folder))[0]
        )
    with pytest.raises(Failed) as refused:
        ledger.resubmit(kept[0].envelope)
    assert refused.value.code == "ledger.envelope"
    assert ledger.submit(ask("increment", key="n"), acme).result == b"1"
    ledger.close()


def test_checkpoints_hold_across_replacements(opening: Opening, tmp_path: Path) -> None:
    ledger, acme = opening()
    heads = []
    for _ in range(3):
        ledger.submit(ask("increment", key="n"), acme)
        heads.append(checkpoint(ledger))
        rotate_ledger(opening.folder)
        heads.append(checkpoint(ledger))
    ledger.close()
    assert [verify(opening.folder, head).problems for head in heads] == [()] * 6
    shutil.copytree(opening.folder, tmp_path / "shorter")
    with closing(sqlite3.connect(tmp_path / "shorter" / "ledger.db")) as connection, connection:
        for table, column in (("blocks", "number"), ("configuration", "block")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = 6")  # noqa: S608
    assert [problem.split(":")[0] for problem in verify(tmp_path / "shorter", heads[-1]).problems] == ["block 6"]


def test_a_former_key_of_the_ledger_signs_no_checkpoint_of_later(opening: Opening, tmp_path: Path) -> None:
    shutil.copytree(opening.folder, tmp_path / "before")
    rotate_ledger(opening.folder)
    ledger, acme = opening()
    ledger.submit(ask("increment", key="n"), acme)
    honest = checkpoint(ledger)
    former = FileSigner.open(tmp_path / "before" / "keys", "ledger")
    forged = _signed_by(former, honest)
    ledger.close()
    assert verify(opening.folder, honest).ok
    assert any("not signed" in problem for problem in verify(opening.folder, forged).problems)


def _signed_by(signer: FileSigner, head: bytes) -> bytes:
    other = replace(Checkpoint.decode(head), certificate=signer.certificate)
    return replace(other, signature=signer.sign(other.digest())).encode()


def put_configuration(folder: Path, body: bytes, signer: FileSigner) -> None:
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as connection:
        head = rows.head(connection)
        header = Header(head.number + 1, head.hash(), sha256(body))
        rows.put_configuration(connection, header.number, body)
        rows.put_block(connection, header, signer.sign(header.hash()))


def test_a_configuration_that_may_not_follow_is_found(opening: Opening, tmp_path: Path) -> None:
    ledger, acme = opening()
    revoke(opening.folder, opening.folder / "keys", ["0" * 64])
    now, signer = ledger.configuration, FileSigner.open(opening.folder / "keys", "ledger")
    ledger.close()
    other = CertificateAuthority.create(tmp_path / "other")
    cases = {
        "another authority": replace(now, authority=other.certificate, ledger=other.issue_ledger().certificate),
        "takes a revocation back": replace(now, revoked=()),
        "not issued": replace(now, ledger=other.issue_ledger().certificate),
        "role": replace(now, ledger=acme.certificate),
    }
    for number, (said, configuration) in enumerate(cases.items()):
        shutil.copytree(opening.folder, tmp_path / str(number))
        put_configuration(tmp_path / str(number), configuration.encode(), signer)
        assert [said in problem for problem in verify(tmp_path / str(number)).problems] == [True], said


def test_only_the_key_in_force_signs_a_configuration(opening: Opening, tmp_path: Path) -> None:
    ledger, _ = opening()
    authority = CertificateAuthority.open(opening.folder / "keys")
    successor = authority.prepare_ledger()
    put_configuration(opening.folder, replace(ledger.configuration, ledger=successor.certificate).encode(), successor)
    ledger.close()
    assert any("block 1: its header is not signed" in problem for problem in verify(opening.folder).problems)


@pytest.mark.parametrize(
    "revoked",
    [["bb", "aa"], ["aa", "aa"], [], ["AA"], "ab", [1], None],
    ids=["order", "twice", "none", "case", "text", "number", "null"],
)
def test_a_configuration_has_one_spelling(opening: Opening, revoked: object) -> None:
    ledger, _ = opening()
    content = orjson.loads(ledger.configuration.encode())
    ledger.close()
    body = orjson.dumps({**content, "schema": "configuration/2", "revoked": revoked}, option=orjson.OPT_SORT_KEYS)
    with pytest.raises(Malformed):
        Configuration.decode(body)


@pytest.mark.parametrize("step", ["revoke", "discard"])
def test_an_interrupted_rotation_is_done_again(opening: Opening, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    ledger, former = opening()
    with monkeypatch.context() as patch:
        _break(patch, step)
        with pytest.raises(KeyboardInterrupt):
            rotate(opening.folder, "Acme")
    between = wallet(opening).signer("Acme")
    assert ledger.submit(ask("increment", key="n"), between).result == b"1"
    rotate(opening.folder, "Acme")
    assert {refusal(ledger, signer) for signer in (former, between)} == {"membership.revoked"}
    assert ledger.submit(ask("increment", key="n"), wallet(opening).signer("Acme")).result == b"2"
    ledger.close()
    assert verify(opening.folder).ok
    assert len([name for name in key_files(opening) if name.startswith("Acme")]) == 1


def _break(patch: pytest.MonkeyPatch, step: str) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    if step == "revoke":
        patch.setattr("provenance.ledger.embedded.rotation.revoke", interrupted)
    else:
        patch.setattr(CertificateAuthority, "discard", interrupted)


def test_a_lost_key_can_be_replaced(opening: Opening) -> None:
    ledger, former = opening()
    (opening.folder / "keys" / "organisations" / "Acme.key.pem").unlink()
    rotate(opening.folder, "Acme")
    assert refusal(ledger, former) == "membership.revoked"
    ledger.submit(ask("increment", key="n"), wallet(opening).signer("Acme"))
    ledger.close()


def test_rotating_nobody_says_so(opening: Opening) -> None:
    with pytest.raises(IdentityError) as refused:
        rotate(opening.folder, "Nobody")
    assert refused.value.code == "identity.unknown"


def test_renewal_moves_the_end_and_never_past_the_authoritys(opening: Opening) -> None:
    before = wallet(opening).signer("Acme")
    after = CertificateAuthority.open(opening.folder / "keys").renew("Acme")
    authority = x509.load_pem_x509_certificate(CertificateAuthority.open(opening.folder / "keys").certificate)
    first, second = (x509.load_pem_x509_certificate(signer.certificate) for signer in (before, after))
    assert first.not_valid_after_utc <= second.not_valid_after_utc <= authority.not_valid_after_utc
    assert first.serial_number != second.serial_number
    assert wallet(opening).signer("Acme").certificate == after.certificate


def test_certificates_are_listed_and_warned_of(opening: Opening) -> None:
    ledger, acme = opening()
    rotate_ledger(opening.folder)
    now = ledger.configuration
    listed = certificates.in_use(
        opening.folder / "keys", authority=now.authority, ledger=now.ledger, revoked=(certified_key(acme.certificate),)
    )
    ledger.close()
    assert [(each.holder.value, each.name, each.revoked) for each in listed] == [
        ("authority", "authority", False),
        ("ledger", "ledger", False),
        ("organisation", "Acme", True),
    ]
    assert certificates.ending(listed, within=timedelta(days=30)) == []
    soon = datetime.now(UTC) + timedelta(days=1826 - 20)
    (of_ledger,) = certificates.ending(listed, within=timedelta(days=30), now=soon)
    listed = [replace(each, revoked=False) for each in listed]
    ledgers, acmes = certificates.ending(listed, within=timedelta(days=30), now=soon)
    assert ledgers == of_ledger
    assert "the ledger's own certificate ends in 1" in ledgers
    assert "rotate --ledger" in ledgers
    assert "renew --org Acme" in acmes
    assert "ended on" in certificates.ending(listed, within=timedelta(), now=soon + timedelta(days=60))[0]


def test_two_ledgers_keep_their_keys_apart(opening: Opening, tmp_path: Path) -> None:
    other = begin(tmp_path / "other")
    rotate(other.folder, "Acme")
    ledger, acme = opening()
    assert refusal(ledger, wallet(other).signer("Acme")) == "membership.issuer"
    ledger.submit(ask("increment", key="n"), acme)
    ledger.close()
