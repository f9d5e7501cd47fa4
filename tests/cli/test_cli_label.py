"""`provenance label`: a label into a file, without a ledger."""

import zxingcpp
from PIL import Image

UNIT = "095256780000000011"


def test_a_label_is_written_and_can_be_scanned(run, tmp_path):
    done = run("label", f"]C100{UNIT}", "-o", "label.png", "--content", "09521234000013", "--count", "3")
    assert (done.status, done.out) == (0, ""), done.err
    found = zxingcpp.read_barcodes(Image.open(tmp_path / "label.png").convert("L"))
    assert [each.text for each in found] == ["(02)09521234000013(37)3", f"(00){UNIT}"]


def test_svg_by_its_name_or_on_standard_output(run, tmp_path):
    assert run("label", UNIT, "-o", "label.svg").status == 0
    assert run("label", UNIT, "-o", "-").out == (tmp_path / "label.svg").read_text()


def test_what_is_wrong_is_said_in_a_line_and_nothing_is_written(run, tmp_path):
    for arguments, status, words in (
        (("095256780000000012", "-o", "a.svg"), 1, "identifier.check_digit"),
        (("https://id.gs1.org/01/09521234000013", "-o", "a.svg"), 1, "names no logistic unit"),
        ((UNIT, "-o", "a.pdf"), 2, "as .svg or .png"),
        ((UNIT, "-o", "a.svg", "--lot", "L"), 1, "label.content"),
    ):
        done = run("label", *arguments)
        assert (done.status, done.out, len(done.err.splitlines())) == (status, "", 1)
        assert words in done.err
    assert list(tmp_path.iterdir()) == []
