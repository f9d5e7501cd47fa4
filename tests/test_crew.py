"""Pieces of work abreast, never more than there is room for, and no error of theirs is lost."""

import threading

import pytest

from provenance.crew import Crew


def test_a_crew_of_one_works_at_once_and_in_the_callers_thread():
    done = []
    with Crew(1) as crew:
        crew.do(lambda: done.append(threading.current_thread()))
        assert done == [threading.current_thread()]


def test_as_many_as_there_is_room_for_work_at_the_same_time_and_no_more():
    together, most, working, mutex = threading.Barrier(3, timeout=60), [0], [0], threading.Lock()

    def work():
        with mutex:
            working[0] += 1
            most[0] = max(most[0], working[0])
        together.wait()
        with mutex:
            working[0] -= 1

    with Crew(3) as crew:
        for _ in range(9):
            crew.do(work)
    assert (most[0], working[0]) == (3, 0)


def test_leaving_waits_for_what_has_begun():
    done, release = [], threading.Event()

    def work():
        release.wait(10)
        done.append(1)

    with Crew(2) as crew:
        crew.do(work)
        release.set()
    assert done == [1]


def test_an_error_comes_out_at_the_next_call_or_at_the_end():
    def fail():
        raise ValueError("a bug")

    def leave():
        with Crew(2) as crew:
            crew.do(fail)

    with pytest.raises(ValueError, match="a bug"):
        leave()
    with pytest.raises(ValueError, match="a bug"):
        Crew(1).do(fail)
