"""Setting up, capturing and reading back through the command line alone."""

import json
import sqlite3

from cli_documents import ITEM, LINK, document, observed, write

OTHER = observed(eventTime="2026-03-02T09:00:00Z")
FAULTY = {**observed(), "action": "LOOK"}


def test_keys_are_shown_once(ready):
    made = ready("keys", "create", "--org", "Carrier", "--level", "record")
    (key,) = made.lines
    listed = ready("keys", "list")
    assert key not in listed.out
    identifier, organisation, level, state, _ = listed.lines[0].split("\t")
    assert (organisation, level, state) == ("Carrier", "record", "active")
    assert ready("keys", "revoke", identifier).status == 0
    assert "\trevoked\t" in ready("keys", "list").out
    assert ready("keys", "revoke", "feedfeedfeed").status == 1


def test_a_key_needs_an_organisation_that_signs_here(ready):
    ran = ready("keys", "create", "--org", "Nobody", "--level", "read")
    assert (ran.status, ran.out) == (1, "")
    assert "Brand, Carrier" in ran.err


def test_customs_need_a_jurisdiction(ready):
    assert ready("org", "add", "Border", "--role", "customs").status == 1
    assert ready("org", "add", "Border", "--role", "customs", "--jurisdiction", "NL").status == 0


def test_capture_records_whole_documents(ready, tmp_path):
    good, bad = write(tmp_path, "good.json", document(observed())), write(tmp_path, "bad.json", document(OTHER, FAULTY))
    ran = ready("capture", good, bad, "--as", "Carrier", "--json")
    first, second = map(json.loads, ran.lines)
    assert ran.status == 1
    assert (first["file"], first["rejected"], first["state"]) == (good, [], "success")
    assert first["accepted"] == ready("epcis", "hash", good).lines
    assert (second["accepted"], second["state"]) == ([], "failed")
    assert [(each["index"], set(each)) for each in second["rejected"]] == [(1, {"index", "code", "detail"})]


def test_capture_proceeds_where_it_is_told_to(ready, tmp_path):
    name = write(tmp_path, "mixed.json", document(OTHER, FAULTY))
    ran = ready("capture", name, "--as", "Carrier", "--proceed", "--json")
    (report,) = map(json.loads, ran.lines)
    assert ran.status == 1
    assert report["state"] == "partial"
    assert report["accepted"] == ready("epcis", "hash", write(tmp_path, "other.json", document(OTHER))).lines


def test_capturing_again_changes_nothing(ready, tmp_path):
    name = write(tmp_path, "good.json", document(observed()))
    once = ready("capture", name, "--as", "Carrier")
    digest = ready("project").out
    assert ready("capture", name, "--as", "Carrier").out == once.out
    assert ready("project").out == digest


def test_capture_asks_who_records(ready, tmp_path):
    ran = ready("capture", write(tmp_path, "good.json", document(observed())))
    assert ran.status == 2
    assert "Brand, Carrier" in ran.err


def test_verdict_as_json(ready, tmp_path):
    ready("capture", write(tmp_path, "good.json", document(observed())), "--as", "Carrier")
    ran = ready("verdict", ITEM, "--json")
    verdict = json.loads(ran.out)
    assert set(verdict) == {"item", "grade", "findings", "as_of", "rules"}
    assert (verdict["item"], verdict["grade"]) == (LINK, "not_on_record")
    assert all(set(finding) == {"code", "severity", "text", "facts"} for finding in verdict["findings"])
    assert {finding["code"] for finding in verdict["findings"]} >= {"never_issued", "product_unknown"}


def test_history_shows_what_was_captured(ready, tmp_path):
    ready("capture", write(tmp_path, "good.json", document(observed())), "--as", "Carrier")
    assert ready("history", LINK).out == "2026-03-01T09:00:00.000Z  Sent off  Carrier\n"


def test_qr_by_the_ending(ready, tmp_path):
    address = "https://verify.example.com/01/09521234000013/21/A%2FB%25%3F"
    for name, head in (("label.svg", b"<?xml"), ("label.png", b"\x89PNG")):
        ran = ready("qr", "https://id.gs1.org/01/09521234000013/21/A%2FB%25%3F", "-o", name,
                    PROVENANCE_PUBLIC_URL="https://verify.example.com")  # fmt: skip
        assert (ran.status, ran.out.strip()) == (0, address)
        assert (tmp_path / name).read_bytes().startswith(head)
    assert ready("qr", LINK, "-o", "label.gif").status == 2


def test_verify_finds_a_changed_value(ready, tmp_path):
    assert ready("ledger", "verify").status == 0
    database = sqlite3.connect(tmp_path / "home" / "ledger.db")
    with database:
        forged = "CAST(replace(CAST(arguments AS TEXT), 'Carrier', 'Courier') AS BLOB)"
        changed = database.execute(f"UPDATE transactions SET arguments = {forged} WHERE block = 4").rowcount  # noqa: S608
    database.close()
    assert changed > 0
    ran = ready("ledger", "verify")
    assert ran.status == 1
    assert "block 4" in ran.out


def test_checkpoint_finds_history_that_was_cut_off(ready, tmp_path):
    (tmp_path / "head.json").write_text(ready("ledger", "checkpoint").out)
    assert ready("ledger", "verify", "--checkpoint", "head.json").status == 0
    older = tmp_path / "older"
    ran = ready("--home", str(older), "init")
    assert ran.status == 0
    ran = ready("--home", str(older), "ledger", "verify", "--checkpoint", "head.json")
    assert ran.status == 1
    assert "block" in ran.out


def test_export_has_a_line_a_block(ready):
    blocks = [json.loads(line) for line in ready("ledger", "export").lines]
    assert [block["number"] for block in blocks] == list(range(len(blocks)))
    assert len(blocks) > 3


def test_rebuild_prints_the_same_digest(ready, tmp_path):
    ready("capture", write(tmp_path, "good.json", document(observed(), OTHER)), "--as", "Carrier")
    projected = ready("project")
    rebuilt = ready("project", "--rebuild")
    assert projected.out == rebuilt.out == ready("project").out
    assert len(projected.out.strip()) == 64
