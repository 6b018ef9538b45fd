from dataclasses import replace

import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import quat_mul
from tests.training.evaluation.definitions.rollout import Stage, random_rollout
from training.evaluation.definitions.scene import (
    Layout,
    Scene,
    bends,
    distances_from_root,
    layout_of,
    reference_bodies,
    robot_bodies,
    turns,
)


def scene_of(robot: Robot, rollouts, layout: Layout) -> Scene:
    stage = Stage(robot, len(rollouts))
    stage.shown = [(rollout, 0) for rollout in rollouts]
    nothing = torch.zeros(3, len(rollouts), robot.num_bodies)
    return Scene(
        now=stage.moment(),
        layout=layout,
        robot=robot_bodies(stage.state()),
        reference=reference_bodies(stage.reference()),
        earlier=(nothing, nothing),
    )


def test_hinges_and_orientations_tell_the_same_angle_between_parent_and_child(g1: Robot) -> None:
    rollouts = [random_rollout(g1, 1, seed=i) for i in range(3)]
    # a joint that is nearly a whole turn away is a little away
    rollouts[0].done.dof_pos[0, 4] = rollouts[0].asked.dof_pos[0, 4] + 6.0
    fk = Kinematics(g1)
    for rollout in rollouts:
        root = rollout.done.body_quat_wxyz[:, 0]
        poses = fk.forward(torch.zeros(1, 3), root, rollout.done.dof_pos)
        rollout.done.body_quat_wxyz[:] = poses.body_quat_wxyz
    layout = layout_of(g1)
    assert layout.hinges is not None
    by_hinges = scene_of(g1, rollouts, layout).of(bends)
    by_quats = scene_of(g1, rollouts, replace(layout, hinges=None)).of(bends)
    torch.testing.assert_close(by_hinges, by_quats, atol=1e-5, rtol=1e-5)
    body = int(g1.dof_bodies[4])
    assert float(by_hinges[0, body]) == pytest.approx(2 * torch.pi - 6.0, abs=1e-5)


def test_bodies_that_turn_about_several_hinges_are_told_by_their_orientations(smpl: Robot) -> None:
    assert layout_of(smpl).hinges is None


def test_a_turned_root_turns_every_body_and_bends_none(microduck: Robot) -> None:
    rollout = random_rollout(microduck, 1, seed=1)
    angle = torch.tensor(0.4)
    turn = torch.tensor([torch.cos(angle / 2), 0.0, 0.0, torch.sin(angle / 2)])
    for name in ("dof_pos", "body_pos"):
        getattr(rollout.done, name)[:] = getattr(rollout.asked, name)
    quats = rollout.asked.body_quat_wxyz
    rollout.done.body_quat_wxyz[:] = quat_mul(turn.expand_as(quats), quats)
    for layout in (layout_of(microduck), replace(layout_of(microduck), hinges=None)):
        scene = scene_of(microduck, [rollout], layout)
        torch.testing.assert_close(scene.of(turns), torch.full((1, microduck.num_bodies), 0.4))
        bent = scene.of(bends)
        assert float(bent[0, 0]) == pytest.approx(0.4, abs=1e-5)
        assert float(bent[0, 1:].max()) < 1e-5


def test_roots_laid_upon_each_other_do_not_see_where_robots_are(microduck: Robot) -> None:
    rollout = random_rollout(microduck, 1, seed=1)
    rollout.done.body_pos[:] = rollout.asked.body_pos + torch.tensor([1.0, -2.0, 0.5])
    scene = scene_of(microduck, [rollout], layout_of(microduck))
    assert float(scene.of(distances_from_root).max()) < 1e-5
