"""Recordings in wrong units and axes against people who lie, crawl, roll and stand on their hands."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.human.clip import HumanClip
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.smpl_joints import BODY_JOINTS, ROOT_POST_QUAT_WXYZ, columns_of
from motionlib.human.settings import HumanSettings
from motionlib.plausibility_table import HUMAN_PLAUSIBILITIES, findings_of
from motionlib.synthesis.human import make_human
from motionlib.synthesis.human_body import human_body

PLAIN = HumanSettings(self_penetration=False)
FPS = 30.0
Y_UP = Rotation.from_euler("x", -90, degrees=True)


@pytest.fixture(scope="module")
def acted(smpl):
    """`acted(action)`: three seconds of it, z up."""
    body, made = human_body(smpl), {}

    def act(action: str) -> HumanClip:
        if action not in made:
            rng = np.random.default_rng(3)
            human = make_human(body, (action,), frames=90, fps=FPS, rng=rng)
            made[action] = HumanClip(
                fps=FPS,
                root_pos=human.root_pos,
                rotvec=human.rotvec.reshape(90, -1),
                columns=columns_of(smpl.body_names, BODY_JOINTS),
                root_post_quat_wxyz=np.array(ROOT_POST_QUAT_WXYZ),
                format="amass_smplh",
            )
        return made[action]

    return act


def turned(clip: HumanClip, turns: Rotation, root_pos: np.ndarray | None = None) -> HumanClip:
    """The whole world turned; with a path of its own, the body alone."""
    rotvec = clip.rotvec.copy()
    rotvec[:, :3] = (turns * Rotation.from_rotvec(rotvec[:, :3])).as_rotvec()
    return replace(
        clip, rotvec=rotvec, root_pos=turns.apply(clip.root_pos) if root_pos is None else root_pos
    )


def about(axis: str, degrees: np.ndarray) -> Rotation:
    """Turns about an axis of the world, frame by frame."""
    return Rotation.from_rotvec(np.radians(degrees)[:, None] * np.eye(3)["xyz".index(axis)])


def found(clip: HumanClip, smpl) -> dict[str, bool]:
    """What is found, and whether it is impossible."""
    measures = convert_clip(clip, smpl, PLAIN).measures
    assert {each.measure.name for each in HUMAN_PLAUSIBILITIES} <= set(measures)
    return {each.gate: each.impossible for each in findings_of(measures)}


@pytest.mark.parametrize("action", ["walk", "run", "squat", "jump", "sit_down", "stand"])
def test_people_who_act_are_sound(smpl, acted, action) -> None:
    assert found(acted(action), smpl) == {}


def test_poses_in_degrees(smpl, acted) -> None:
    clip = acted("walk")
    assert found(replace(clip, rotvec=np.degrees(clip.rotvec)), smpl)["limit_excess_median"]


@pytest.mark.parametrize(("beyond", "impossible"), [(0.2, None), (0.4, False), (2.1, True)])
def test_a_joint_beyond_half_a_turn(smpl, acted, beyond, impossible) -> None:
    """In most frames; a few say nothing, and the root may turn as often as it likes."""
    clip = acted("stand")
    rotvec = clip.rotvec.copy()
    rotvec[:50, 45:48] = [np.pi + beyond, 0.0, 0.0]
    rotvec[:, :3] *= 1.0 + 4.0 * np.pi / np.linalg.norm(rotvec[:, :3], axis=1, keepdims=True)
    assert found(replace(clip, rotvec=rotvec), smpl).get("limit_excess_median") == impossible
    rotvec[20:50, 45:48] = 0.0
    assert "limit_excess_median" not in found(replace(clip, rotvec=rotvec), smpl)


@pytest.mark.parametrize("unit", [100.0, 1000.0])
def test_a_root_in_centimetres_or_millimetres(smpl, acted, unit) -> None:
    clip = acted("walk")
    told = found(replace(clip, root_pos=clip.root_pos * unit), smpl)
    assert told["root_speed_held"]
    assert told["root_height_ratio"]
    still = replace(acted("stand"), root_pos=np.tile([0.0, 0.0, 0.9 * unit], (90, 1)))
    assert found(still, smpl) == {"root_height_ratio": True}


@pytest.mark.parametrize("turns", [Y_UP, Y_UP.inv(), Rotation.from_euler("y", 90, degrees=True)])
def test_a_walk_in_a_world_with_another_axis_up(smpl, acted, turns) -> None:
    told = found(turned(acted("walk"), turns), smpl)
    assert told == {"sideways_stand_s": True, "root_tilt_median": False}


def test_a_walk_upside_down(smpl, acted) -> None:
    turns = Rotation.from_euler("x", 180, degrees=True)
    assert found(turned(acted("walk"), turns), smpl)["sideways_stand_s"]


def test_standing_on_the_floor_of_a_world_with_y_up(smpl, acted) -> None:
    clip = acted("stand")
    clip = replace(clip, root_pos=clip.root_pos - clip.root_pos.mean(0) * [1.0, 1.0, 0.0])
    assert found(turned(clip, Y_UP), smpl)["sideways_stand_s"]
    # at the height of a bed, or off the floor of that axis, it may be somebody who lies
    for shift in ([0.0, 0.0, 0.6], [0.0, 0.5, 0.0]):
        lying = turned(clip, Y_UP)
        lying = replace(lying, root_pos=lying.root_pos + shift)
        assert found(lying, smpl) == {"root_tilt_median": False}


def straight(
    acted, *, height: float, path: np.ndarray | None = None
) -> tuple[HumanClip, np.ndarray]:
    """Someone whose legs hang straight, and a path at a height."""
    root_pos = np.tile([0.3, -0.4, height], (90, 1))
    return acted("stand"), root_pos if path is None else root_pos + path


T = np.arange(90) / FPS
ZERO = 0.0 * T


@pytest.mark.parametrize(
    ("angles", "path"),
    [
        # on the back along y, asleep
        (ZERO - 90.0, None),
        # crawls on the belly, head first along y
        (ZERO + 90.0, np.stack((ZERO, -0.5 * T, ZERO), 1)),
        # does push-ups: rises and falls about the toes
        (75.0 + 10.0 * np.sin(4.0 * T), np.stack((ZERO, ZERO, 0.2 * np.sin(4.0 * T)), 1)),
    ],
)
def test_who_lies_crawls_or_does_push_ups_is_at_most_doubtful(smpl, acted, angles, path) -> None:
    clip, root_pos = straight(acted, height=0.15, path=path)
    told = found(turned(clip, about("x", angles), root_pos), smpl)
    assert told == {"root_tilt_median": False}


def test_who_rolls_over_the_floor_is_at_most_doubtful(smpl, acted) -> None:
    """Along y: turns about it once for each metre that it goes along x."""
    clip, root_pos = straight(acted, height=0.15, path=np.stack((0.6 * T, ZERO, ZERO), 1))
    rolls = about("y", 216.0 * T) * Y_UP
    assert found(turned(clip, rolls, root_pos), smpl) == {"root_tilt_median": False}


def test_a_cartwheel_and_a_handstand_are_no_matter_of_axes(smpl, acted) -> None:
    clip, root_pos = straight(acted, height=0.9, path=np.stack((1.5 * T, ZERO, ZERO), 1))
    wheel = about("y", 120.0 * T)
    assert not any(found(turned(clip, wheel, root_pos), smpl).values())
    walks = np.stack((0.4 * T, ZERO, ZERO), 1)
    clip, root_pos = straight(acted, height=1.0, path=walks)
    hands = about("y", 180.0 + 5.0 * np.sin(6.0 * T))
    assert not any(found(turned(clip, hands, root_pos), smpl).values())


def test_one_frame_has_no_speed(smpl, acted) -> None:
    single = acted("walk").part(0.0, 0.05)
    assert single.num_frames == 1
    measures = convert_clip(single, smpl, PLAIN).measures
    assert measures["root_speed_held"] == measures["dof_speed_held"] == 0.0
