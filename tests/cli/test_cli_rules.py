"""`provenance rules`: the rules in force, and what others would change."""

import json

from cli_documents import document, observed, write


def moved(ready, tmp_path):
    """Record an item in Shanghai and an hour later in Rotterdam."""
    for hour, place in ((9, "geo:31.2,121.5"), (10, "geo:51.9,4.1")):
        event = observed(eventTime=f"2026-03-01T{hour:02}:00:00Z", readPoint={"id": place})
        assert ready("capture", write(tmp_path, f"{hour}.json", document(event)), "--as", "Carrier").status == 0


def test_the_rules_in_force_are_shown_and_change_nothing(ready, tmp_path):
    moved(ready, tmp_path)
    shown = ready("rules", "show")
    assert json.loads(shown.out)["speed_air"] == 900
    (tmp_path / "rules.json").write_text(shown.out)
    ran = ready("rules", "try", "rules.json")
    assert (ran.status, ran.out) == (0, "")
    assert "0 of 1 verdicts change from rules 2026-1 to 2026-1" in ran.err


def test_what_would_change_is_printed_and_nothing_is_set(ready, tmp_path):
    moved(ready, tmp_path)
    write(tmp_path, "lax.json", {"version": "lax", "speed_air": 40000})
    ran = ready("rules", "try", "lax.json")
    assert ran.status == 0
    (line,) = ran.lines
    item, grades, codes = line.split("\t")
    assert item == "https://id.gs1.org/01/09521234000013/21/1001"
    assert " -> " in grades
    assert codes.startswith("-")
    change, counts = map(json.loads, ready("rules", "try", "lax.json", "--json").lines)
    assert set(change["before"]["findings"]) - set(change["after"]["findings"]) == {codes.removeprefix("-")}
    assert counts == {"rules": {"in_force": "2026-1", "tried": "lax"}, "items": 1, "changed": 1}
    assert json.loads(ready("rules", "show").out)["version"] == "2026-1"


def test_rules_that_could_not_be_set_are_not_tried(ready, tmp_path):
    for content, said in (
        ({"version": "x", "speed_air": 0}, "rules.threshold at /rules/speed_air"),
        ({"version": "x", "speed": 1}, "arguments.unknown at /speed"),
        ([], "arguments.type"),
    ):
        ran = ready("rules", "try", write(tmp_path, "bad.json", content))
        assert ran.status == 1
        assert said in ran.err
