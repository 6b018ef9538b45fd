"""Thighs, shanks, arms and trunk, told by the tree alone: the same with fingers and without."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.limbs import limbs_of
from retarget.tree import standing
from tests.grown_robots import ARMLESS, grown_g1

ALL = {(name, side) for name in ("leg", "thigh", "shank", "upper_arm", "forearm")
       for side in ("left", "right")} | {("trunk", None)}  # fmt: skip


def ends(robot: Robot, name: str, side: str | None = "left") -> list[str]:
    return bodies(robot)[name, side]


def bodies(robot: Robot) -> dict[tuple[str, str | None], list[str]]:
    """Limb and side to the first body at either end."""
    return {
        key: [robot.body_names[points[0].body] for points in (limb.start, limb.end)]
        for key, limb in limbs_of(robot).items()
    }


@pytest.mark.parametrize(
    ("name", "thigh", "forearm"),
    [
        ("g1", ("hip_roll_link", "knee_link"), ("elbow_link", "wrist_pitch_link")),
        ("h1", ("hip_pitch_link", "knee_link"), ("elbow_link", "elbow_link")),
        ("h1_2", ("hip_roll_link", "knee_link"), ("elbow_link", "wrist_pitch_link")),
    ],
)
def test_limbs_are_the_long_pieces_between_bends(
    name: str, thigh: tuple[str, str], forearm: tuple[str, str]
) -> None:
    robot = load_robot(name)
    assert set(limbs_of(robot)) == ALL
    assert ends(robot, "thigh") == [f"left_{end}" for end in thigh]
    assert ends(robot, "forearm") == [f"left_{end}" for end in forearm]


def test_fingers_change_nothing(g1: Robot, fingers: Robot, plain_fingers: Robot) -> None:
    assert bodies(fingers) == bodies(plain_fingers) == bodies(g1)


def test_directions_are_those_of_the_pose(g1: Robot) -> None:
    angles = np.zeros((2, g1.num_dofs))
    angles[1, g1.dof_names.index("left_knee_joint")] = 0.5
    limbs, poses = limbs_of(g1), standing(g1, angles)
    shank = limbs["shank", "left"].directions(*poses)
    assert np.rad2deg(np.arccos(shank[0] @ shank[1])) == pytest.approx(np.rad2deg(0.5), abs=0.01)
    np.testing.assert_allclose(limbs["trunk", None].directions(*poses)[0], [0, 0, 1], atol=0.06)
    np.testing.assert_allclose(*limbs["thigh", "left"].directions(*poses), atol=1e-9)


def test_a_human_has_limbs_by_name(smpl: Robot, smplx: Robot) -> None:
    for human in (smpl, smplx):
        assert set(limbs_of(human)) == ALL
        assert ends(human, "upper_arm", "right") == ["R_Shoulder", "R_Elbow"]


def test_legs_of_birds_are_one_line(microduck: Robot, open_duck: Robot) -> None:
    for duck in (microduck, open_duck):
        assert set(limbs_of(duck)) == {("leg", "left"), ("leg", "right")}
        leg = limbs_of(duck)["leg", "left"]
        line = leg.directions(*standing(duck, duck.default_dof_pos[None]))[0]
        assert line @ [0, 0, -1] > np.cos(0.1), "a hip's origin beside its leg is no direction"


def test_strange_robots_do_not_fail(tmp_path: Path, toes: Robot) -> None:
    armless = grown_g1(tmp_path / "armless", {}, **ARMLESS)
    assert {name for name, _ in limbs_of(armless)} == {"leg", "thigh", "shank"}
    assert ends(toes, "shank") == ["left_knee_link", "left_ankle_pitch_link"]
