import functools
import hashlib
from pathlib import Path

import numpy as np
import pytest

from motionlib.stages.clip_stage import ClipStage, ClipTask
from motionlib.stages.result import StageResult, StoredClip
from motionlib.stages.store import ClipStore


def work(task: ClipTask[str], *, store: ClipStore, folder: Path) -> StoredClip:
    """An item is `name:content`; each look at it leaves a mark."""
    name, _, content = task.item.partition(":")
    with (folder / "looks.txt").open("a") as file:
        file.write(f"{name}\n")
    if name.startswith("away"):
        return task.refused("its file is away")
    if content == "bad":
        return store.put_failure(task.key, "no feet", gate="feet", frame=3)
    arrays = {"dof_pos": np.full((2, 1), len(content), np.float32)}
    return store.put_arrays(task.key, arrays, fps=1.0, measures={"frames": 2}, notes=("seen",))


@pytest.fixture
def stage(tmp_path: Path) -> ClipStage[str]:
    store = ClipStore(tmp_path / "store")
    return ClipStage(
        store=store,
        key=lambda item: hashlib.sha256(item.partition(":")[2].encode()).hexdigest(),
        work=functools.partial(work, store=store, folder=tmp_path),
        name=lambda item: item.partition(":")[0],
        cost=lambda item: 1.0,
        size=lambda item: 1.0,
        unit="frames",
        alone=100.0,
        label="trying",
        done="tried",
    )


def run(stage: ClipStage[str], *items: str, progress: bool = False) -> list[StageResult]:
    return stage.run(items, processes=1, progress=progress)


def looks(tmp_path: Path) -> list[str]:
    return (tmp_path / "looks.txt").read_text().split()


def test_clips_of_one_key_are_worked_at_once(stage: ClipStage[str], tmp_path: Path) -> None:
    results = run(stage, "a:same", "b:other", "c:same", "d:bad", "e:bad")
    assert looks(tmp_path) == ["a", "b", "d"]
    assert [each.clip_id for each in results] == ["a", "b", "c", "d", "e"]
    assert results[0].cache_path == results[2].cache_path != ""
    assert results[2].notes == ("seen",)
    assert [(each.reason, each.gate, each.frame) for each in results[3:]] == [
        ("no feet", "feet", 3)
    ] * 2
    assert all(each.recomputed for each in results)
    again = run(stage, "c:same", "e:bad")
    assert [each.recomputed for each in again] == [False, False]
    assert len(looks(tmp_path)) == 3


def test_a_clip_that_is_refused_costs_its_copies_nothing(
    stage: ClipStage[str], tmp_path: Path
) -> None:
    results = run(stage, "away:same", "away too:same", "here:same", "copy:same")
    assert [each.reason for each in results] == ["its file is away"] * 2 + ["", ""]
    assert [bool(each.cache_path) for each in results] == [False, False, True, True]
    assert looks(tmp_path) == ["away", "away", "too", "here"]
    assert run(stage, "away:new")[0].recomputed
    assert run(stage, "away:new")[0].recomputed, "a refusal is not remembered"


def test_nothing_to_do_is_no_work(stage: ClipStage[str], tmp_path: Path) -> None:
    assert run(stage) == []
    assert not (tmp_path / "looks.txt").exists()
