"""Who finds the ledger free commits for those who wait; nobody waits for somebody who has gone."""

import threading
from collections.abc import Sequence

import pytest

from provenance.ledger import groups as grouping
from provenance.ledger.groups import Groups, Outcome, Rest
from provenance.ledger.port import Conflict, Receipt, Unknown


class Recorder:
    """Commits by writing down each group; the first one can be held until others have gathered."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def commit(self, group: Sequence[str]) -> list[Outcome]:
        self.groups.append(list(group))
        self.entered.set()
        assert self.go_on.wait(10)
        if "die" in group:
            raise SystemExit
        return [self._outcome(entry) for entry in group]

    def _outcome(self, entry: str) -> Outcome:
        return Conflict("lost", entry) if entry.startswith("lose") else Receipt(entry, len(self.groups), b"")


def gather(groups: Groups[str], recorder: Recorder, first: str, rest: Sequence[str]) -> dict[str, object]:
    """Hold the first entry's commit until all the rest are waiting, and return what became of each."""
    outcomes: dict[str, object] = {}

    def submit(entry: str) -> None:
        try:
            outcomes[entry] = groups.submit(entry)
        except (Conflict, Unknown, SystemExit) as error:
            outcomes[entry] = error

    recorder.go_on.clear()
    threads = [threading.Thread(target=submit, args=(entry,)) for entry in (first, *rest)]
    threads[0].start()
    assert recorder.entered.wait(10)
    for count, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(groups._waiting) < count:
            threading.Event().wait(0.001)
    recorder.go_on.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return outcomes


def make(recorder: Recorder, *, most: int = 100, heaviest: int = 100, rest: Rest = Rest.NONE) -> Groups[str]:
    return Groups(recorder.commit, weight=len, most=most, heaviest=heaviest, rest=rest)


@pytest.mark.parametrize("rest", Rest)
def test_those_who_wait_are_committed_together(rest: Rest) -> None:
    recorder = Recorder()
    outcomes = gather(make(recorder, rest=rest), recorder, "a", ["b", "c", "lose", "d"])
    assert recorder.groups == [["a"], ["b", "c", "lose", "d"]]
    assert outcomes["d"] == Receipt("d", 2, b"")
    assert isinstance(outcomes["lose"], Conflict)


def test_a_group_has_bounds_and_a_heavy_entry_still_goes_alone() -> None:
    recorder = Recorder()
    gather(make(recorder, most=2, heaviest=5), recorder, "a", ["b", "c", "d", "eeeee", "ffffffffff", "g"])
    assert recorder.groups == [["a"], ["b", "c"], ["d"], ["eeeee"], ["ffffffffff"], ["g"]]


def test_a_leader_that_dies_leaves_the_lead_and_no_false_answer() -> None:
    recorder = Recorder()
    outcomes = gather(make(recorder, most=2), recorder, "a", ["die", "b", "c"])
    assert recorder.groups == [["a"], ["die", "b"], ["c"]]
    assert isinstance(outcomes["die"], SystemExit)
    assert isinstance(outcomes["b"], Unknown)
    assert outcomes["c"] == Receipt("c", 3, b"")


class Patient(Groups[str]):
    """Waits for those who were answered for as long as it takes, and can be torn out of that."""

    torn = False

    def _expect(self, answered: int, began: float) -> None:
        super()._expect(answered, began - 60.0)

    def _let_return(self) -> None:
        if self.torn:
            self.torn = False
            raise SystemExit
        super()._let_return()


def patient(recorder: Recorder, monkeypatch: pytest.MonkeyPatch, *, most: int = 100) -> Patient:
    monkeypatch.setattr(grouping, "LONGEST_REST", 60.0)
    return Patient(recorder.commit, weight=len, most=most, heaviest=100, rest=Rest.TWICE_A_WRITE)


def follow(groups: Groups[str], recorder: Recorder, monkeypatch: pytest.MonkeyPatch, *, coming: str) -> None:
    """Let those who are `coming` back submit once more as soon as they are answered; `b` and `c` gather behind `a`."""
    submit = groups.submit

    def again(entry: str) -> Receipt:
        receipt = submit(entry)
        return submit(f"{entry}2") if entry in coming else receipt

    monkeypatch.setattr(groups, "submit", again)
    outcomes = gather(groups, recorder, "a", ["b", "c"])
    assert all(isinstance(each, Receipt) for each in outcomes.values())


def test_whoever_was_answered_comes_back_into_the_next_group(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    follow(patient(recorder, monkeypatch), recorder, monkeypatch, coming="a")
    assert recorder.groups == [["a"], ["b", "c", "a2"]]


def test_nobody_is_waited_for_where_the_group_is_full_already(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    follow(patient(recorder, monkeypatch, most=2), recorder, monkeypatch, coming="ab")
    assert [sorted(group) for group in recorder.groups] == [["a"], ["b", "c"], ["a2", "b2"]]


def test_a_leader_that_is_torn_out_of_its_rest_leaves_the_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    groups = patient(recorder, monkeypatch)
    groups.torn = True
    with pytest.raises(SystemExit):
        groups.submit("a")
    assert groups.submit("b") == Receipt("b", 1, b"")
    assert groups.submit("c") == Receipt("c", 2, b"")
    assert recorder.groups == [["b"], ["c"]]


def test_one_after_the_other_is_a_group_each() -> None:
    recorder = Recorder()
    groups = make(recorder)
    assert [groups.submit(entry).block for entry in "abc"] == [1, 2, 3]
    with pytest.raises(Conflict):
        groups.submit("lose")
    assert recorder.groups == [["a"], ["b"], ["c"], ["lose"]]


def test_many_threads_get_their_own_answers() -> None:
    recorder, answers = Recorder(), []
    groups = make(recorder)

    def work(name: str) -> None:
        answers.extend(groups.submit(f"{name}{count}").transaction_id == f"{name}{count}" for count in range(50))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 400
    assert sorted(entry for group in recorder.groups for entry in group) == sorted(
        f"{name}{count}" for name in "abcdefgh" for count in range(50)
    )
