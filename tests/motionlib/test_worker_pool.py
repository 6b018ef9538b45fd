import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from motionlib.worker_pool import Job, WorkError, work_off

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture
def make_job(monkeypatch) -> Callable[[list[str]], Job]:
    monkeypatch.syspath_prepend(STAND_IN)  # workers inherit the path
    from stand_in_work import job

    return job


@pytest.mark.parametrize("workers", [0, 2])
def test_every_task_has_its_own_result(make_job, workers):
    tasks = [f"task {number}" for number in range(100)]
    done = dict(work_off(make_job(tasks), workers=workers))
    assert done == {index: f"did {task}" for index, task in enumerate(tasks)}


def test_a_worker_is_another_process_and_the_costliest_task_goes_first(make_job):
    tasks = ["where " + "x" * length for length in (1, 50, 3)]
    outcomes = list(work_off(make_job(tasks), workers=1))
    assert [index for index, _ in outcomes] == [1, 2, 0]
    assert all(str(os.getpid()) not in result for _, result in outcomes)


def test_a_task_whose_worker_was_killed_once_is_done_again(make_job, tmp_path):
    tasks = [f"once {tmp_path / 'mark'}", *(f"task {number}" for number in range(30))]
    done = dict(work_off(make_job(tasks), workers=2))
    assert done == {index: f"did {task}" for index, task in enumerate(tasks)}


def test_a_deadly_task_is_named_and_costs_the_others_nothing(make_job):
    tasks = [*(f"task {number}" for number in range(30)), "die", "leave"]
    done = dict(work_off(make_job(tasks), workers=2))
    assert done.pop(30) == "gave up die: its process died (SIGKILL: out of memory?), twice"
    assert done.pop(31) == "gave up leave: its process died (exit status 3), twice"
    assert done == {index: f"did task {index}" for index in range(30)}


def test_any_number_of_deadly_tasks_costs_the_others_nothing(make_job):
    tasks = [*(f"die {number}" for number in range(6)), *(f"task {number}" for number in range(9))]
    done = dict(work_off(make_job(tasks), workers=2))
    assert {index: done.pop(index) for index in range(6)} == {
        index: f"gave up die {index}: its process died (SIGKILL: out of memory?), twice"
        for index in range(6)
    }
    assert done == {6 + index: f"did task {index}" for index in range(9)}


def test_a_suspect_is_tried_with_no_other_task_beside_it(make_job, tmp_path):
    tasks = [f"once {tmp_path / 'mark'}", *(f"task {number}" for number in range(20))]
    outcomes = [index for index, _ in work_off(make_job(tasks), workers=2)]
    assert outcomes[-1] == 0
    assert sorted(outcomes) == list(range(21))


def test_workers_that_cannot_start_stop_the_run(make_job):
    from stand_in_work import Unreadable

    job = dataclasses.replace(make_job(["a", "b"]), work=Unreadable())
    with pytest.raises(WorkError, match=r"a worker could not start: .* \(exit status 1\)"):
        list(work_off(job, workers=2))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_bug_stops_the_run_and_names_its_task(make_job, workers):
    with pytest.raises(WorkError, match="bug of mine: ZeroDivisionError: of mine"):
        list(work_off(make_job(["task 1", "bug of mine"]), workers=workers))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_of_the_system_keeps_its_kind(make_job, workers):
    with pytest.raises(OSError, match="No space left") as caught:
        list(work_off(make_job(["full /a/file", "task 1"]), workers=workers))
    assert (caught.value.errno, caught.value.filename) == (28, "/a/file")
    assert caught.value.__notes__ == ["at full /a/file"]


def test_closing_ends_the_workers(make_job):
    outcomes = work_off(make_job(["a", "b", *["sleep 0.2"] * 50]), workers=2)
    next(outcomes)
    began = time.monotonic()
    outcomes.close()
    assert time.monotonic() - began < 3.0, "no worker finishes more than the task in hand"
