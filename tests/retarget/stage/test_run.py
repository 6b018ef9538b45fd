import dataclasses
import shutil
import signal
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest
import torch

from motionlib.errors import MotionError, RobotError
from motionlib.formats.beyondmimic import load_npz, save_npz
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions
from motionlib.measure import columns_of
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model
from motionlib.stages.result import StageResult
from motionlib.stages.store import ClipStore
from motionlib.stages.verdicts import Bound
from retarget.quality.gates import RetargetGates
from retarget.quality.measure_table import ROBOT_MEASURES
from retarget.retargeting import Retargeter
from retarget.settings import RetargetSettings
from retarget.stage.run import retarget_clips, retargeting_stage
from retarget.stage.sources import CHANGED, SourceClip, sources_of_file
from retarget.stage.table import robot_rows, row_of_source


def cut(motion: Motion, name: str, rows: slice, **changes) -> Motion:
    """Frames of a motion."""
    parts = {key: getattr(motion, key)[rows] for key in ("root_pos", "root_quat_wxyz", "dof_pos")}
    return dataclasses.replace(motion, name=name, **{**parts, **changes})


@pytest.fixture
def library(tmp_path, walk) -> Callable[..., Path]:
    """`library(motion, ...)`: a `.pt` of them without the labels that packing adds."""

    def make(*motions: Motion, name: str = "human.pt") -> Path:
        save_motion_lib(tmp_path / name, library_from_motions(motions))
        return tmp_path / name

    return make


@pytest.fixture
def run(tmp_path, smpl, g1) -> Callable[..., list[StageResult]]:
    def call(items: list[SourceClip], **changes) -> list[StageResult]:
        usual = {
            "source": smpl,
            "target": g1,
            "settings": RetargetSettings(),
            "store": ClipStore(tmp_path / "store"),
            "processes": 1,
            "progress": False,
        }
        return retarget_clips(items, **{**usual, **changes})

    return call


@pytest.fixture
def judged(run) -> Callable[..., dict[str, Any]]:
    """`judged([clip], gates=...)`: the row of a table that one clip gets, and its result."""

    def call(items: list[SourceClip], *, gates: RetargetGates | None = None) -> dict[str, Any]:
        (result,) = run(items)
        human = [row_of_source(item) for item in items]
        (row,) = robot_rows("g1", human, {result.clip_id: result}, gates or RetargetGates())
        return {**row, "recomputed": result.recomputed}

    return call


def entries(store: ClipStore) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in store.folder.glob("??/*")}


@pytest.fixture
def split_g1(tmp_path, g1) -> Path:
    """Folder of a G1 whose lower legs are files of their own."""
    folder = Path(shutil.copytree(g1.xml_path.parent, tmp_path / "split_g1"))
    tree = ET.parse(folder / "robot.xml")
    for side in ("left", "right"):
        thigh = tree.find(f".//body[@name='{side}_hip_yaw_link']")
        shank = thigh.find(f"body[@name='{side}_knee_link']")
        thigh.remove(shank)
        ET.SubElement(thigh, "include", file=f"{side}_shank.xml")
        part = ET.Element("mujocoinclude")
        part.append(shank)
        (folder / f"{side}_shank.xml").write_text(ET.tostring(part, encoding="unicode"))
    tree.write(folder / "robot.xml")
    return folder


def lower_legs(folder: Path, *, by: float) -> None:
    """Make both shanks of a split G1 longer, m."""
    for side, y in (("left", "-0.000094"), ("right", "0.000094")):
        file = folder / f"{side}_shank.xml"
        old, new = f'pos="0 {y} -0.30001"', f'pos="0 {y} {-0.30001 - by:.5f}"'
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))


def lowest_sole(robot: Robot, store: ClipStore, result: StageResult) -> float:
    """m, of any sole in any frame, as MuJoCo has it."""
    arrays, model = store.load_arrays(result.cache_path).arrays, robot_model(robot)
    data, heights = mujoco.MjData(model), []
    for pos, quat, dofs in zip(
        *(arrays[name] for name in ("root_pos", "root_quat_wxyz", "dof_pos")), strict=True
    ):
        data.qpos[:] = np.concatenate((pos, quat, dofs))
        mujoco.mj_kinematics(model, data)
        for sole in robot.soles:
            body = data.body(sole.body)
            heights.append((body.xpos + sole.corners @ body.xmat.reshape(3, 3).T)[:, 2].min())
    return min(heights)


@pytest.fixture
def three(walk, library, smpl) -> list[SourceClip]:
    rows = {"b": slice(0, 12), "a": slice(10, 40), "c": slice(30, 38)}
    return sources_of_file(library(*(cut(walk, n, r) for n, r in rows.items())), smpl)


def test_results_come_in_order_and_are_kept(run, three, tmp_path, g1):
    first = run(three)
    assert [each.clip_id for each in first] == ["b", "a", "c"]
    assert [each.measures["frames"] for each in first] == [12, 30, 8]
    assert all(each.recomputed and each.cache_path for each in first)
    for each in first:
        assert set(each.measures) == set(columns_of(ROBOT_MEASURES)), "the table lists all"
    entry = ClipStore(tmp_path / "store").load_arrays(first[1].cache_path)
    shapes = {name: array.shape for name, array in entry.arrays.items()}
    assert shapes == {
        "root_pos": (30, 3),
        "root_quat_wxyz": (30, 4),
        "dof_pos": (30, g1.num_dofs),
        "foot_contact": (30, 2),
    }
    assert entry.fps == 30.0
    again = run(three)
    assert not any(each.recomputed for each in again)
    assert [dataclasses.replace(each, recomputed=True) for each in again] == first


def test_any_number_of_processes_gives_the_same_bytes(run, three, tmp_path):
    one, two = ClipStore(tmp_path / "one"), ClipStore(tmp_path / "two")
    assert run(three, store=one) == run(three[::-1], store=two, processes=2)[::-1]
    assert entries(one) == entries(two)
    assert len(entries(one)) == 3


def test_name_weight_and_file_are_not_solved_again(run, three, walk, library, smpl):
    first = run(three)
    copy = dataclasses.replace(cut(walk, "copy of a", slice(10, 40)), weight=7.0)
    (result,) = run(sources_of_file(library(copy, name="other.pt"), smpl))
    assert not result.recomputed
    assert (result.clip_id, result.key) == ("copy of a", first[1].key)


def test_settings_make_other_results(run, three):
    one, other = run(three[:1]), run(three[:1], settings=RetargetSettings(fps=60.0))
    assert other[0].recomputed
    assert one[0].key != other[0].key
    assert (other[0].measures["fps"], other[0].measures["frames"]) == (60.0, 23)


def test_other_gates_solve_nothing_again(judged, three):
    strict = RetargetGates(keypoint_error_mean_cm=Bound(accept=0.0, reject=0.001))
    assert judged(three[:1])["fate"] != "rejected"
    row = judged(three[:1], gates=strict)
    assert (row["fate"], row["recomputed"]) == ("rejected", False)
    assert "keypoint_error_mean_cm" in row["reason"]
    assert row["cache_path"]


def test_a_robot_in_several_files_is_the_same_robot(run, three, split_g1, g1, tmp_path):
    robot = load_robot(split_g1)
    assert robot.semantic_sha256 == g1.semantic_sha256
    (one,), (other,) = run(three[:1]), run(three[:1], target=robot)
    assert other.measures == one.measures


def test_a_longer_shank_in_an_included_file_is_solved_again(run, three, split_g1, tmp_path):
    store, before = ClipStore(tmp_path / "store"), load_robot(split_g1)
    (short,) = run(three[1:2], target=before)
    lower_legs(split_g1, by=0.1)
    after = load_robot(split_g1)
    (long,) = run(three[1:2], target=after)
    assert long.recomputed
    assert long.key != short.key
    assert lowest_sole(after, store, long) > -0.01
    # what would have been reused: soles under the floor
    assert lowest_sole(after, store, short) < -0.08


def test_a_robot_that_changes_meanwhile_leaves_nothing_in_the_store(
    run, three, split_g1, tmp_path, monkeypatch
):
    robot = load_robot(split_g1)
    monkeypatch.setattr(ClipStore, "sweep", lambda _: lower_legs(split_g1, by=0.1))
    results = run(three, target=robot)
    assert all("its files changed since g1 was read" in each.reason for each in results)
    store = ClipStore(tmp_path / "store")
    assert not any(store.get(each.key) for each in results)
    with pytest.raises(RobotError, match="its files changed since g1 was read; start again"):
        run(three, target=robot)


def test_a_bad_clip_costs_one_reason(run, three, tmp_path):
    gone = dataclasses.replace(three[0], clip_id="gone", path="gone.pt", content_sha256="x")
    long = dataclasses.replace(three[0], clip_id="long", frames=18_001, content_sha256="y")
    changed = dataclasses.replace(three[0], clip_id="changed", content_sha256="z")
    results = run([gone, long, changed, three[2]])
    assert [each.cache_path for each in results[:3]] == [""] * 3
    reasons = [each.reason for each in results]
    assert reasons[0] == "cannot be read: No such file or directory"
    assert reasons[1] == "lasts 10.0 min, at most 10 are solved; cut it into parts"
    assert reasons[2] == CHANGED
    assert results[3].cache_path
    # that a file is away says nothing about its content
    assert [each.recomputed for each in run([gone, long, changed])] == [True, False, True]


def test_what_one_motion_brings_about_is_its_own_fate(run, three, monkeypatch, tmp_path):
    solve = Retargeter.retarget

    def retarget(self, motion):
        if motion.name == "b":
            raise MemoryError
        return solve(self, motion)

    monkeypatch.setattr(Retargeter, "retarget", retarget)
    results = {each.clip_id: each for each in run(three)}
    assert results["b"].reason == "unexpected MemoryError"
    assert results["b"].cache_path == ""
    assert results["a"].cache_path
    assert results["c"].cache_path
    assert ClipStore(tmp_path / "store").get(results["b"].key) is None, "it may work another time"


def test_two_clips_of_one_name_are_refused(run, three):
    with pytest.raises(MotionError, match="1 id used twice, 'b' for one"):
        run([three[0], three[0]])


def test_an_unknown_pair_stops_the_run(run, three, microduck, g1):
    with pytest.raises(RobotError, match="microduck_to_g1"):
        run(three, source=microduck)


def test_a_killed_run_is_resumed(run, three, tmp_path, run_child):
    program = """
        import sys
        from motionlib.stages.store import ClipStore
        from motionlib.robots.files import load_robot
        from retarget.settings import RetargetSettings
        from retarget.stage.sources import sources_of_file
        from retarget.stage.run import retarget_clips

        if __name__ == "__main__":
            from pathlib import Path
            smpl = load_robot("smpl")
            items = sources_of_file(Path(sys.argv[1]), smpl)
            retarget_clips(
                items, source=smpl, target=load_robot("g1"), settings=RetargetSettings(),
                store=ClipStore(Path(sys.argv[2])), processes=1, progress=False,
            )
    """
    store = ClipStore(tmp_path / "store")
    child = run_child(program, three[0].path, store.folder)
    child.wait_until(lambda: any(store.folder.glob("??/*")))
    child.signal(signal.SIGKILL)
    results = run(three)
    assert not results[0].recomputed
    assert all(each.cache_path for each in results)


def test_one_frame_is_a_clip(run, walk, library, smpl):
    (result,) = run(sources_of_file(library(cut(walk, "still", slice(5, 6))), smpl))
    assert result.cache_path
    assert result.measures["frames"] == 1
    assert result.measures["keypoint_error_mean_cm"] < 4.0


def test_feet_that_never_touch_the_ground_are_flagged(judged, walk, library, smpl):
    height = torch.zeros(30, 3)
    height[:, 2] = torch.linspace(1.0, 3.0, 30)
    air = cut(walk, "air", slice(0, 30), root_pos=walk.root_pos[:30] + height)
    row = judged(sources_of_file(library(air), smpl))
    assert row["fate"] == "flagged"
    assert "no foot ever touches the ground" in row["reason"]


def test_a_floor_at_one_metre_is_moved_and_flagged(judged, walk, tmp_path, smpl):
    up = torch.tensor([0.0, 0.0, 1.0])
    for name, motion in (("low", walk), ("high", cut(walk, "high", slice(None)))):
        pos = walk.root_pos + (up if name == "high" else 0.0)
        save_npz(tmp_path / f"{name}.npz", [dataclasses.replace(motion, name=name, root_pos=pos)])
    items = [sources_of_file(tmp_path / f"{name}.npz", smpl)[0] for name in ("low", "high")]
    low, high = (judged([item]) for item in items)
    assert "the floor lay at 1.0" in high["reason"]
    assert high["fate"] == "flagged"
    assert "floor" not in low["reason"]
    store = ClipStore(tmp_path / "store")
    difference = store.load_arrays(high["cache_path"]).arrays["root_pos"][:, 2]
    difference = difference - store.load_arrays(low["cache_path"]).arrays["root_pos"][:, 2]
    assert abs(difference).max() < 0.01


def test_contacts_that_never_release_are_told(judged, walk, tmp_path, smpl):
    labels = torch.ones(walk.num_frames, 2, dtype=torch.bool)
    save_npz(tmp_path / "glued.npz", [dataclasses.replace(walk, foot_contact=labels)])
    assert load_npz(tmp_path / "glued.npz", smpl)[0].foot_contact is not None
    row = judged(sources_of_file(tmp_path / "glued.npz", smpl))
    assert row["fate"] in ("flagged", "rejected")
    assert "while it is labelled as standing" in row["reason"]


def test_a_human_three_times_too_tall_is_no_clip(judged, walk, library, smpl):
    giant = cut(walk, "giant", slice(0, 40), root_pos=3.0 * walk.root_pos[:40])
    row = judged(sources_of_file(library(giant), smpl))
    assert row["fate"] != "accepted"
    assert row["reason"]


def test_the_bar_says_that_the_compiler_is_at_work(smpl, g1, tmp_path, monkeypatch) -> None:
    def label(method: str) -> str:
        settings = RetargetSettings(method=method)
        store = ClipStore(tmp_path)
        return retargeting_stage(source=smpl, target=g1, settings=settings, store=store).label

    monkeypatch.setattr("retarget.stage.run.is_compiled", lambda file: False)
    assert label("native") == "compiling (once, about half a minute) and retargeting"
    monkeypatch.setattr("retarget.stage.run.is_compiled", lambda file: file.name == "trajectory.py")
    assert label("native") == "retargeting"
