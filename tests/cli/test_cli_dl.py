"""`provenance dl`: without a ledger, one object an input, and the published vectors through the command itself."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.either_database

GTIN = "09520123456788"


def vectors_of(folder, name):
    return json.loads((folder / "digital-link" / name).read_text())["vectors"]


def lines(spawn, texts, *arguments):
    ran = spawn(*arguments, "-", "--json", stdin="".join(f"{text}\n" for text in texts))
    return ran, [json.loads(line) for line in ran.lines]


def test_parse_prints_the_element_string(run):
    ran = run("dl", "parse", f"https://a/x/01/{GTIN}/10/L/21/S?17=261231&utm=1")
    assert (ran.status, ran.out, ran.err) == (0, f"^01{GTIN}10L^21S^17261231\n", "")


def test_parse_with_json_prints_one_object(run):
    ran = run("dl", "parse", f"https://a/01/{GTIN}?99=A&17=261231", "--json")
    assert json.loads(ran.out) == {
        "valid": True,
        "error": None,
        "element_string": f"^01{GTIN}99A^17261231",
        "canonical": f"https://id.gs1.org/01/{GTIN}?17=261231&99=A",
    }


def test_a_compressed_link_is_parsed(run):
    found = json.loads(run("dl", "parse", "https://a/AQnYUc1gmiCNV4JG?17=261231", "--json").out)
    assert found["canonical"] == "https://id.gs1.org/01/05412345000013/10/ABC123?17=261231"


def test_what_cannot_be_parsed_is_said(run):
    ran = run("dl", "parse", f"https://a/gtin/{GTIN}")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("provenance: ")
    assert ran.err.count("\n") == 1
    found = json.loads(run("dl", "parse", "", "--json").out)
    assert (found["valid"], found["element_string"], found["canonical"]) == (False, None, None)
    assert found["error"]


def test_build(run):
    ran = run("dl", "build", f"(01){GTIN}(21)A/B(17)261231")
    assert (ran.status, ran.out) == (0, f"https://id.gs1.org/01/{GTIN}/21/A%2FB?17=261231\n")
    ran = run("dl", "build", f"]d201{GTIN}21A\x1d17261231", "--stem", "https://example.com/x/", "--json")
    assert json.loads(ran.out) == {"uri": f"https://example.com/x/01/{GTIN}/21/A?17=261231", "error": None}
    ran = run("dl", "build", "(17)261231", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["uri"] is None


@pytest.mark.parametrize("stem", ["", "ftp://a", "https://", "https://a?b", "https://a#b", "a.example", "https://a b"])
def test_a_stem_is_an_address(run, stem):
    ran = run("dl", "build", f"(01){GTIN}", "--stem", stem)
    assert (ran.status, ran.out) == (2, "")
    assert "--stem" in ran.err


def test_convert(run):
    assert run("dl", "convert", "urn:epc:id:sscc:4012345.3111111111").out == (
        "https://id.gs1.org/00/340123451111111111\n"
    )
    ran = run("dl", "convert", "42", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["out"] is None


def test_a_wrong_input_does_not_stop_the_others(spawn):
    ran, found = lines(spawn, [f"https://a/01/{GTIN}", "", "\xe4", f"https://a/00/{GTIN}\r"], "dl", "parse")
    assert ran.status == 1
    assert [each["valid"] for each in found] == [True, False, False, False]


def test_vectors_of_parsing(spawn, vectors):
    cases = [case for case in vectors_of(vectors, "gs1-syntax-engine-parse.json") if not case["options"]]
    _, found = lines(spawn, [case["uri"] for case in cases], "dl", "parse")
    assert len(found) == len(cases)
    for case, answer in zip(cases, found, strict=True):
        assert set(answer) == {"valid", "error", "element_string", "canonical"}
        assert (answer["error"] is None) is case["valid"]
        assert (answer["valid"], answer["element_string"]) == (case["valid"], case["element_string"]), case["uri"]
        assert answer["canonical"] == case.get("canonical_dl_uri"), case["uri"]


def test_vectors_of_building(spawn, vectors):
    cases = [case for case in vectors_of(vectors, "gs1-syntax-engine-generate.json") if not case["options"]]
    for stem in {case["stem"] for case in cases}:
        asked = [case for case in cases if case["stem"] == stem]
        _, found = lines(spawn, [case["ai_data"] for case in asked], "dl", "build", "--stem", stem)
        assert [each["uri"] for each in found] == [case["uri"] for case in asked]
        assert all(set(each) == {"uri", "error"} for each in found)


def test_vectors_of_converting(spawn, vectors):
    cases = vectors_of(vectors, "epc-urn-to-canonical-dl.json")
    _, found = lines(spawn, [case["in"] for case in cases], "dl", "convert")
    assert [each["out"] for each in found] == [case["out"] for case in cases]
    assert all(set(each) == {"out", "error"} for each in found)


def test_nothing_heavy_is_loaded(spawn_python):
    heavy = spawn_python(
        "import sys; from provenance.cli import run; run(['dl', 'parse', 'https://a/01/09520123456788']);"
        "print([name for name in ('flask', 'sqlalchemy', 'grpc', 'marshmallow', 'lxml') if name in sys.modules])"
    )
    assert heavy.splitlines()[-1] == "[]"


@pytest.fixture
def spawn_python(tmp_path):
    """Run a few lines in an interpreter of their own and return what they print."""

    def run(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout

    return run
