"""Keys stay in files that only their owner reads; certificates say who and nothing about authority."""

import hashlib
import logging
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import NameOID

from provenance.ledger.identity import (
    CertificateAuthority,
    FileSigner,
    IdentityError,
    InsecureWallet,
    genuine,
    subject,
)

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
DIGEST = hashlib.sha256(b"content").digest()


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority.create(tmp_path / "keys")


def public_key(signer: FileSigner) -> ec.EllipticCurvePublicKey:
    key = x509.load_pem_x509_certificate(signer.certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_an_issued_certificate_names_organisation_and_role(authority: CertificateAuthority) -> None:
    signer = authority.issue("Acme")
    certificate = x509.load_pem_x509_certificate(signer.certificate)
    assert subject(certificate, NameOID.ORGANIZATION_NAME) == signer.organisation == "Acme"
    assert subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME) == "client"
    assert isinstance(public_key(signer).curve, ec.SECP256R1)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))


def test_the_ledgers_certificate_is_an_orderers_and_is_made_once(authority: CertificateAuthority) -> None:
    signer = authority.issue_ledger()
    certificate = x509.load_pem_x509_certificate(signer.certificate)
    assert subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME) == "orderer"
    assert authority.issue_ledger().certificate == signer.certificate


def test_private_keys_are_readable_by_their_owner_alone(authority: CertificateAuthority) -> None:
    authority.issue("Acme")
    authority.issue_ledger()
    keys = sorted(authority.folder.rglob("*.key.pem"))
    assert [key.name for key in keys] == ["ca.key.pem", "ledger.key.pem", "Acme.key.pem"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in {key.parent for key in keys}} == {0o700}
    assert not [path for path in authority.folder.rglob("*") if path.name.startswith(".")]


def test_a_key_that_others_may_read_is_not_used(authority: CertificateAuthority) -> None:
    authority.issue("Acme")
    (authority.folder / "organisations" / "Acme.key.pem").chmod(0o644)
    with pytest.raises(IdentityError, match="chmod 600") as refusal:
        FileSigner.open(authority.folder / "organisations", "Acme")
    assert refusal.value.code == "identity.mode"


def test_signatures_are_deterministic_and_low(authority: CertificateAuthority) -> None:
    signer = authority.issue("Acme")
    for number in range(40):
        digest = hashlib.sha256(bytes([number])).digest()
        signature = signer.sign(digest)
        assert signature == signer.sign(digest)
        assert decode_dss_signature(signature)[1] <= ORDER // 2
        assert genuine(public_key(signer), signature, digest)


def test_the_high_twin_of_a_signature_is_not_taken(authority: CertificateAuthority) -> None:
    signer = authority.issue("Acme")
    r, s = decode_dss_signature(signer.sign(DIGEST))
    assert not genuine(public_key(signer), encode_dss_signature(r, ORDER - s), DIGEST)
    assert not genuine(public_key(signer), signer.sign(DIGEST), hashlib.sha256(b"other").digest())
    assert not genuine(public_key(signer), b"not a signature", DIGEST)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", ".hidden", "x" * 65, "Ä", "a\n", "-a"])
def test_a_name_that_is_no_msp_id_is_refused(authority: CertificateAuthority, name: str) -> None:
    with pytest.raises(IdentityError) as refusal:
        authority.issue(name)
    assert refusal.value.code == "identity.name"


def test_an_organisation_has_one_certificate(authority: CertificateAuthority) -> None:
    authority.issue("Acme")
    with pytest.raises(IdentityError) as refusal:
        authority.issue("Acme")
    assert refusal.value.code == "identity.exists"


def test_creating_an_authority_again_keeps_the_first(authority: CertificateAuthority) -> None:
    assert CertificateAuthority.create(authority.folder).certificate == authority.certificate


def test_the_longest_name_can_be_issued(authority: CertificateAuthority) -> None:
    assert authority.issue("x" * 64).organisation == "x" * 64


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("Acme.pem", b"not a certificate", "identity.certificate"),
        ("Acme.key.pem", b"not a key", "identity.key"),
        ("Acme.pem", None, "identity.missing"),
        ("Acme.key.pem", None, "identity.missing"),
    ],
)
def test_broken_files_are_named(authority: CertificateAuthority, name: str, content: bytes | None, code: str) -> None:
    authority.issue("Acme")
    path = authority.folder / "organisations" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(IdentityError, match=name) as refusal:
        FileSigner.open(path.parent, "Acme")
    assert refusal.value.code == code


def test_a_certificate_for_another_key_is_refused(authority: CertificateAuthority) -> None:
    authority.issue("Acme")
    other = authority.issue("Other")
    (authority.folder / "organisations" / "Acme.pem").write_bytes(other.certificate)
    with pytest.raises(IdentityError) as refusal:
        InsecureWallet(authority.folder).signer("Acme")
    assert refusal.value.code == "identity.mismatch"


def test_a_wallet_adds_once_and_lists_what_it_holds(authority: CertificateAuthority) -> None:
    wallet = InsecureWallet(authority.folder)
    assert wallet.organisations() == []
    assert wallet.add("Zebra").certificate == wallet.add("Zebra").certificate
    wallet.add("Acme")
    assert wallet.organisations() == InsecureWallet(authority.folder).organisations() == ["Acme", "Zebra"]
    assert wallet.signer("Acme").organisation == "Acme"
    with pytest.raises(IdentityError) as refusal:
        wallet.signer("Nobody")
    assert refusal.value.code == "identity.unknown"


def test_a_wallet_of_several_says_that_it_is_insecure(
    authority: CertificateAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        wallet = InsecureWallet(authority.folder)
        wallet.add("Acme")
        InsecureWallet(authority.folder)
        assert caplog.messages == []
        wallet.add("Other")
        InsecureWallet(authority.folder).signer("Acme")
    (message,) = caplog.messages
    assert message.startswith("INSECURE: one operator holds the signing keys of 2 organisations")
