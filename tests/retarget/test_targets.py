from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError, RobotError
from motionlib.motion import Motion
from retarget.settings import ContactSettings
from retarget.targets import Correspondence, goal_of
from retarget.tree import world_poses


def moved(motion: Motion, **changes: torch.Tensor) -> Motion:
    """A motion with other arrays."""
    return replace(motion, **changes)


def test_limbs_have_the_robot_s_lengths(g1, smpl_to_g1, walk, ask):
    goal = ask(walk)
    names = [point.name for point in smpl_to_g1.keypoints]
    dofs = torch.zeros(1, g1.num_dofs)
    pos, _ = world_poses(g1, torch.zeros(1, 3), torch.tensor([[1.0, 0, 0, 0]]), dofs)
    bodies = {point.name: g1.body_names.index(point.body) for point in smpl_to_g1.keypoints}
    for above, below in (("left_knee", "left_foot"), ("right_knee", "right_foot")):
        spans = goal.points[:, names.index(below)] - goal.points[:, names.index(above)]
        length = np.linalg.norm(pos[0, bodies[below]] - pos[0, bodies[above]])
        np.testing.assert_allclose(np.linalg.norm(spans, axis=-1), length, atol=1e-6)


def test_without_recall_the_path_is_the_human_s_to_scale(g1, smpl_to_g1, jump):
    goal = goal_of(jump, g1, smpl_to_g1, ContactSettings(recall_s=0.0))
    assert not goal.moved.any()
    human = jump.root_pos.double().numpy() - [0.0, 0.0, goal.ground]
    scale = goal.points[:, 0] / human
    assert np.ptp(scale) < 1e-6
    assert 0.5 < scale.mean() < 1.0


def test_feet_in_contact_are_on_the_ground_and_stay_there(g1, smpl_to_g1, walk, ask):
    goal, plain = ask(walk), goal_of(walk, g1, smpl_to_g1, ContactSettings(recall_s=0.0))
    both = goal.contact[1:] & goal.contact[:-1]
    ways = [np.linalg.norm(np.diff(g.soles[..., :2], axis=0), axis=-1)[both] for g in (goal, plain)]
    assert ways[0].mean() < 0.7 * ways[1].mean()
    heights = [np.abs(g.soles[..., 2][g.contact]).mean() for g in (goal, plain)]
    assert heights[0] < heights[1]
    assert goal.soles[..., 2].min() > -0.01
    shift = goal.points - plain.points
    upper = [p.name not in ("left_toe", "right_toe") for p in smpl_to_g1.keypoints]
    np.testing.assert_allclose(
        shift[:, upper], np.repeat(goal.moved[:, None], sum(upper), 1), atol=1e-9
    )


def test_limbs_keep_their_lengths_where_feet_are_turned(smpl_to_g1, walk, ask):
    names = [point.name for point in smpl_to_g1.keypoints]
    goal = ask(walk)
    for side in ("left", "right"):
        span = (
            goal.points[:, names.index(f"{side}_toe")] - goal.points[:, names.index(f"{side}_foot")]
        )
        np.testing.assert_allclose(np.ptp(np.linalg.norm(span, axis=-1)), 0.0, atol=1e-9)


@pytest.mark.parametrize("height", [-0.4, 1.0])
def test_a_floor_elsewhere_is_found_and_taken_away(walk, ask, height):
    raised = moved(walk, root_pos=walk.root_pos + torch.tensor([0.0, 0.0, height]))
    goal, known = ask(raised), ask(walk)
    assert goal.ground - known.ground == pytest.approx(height, abs=1e-5)
    np.testing.assert_allclose(goal.points, known.points, atol=1e-5)
    np.testing.assert_array_equal(goal.contact, known.contact)


def test_a_motion_s_own_labels_are_used(walk, ask):
    labels = torch.zeros(walk.num_frames, 2, dtype=torch.bool)
    labels[3:9, 1] = True
    goal = ask(moved(walk, foot_contact=labels))
    np.testing.assert_array_equal(goal.contact[..., 0], labels.numpy())
    np.testing.assert_array_equal(goal.contact[..., 1], labels.numpy())


def test_one_correspondence_serves_many_clips(g1, smpl_to_g1, smpl, walk):
    settings = ContactSettings()
    kept = Correspondence(smpl, g1, smpl_to_g1)
    known = goal_of(walk, g1, smpl_to_g1, settings)
    for _ in range(2):
        np.testing.assert_array_equal(kept.goal(walk, settings).points, known.points)


def test_a_motion_that_is_not_finite_names_its_frame(g1, smpl_to_g1, walk):
    dofs = walk.dof_pos.clone()
    broken = object.__new__(Motion)
    dofs[11, 3] = torch.nan
    for name in ("name", "robot", "fps", "root_pos", "root_quat_wxyz", "foot_contact"):
        object.__setattr__(broken, name, getattr(walk, name))
    object.__setattr__(broken, "dof_pos", dofs)
    with pytest.raises(MotionError, match=r"dof_pos: not finite in frame 11"):
        goal_of(broken, g1, smpl_to_g1, ContactSettings())


def test_contacts_need_a_keypoint_with_an_orientation_on_each_foot(g1, smpl_to_g1, smpl):
    points = tuple(
        replace(point, orientation=0.0) if point.body == g1.foot_bodies[1] else point
        for point in smpl_to_g1.keypoints
    )
    with pytest.raises(RobotError, match=g1.foot_bodies[1]):
        Correspondence(smpl, g1, replace(smpl_to_g1, keypoints=points))
