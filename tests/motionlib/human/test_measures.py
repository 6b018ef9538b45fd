"""Measures of clips whose faults were put in by hand."""

from dataclasses import replace

import numpy as np
import pytest

from motionlib.human.conversion import convert_clip
from motionlib.human.measures import contact_limits, content_sha256
from motionlib.human.settings import ContactRule, HumanSettings

FPS = 30.0
PLAIN = HumanSettings(self_penetration=False, height_fix="none")


@pytest.fixture
def still(smpl, make_clip):
    """Upright and still at 30 fps, so that source and output frames are the same."""

    def make(frames=90):
        clip = make_clip(smpl, frames=frames, fps=FPS, size=0.0)
        clip.root_pos[:] = [0.0, 0.0, 1.0]
        return clip

    return make


def measured(clip, robot, settings=PLAIN):
    return convert_clip(clip, robot, settings).measures


def test_a_still_clip_has_no_faults(smpl, still):
    found = measured(still(), smpl)
    assert (found["frames"], found["seconds"]) == (90, pytest.approx(89 / 30))
    faults = ("root_speed", "body_speed", "dof_speed", "limit_excess", "below_ground", "sole_depth")
    assert all(found[f"{name}_max"] == pytest.approx(0.0, abs=1e-6) for name in faults)
    assert found["airborne_s_max"] == 0.0


def test_depth_and_time_in_the_air_with_their_frames(smpl, still):
    lowest = measured(still(), smpl)["floating_height"]
    clip = still()
    clip.root_pos[20, 2] -= lowest + 0.07
    clip.root_pos[40:55, 2] += 0.5
    clip.root_pos[50, 2] += 0.1
    found = measured(clip, smpl)
    assert found["below_ground_max"] == pytest.approx(0.07)
    assert found["below_ground_max_frame"] == 20
    assert found["sole_depth_max"] > 0.07
    assert found["sole_depth_max_frame"] == 20
    assert found["airborne_s_max"] == pytest.approx(15 / FPS)
    assert found["airborne_s_max_frame"] == 40
    assert found["floating_height"] == pytest.approx(lowest)
    assert found["floating_height_frame"] == 50


def test_speeds_see_single_frames_whatever_the_velocity_rule_hides(smpl, still):
    clip = still()
    clip.root_pos[30, 0] += 0.6  # out and back: the smallest of three horizons is zero before it
    found = measured(clip, smpl)
    assert found["root_speed_max"] == pytest.approx(0.6 * FPS)
    assert found["root_speed_max_frame"] in (29, 30)
    clip = still()
    clip.rotvec[60:, clip.columns[16]] += [0.0, 0.0, 1.5]  # one elbow, for good
    found = measured(clip, smpl)
    assert found["dof_speed_max"] == pytest.approx(1.5 * FPS)
    assert found["dof_speed_max_frame"] == 59
    forearm = np.linalg.norm(smpl.body_offset_pos[[17, 18]], axis=1).sum()
    assert found["body_speed_max"] == pytest.approx(2 * np.sin(0.75) * forearm * FPS, rel=0.02)
    assert found["root_speed_max"] == 0.0


def test_excess_over_joint_limits(smpl, still):
    limits = smpl.dof_limits.copy()
    limits[9] = [-0.2, 0.3]
    robot = replace(smpl, dof_limits=limits)
    clip = still()
    clip.rotvec[33, clip.columns[4, 0]] = -0.65
    found = measured(clip, robot)
    assert found["limit_excess_max"] == pytest.approx(0.45)
    assert found["limit_excess_max_frame"] == 33


def test_the_first_contact_group_that_matches_counts(smpl):
    toes, left = ContactRule(speed=0.2, height=0.3), ContactRule(speed=0.4, height=0.5)
    settings = HumanSettings(contacts_of={"*_Toe": toes, "L_*": left})
    speeds, heights = contact_limits(smpl, settings)
    at = smpl.body_names.index
    assert (speeds[at("L_Toe")], heights[at("L_Toe")]) == (0.2, 0.3)
    assert (speeds[at("L_Hip")], heights[at("L_Hip")]) == (0.4, 0.5)
    assert (speeds[at("R_Hip")], heights[at("R_Hip")]) == (0.15, 0.1)


def test_content_is_the_numbers_and_the_rate(smpl, still):
    clip = still()
    one, again = (measured(clip, smpl)["content_sha256"] for _ in range(2))
    assert one == again
    clip.rotvec[5, 8] += 1e-3
    assert measured(clip, smpl)["content_sha256"] != one
    arrays = [np.zeros((2, n), dtype=np.float32) for n in (3, 4, 69)]
    assert content_sha256(*arrays, fps=30.0) != content_sha256(*arrays, fps=50.0)


@pytest.mark.parametrize(("height", "hovers"), [(0.09, False), (0.13, True), (0.45, True)])
def test_hovering_is_higher_than_standing_and_longer_than_a_jump(smpl, still, height, hovers):
    clip = still()
    stands = smpl.lowest_body_height - measured(clip, smpl)["floating_height"]
    clip.root_pos[:, 2] += stands
    clip.root_pos[30:62, 2] += height
    found = measured(clip, smpl)
    assert found["hover_s_max"] == pytest.approx(32 / FPS if hovers else 0.0)
    assert found["hover_s_max_frame"] == (30 if hovers else 0)
    flight = np.sin(np.linspace(0.0, np.pi, 20)) * 0.5  # two thirds of a second
    clip.root_pos[30:62, 2] -= height
    clip.root_pos[30:50, 2] += flight
    assert measured(clip, smpl)["hover_s_max"] < 20 / FPS
