"""The pairs that come along, and how one is found and read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.checks import check_source
from retarget.pairs.files import PAIRS, load_pair
from retarget.retargeting import Retargeter

SHIPPED = sorted(path.stem for path in PAIRS.glob("*.yaml"))


@pytest.mark.parametrize("stem", SHIPPED)
def test_every_pair_fits_its_robots(stem: str) -> None:
    source, target = (load_robot(name) for name in stem.split("_to_"))
    pair = load_pair(source.name, target)
    assert (pair.source, pair.target) == (source.name, target.name)
    check_source(pair, source, target)
    roots = [point for point in pair.keypoints if not point.after]
    assert [point.body for point in roots] == [target.body_names[0]]


def test_the_robots_of_the_workbench_have_pairs() -> None:
    assert {f"smpl_to_{name}" for name in ("g1", "h1", "h1_2", "microduck", "smpl")} <= set(SHIPPED)


@pytest.mark.parametrize("stem", SHIPPED)
def test_left_and_right_ask_the_same(stem: str) -> None:
    points = {point.name: point for point in load_pair(*_names(stem)).keypoints}
    for name, point in points.items():
        other = points[_mirror(name)]
        assert (point.position, point.orientation, point.scale) == (
            other.position, other.orientation, other.scale
        )  # fmt: skip
        assert _mirror(point.source) == other.source
        np.testing.assert_allclose(np.abs(point.offset), np.abs(other.offset))


def _names(stem: str) -> tuple[str, Robot]:
    source, target = stem.split("_to_")
    return source, load_robot(target)


def _mirror(name: str) -> str:
    for left, right in (("left_", "right_"), ("L_", "R_")):
        if name.startswith((left, right)):
            swap = {left: right, right: left}
            start = left if name.startswith(left) else right
            return swap[start] + name[len(start) :]
    return name


def test_fingers_and_own_bodies_use_the_pair_of_their_family(smplx: Robot, g1: Robot) -> None:
    pair = load_pair("smplx", g1)
    assert pair == load_pair("smpl", g1) == load_pair("smpl_female", g1)
    check_source(pair, smplx, g1)


def test_a_pair_of_the_bodys_own_goes_first(smpl: Robot) -> None:
    assert load_pair("smplx", smpl).source == "smplx"


def test_no_pair_says_how_to_get_one(open_duck: Robot, g1: Robot) -> None:
    with pytest.raises(RobotError, match=r"no such pair.*motion retarget init --robot open_duck"):
        load_pair("smpl", open_duck)
    with pytest.raises(
        RobotError, match=r"h1_to_g1.yaml: no such pair; nearest.*pass it as --pair"
    ):
        load_pair("h1", g1)


def test_unknown_keys_are_refused(g1: Robot, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = (PAIRS / "smpl_to_g1.yaml").read_text()
    path.write_text(text.replace("matching_pose:", "mathcing_pose:"))
    with pytest.raises(RobotError, match=r"unknown key 'mathcing_pose'; nearest: matching_pose"):
        load_pair("smpl", g1, path)


@pytest.mark.parametrize("name", ["g1", "smpl"])
def test_motions_with_fingers_are_retargeted(
    name: str, smplx: Robot, make_motion: Callable[..., Motion]
) -> None:
    target = load_robot(name)
    motion = make_motion(smplx, frames=8)
    result = Retargeter(smplx, target).retarget(motion)
    assert result.motion.num_frames == 8
    assert np.isfinite(result.motion.dof_pos.numpy()).all()


def test_doubts_are_read_and_told_with_every_clip(
    g1: Robot, smpl: Robot, tmp_path: Path, make_motion: Callable[..., Motion]
) -> None:
    path = tmp_path / "mine.yaml"
    text = (PAIRS / "smpl_to_g1.yaml").read_text()
    path.write_text(f'{text}\ndoubts: ["the left hand may be a thumb"]\n')
    pair = load_pair("smpl", g1, path)
    assert pair.doubts == ("the left hand may be a thumb",)
    result = Retargeter(smpl, g1, pair=pair).retarget(make_motion(smpl, frames=8))
    assert "pair not sure: the left hand may be a thumb" in result.notes
