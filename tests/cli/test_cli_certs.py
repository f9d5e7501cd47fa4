"""Certificates, replaced keys and archives through the command line."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cli_documents import document, observed, write
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from provenance.ledger.identity import CertificateAuthority


def shorten(home, organisation, days):
    """Give an organisation a certificate that ends in some days, as its authority would have."""
    authority = CertificateAuthority.open(home / "keys")
    path = home / "keys" / "organisations" / f"{organisation}.pem"
    held = x509.load_pem_x509_certificate(path.read_bytes())
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    builder = x509.CertificateBuilder(held.issuer, held.subject, held.public_key(), held.serial_number)
    dated = builder.not_valid_before(ends - timedelta(days=1826)).not_valid_after(ends)
    path.write_bytes(dated.sign(authority._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def test_certificates_are_listed(ready):
    lines = [line.split("\t") for line in ready("certs", "list").lines]
    assert [(holder, name) for holder, name, *_ in lines] == [
        ("authority", "authority"),
        ("ledger", "ledger"),
        ("organisation", "Brand"),
        ("organisation", "Carrier"),
        ("organisation", "Steward"),
    ]
    told = [json.loads(line) for line in ready("certs", "list", "--json").lines]
    assert [(each["name"], each["revoked"]) for each in told] == [(name, False) for _, name, *_ in lines]
    assert all(1820 < each["days_left"] <= 7300 for each in told)


def test_commands_warn_of_what_ends_soon_until_it_is_renewed(ready, tmp_path):
    shorten(tmp_path / "home", "Carrier", 20)
    ran = ready("keys", "list")
    assert (ran.status, ran.out) == (0, "")
    assert "warning: Carrier's certificate ends in 20 days, on" in ran.err
    assert "provenance certs renew --org Carrier" in ran.err
    assert ready("keys", "list", PROVENANCE_CERTIFICATE_DAYS="19").err == ""
    assert ready("certs", "renew", "--org", "Carrier").lines == ["Carrier"]
    assert ready("keys", "list").err == ""


def test_an_ended_certificate_signs_nothing_until_it_is_renewed(ready, tmp_path):
    name = write(tmp_path, "good.json", document(observed()))
    shorten(tmp_path / "home", "Carrier", -1)
    ran = ready("capture", name, "--as", "Carrier")
    assert ran.status == 1
    assert "certificate ended on" in ran.err
    assert ready("certs", "renew", "--all").lines == ["Brand", "Carrier", "Steward"]
    assert ready("capture", name, "--as", "Carrier").status == 0


def test_replaced_keys_go_on_and_verify(ready, tmp_path):
    good, other = (write(tmp_path, f"{day}.json", document(observed(eventTime=f"2026-03-0{day}T09:00:00Z")))
                   for day in (1, 2))  # fmt: skip
    assert ready("capture", good, "--as", "Carrier").status == 0
    (tmp_path / "head.json").write_text(ready("ledger", "checkpoint").out)
    ran = ready("certs", "rotate", "--org", "Carrier")
    assert (ran.status, ran.out.split()[0]) == (0, "block")
    assert "new backup" in ran.err
    assert ready("certs", "rotate", "--ledger").status == 0
    assert ready("capture", other, "--as", "Carrier").status == 0
    assert ready("ledger", "verify", "--checkpoint", "head.json").status == 0
    assert ready("project").out == ready("project", "--rebuild").out


def test_a_revoked_key_records_nothing_until_there_is_another(ready, tmp_path):
    good, other = (write(tmp_path, f"{day}.json", document(observed(eventTime=f"2026-03-0{day}T09:00:00Z")))
                   for day in (1, 2))  # fmt: skip
    assert ready("capture", good, "--as", "Carrier").status == 0
    ran = ready("certs", "revoke", "--org", "Carrier")
    assert (ran.status, ran.out.split()[0]) == (0, "block")
    assert "certs rotate --org Carrier" in ran.err
    assert "Carrier\t" in next(line for line in ready("certs", "list").lines if "\trevoked\t" in line)
    refused = ready("capture", other, "--as", "Carrier")
    assert (refused.status, refused.out) == (1, "")
    assert "is revoked (membership.revoked)" in refused.err
    assert "is revoked; run: provenance certs rotate" in ready("certs", "renew", "--org", "Carrier").err
    assert ready("certs", "renew", "--all").lines == ["Brand", "Steward"]
    assert ready("ledger", "verify").status == 0
    assert ready("certs", "rotate", "--org", "Carrier").status == 0
    assert ready("capture", other, "--as", "Carrier").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("certs", "rotate"), 2, "--org NAME or --ledger"),
        (("certs", "rotate", "--org", "Carrier", "--ledger"), 2, "--org NAME or --ledger"),
        (("certs", "rotate", "--org", "Nobody"), 1, "no key of Nobody"),
        (("certs", "revoke"), 2, "--org"),
        (("certs", "revoke", "--org", "Nobody"), 1, "no key of Nobody"),
        (("certs", "renew"), 2, "--org NAME or --all"),
        (("certs", "renew", "--org", "../ca"), 1, "no key of ../ca"),
        (("keys", "rotate", "feedfeedfeed"), 1, "no active key"),
        (("ledger", "export", "--start", "99"), 1, "none from 99 on"),
        (("ledger", "import", "missing"), 2, "missing"),
    ],
)
def test_mistakes_are_one_line(ready, arguments, status, said):
    ran = ready(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_rotated_key_is_printed_once(ready):
    first = ready("keys", "create", "--org", "Carrier", "--level", "record").out.strip()
    ran = ready("keys", "rotate", first.split("_")[1], "--grace", "2")
    assert ran.status == 0
    assert ran.out.split("_")[:2] == first.split("_")[:2]
    assert ran.out.strip() != first


def test_an_archive_is_imported_with_the_same_digest(ready, tmp_path):
    write(tmp_path, "good.json", document(observed()))
    assert ready("capture", "good.json", "--as", "Carrier").status == 0
    assert ready("ledger", "export", "-o", "all.jsonl").status == 0
    assert (tmp_path / "all.jsonl").read_text() == ready("ledger", "export").out
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600
    copy = ("--home", str(tmp_path / "copy"))
    ran = ready(*copy, "ledger", "import", "all.jsonl")
    assert ran.status == 0
    assert "authority SHA-256 " in ran.out
    assert ready(*copy, "project").out == ready("project").out
    assert ready(*copy, "ledger", "verify").status == 0
    write(tmp_path, "more.json", document(observed(eventTime="2026-03-02T09:00:00Z")))
    for command in (("capture", "more.json", "--as", "Carrier"), ("certs", "rotate", "--ledger")):
        assert ready(*command).status == 0
    height = len(ready("ledger", "export").lines)
    assert ready("ledger", "export", "--start", str(height - 2), "-o", "rest.jsonl").status == 0
    (tmp_path / "head.json").write_text(ready("ledger", "checkpoint").out)
    ran = ready(*copy, "ledger", "import", "rest.jsonl", "--checkpoint", "head.json")
    assert (ran.status, f"2 blocks imported, {height} in all" in ran.err) == (0, True)
    assert ready(*copy, "project").out == ready("project").out


def test_an_archive_of_another_ledger_is_refused(ready, tmp_path):
    other = ("--home", str(tmp_path / "other"))
    assert ready(*other, "init").status == 0
    assert ready(*other, "ledger", "export", "-o", "other.jsonl").status == 0
    ran = ready("ledger", "import", "other.jsonl")
    assert ran.status == 1
    assert "another ledger" in ran.err
    assert ran.err.count("\n") == 1
