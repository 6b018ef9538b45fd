import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.kinematics import local_quats
from retarget.backends.mink import MinkBackEnd, task_frames
from retarget.errors import RetargetError
from retarget.pairs.files import load_pair
from retarget.pairs.pair import Keypoint, Pair
from retarget.retargeting import Retargeter
from retarget.settings import ContactSettings, RetargetSettings
from retarget.targets import goal_of


@pytest.fixture(scope="module")
def g1_to_g1(g1):
    return load_pair("g1", g1)


def test_a_round_trip_comes_back(g1, make_motion):
    motion = make_motion(g1, frames=30)
    settings = RetargetSettings(method="mink", contacts=ContactSettings(recall_s=0.0))
    found = Retargeter(g1, g1, settings).retarget(motion)
    assert found.motion.num_frames == 30
    assert found.iterations <= 22
    torch.testing.assert_close(found.motion.dof_pos, motion.dof_pos, atol=0.02, rtol=0.0)
    lift = found.motion.root_pos[:, 2] - motion.root_pos[:, 2]
    assert float(lift.std()) < 1e-3  # the ground that the targets stand on moves all frames alike


def test_limits_are_kept_with_their_margin(g1, g1_to_g1, make_motion):
    goal = goal_of(make_motion(g1, frames=20), g1, g1_to_g1, ContactSettings())
    margin = 0.45 * float(np.diff(g1.dof_limits).min())
    dofs = MinkBackEnd(g1, replace(g1_to_g1, limit_margin=margin)).solve(goal).dof_pos
    low, high = g1.dof_limits.T
    assert (dofs >= low + margin - 1e-6).all()
    assert (dofs <= high - margin + 1e-6).all()
    assert np.isclose(dofs, low + margin, atol=1e-3).any()


def test_a_frame_starts_from_the_last_one(g1, g1_to_g1, make_motion):
    motion = make_motion(g1, frames=12)
    goal = goal_of(motion, g1, g1_to_g1, ContactSettings())
    still = replace(goal, points=goal.points[[0] * 12], turns=goal.turns[[0] * 12])
    dofs = MinkBackEnd(g1, g1_to_g1).solve(still).dof_pos
    off = np.abs(dofs - motion.dof_pos[0].numpy()).max(-1)
    assert off[-1] < 0.5 * off[0] or off[0] < 1e-4


def test_a_speed_limit_slows(g1, g1_to_g1, make_motion):
    goal = goal_of(make_motion(g1, frames=3), g1, g1_to_g1, ContactSettings())
    free = MinkBackEnd(g1, g1_to_g1).solve(goal).dof_pos[0] - g1.default_dof_pos
    held = MinkBackEnd(g1, g1_to_g1, limit_speed=True).solve(goal).dof_pos[0] - g1.default_dof_pos
    assert np.abs(held).max() < np.abs(free).max()


def test_shoulders_are_asked_where_gmr_asks_them(smpl, g1):
    frames = task_frames(g1, load_pair("smpl", g1))
    bodies = {g1.body_names[frame.body] for frame in frames}
    assert len(bodies) == len(frames)
    assert {"left_shoulder_yaw_link", "right_shoulder_yaw_link", "left_elbow_link"} <= bodies
    assert "left_shoulder_roll_link" not in bodies


def test_three_hinges_that_are_one_rotation(smpl, make_motion):
    motion = make_motion(smpl, frames=10)
    after = [smpl.body_names[parent] for parent in smpl.parents]
    pair = Pair(
        source="smpl",
        target="smpl",
        keypoints=tuple(
            Keypoint(
                name=body,
                source=body,
                body=body,
                after=after[i] if i else "",
                position=1.0,
                orientation=1.0,
            )
            for i, body in enumerate(smpl.body_names)
        ),
    )
    found = Retargeter(smpl, smpl, RetargetSettings(method="mink"), pair=pair).retarget(motion)
    # the first frames are still on their way from the default pose
    ours, theirs = (local_quats(each.dof_pos[5:]) for each in (found.motion, motion))
    assert float((ours * theirs).sum(-1).abs().min()) > np.cos(0.5 * 0.05)


def test_without_mink_it_says_how_to_get_it(g1, monkeypatch):
    monkeypatch.setitem(sys.modules, "mink", None)
    with pytest.raises(RetargetError, match=r"pip install -e '\.\[mink\]'"):
        Retargeter(g1, g1, RetargetSettings(method="mink"))
