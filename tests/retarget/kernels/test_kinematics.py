import numpy as np
import torch
from scipy.spatial.transform import Rotation

from motionlib.kinematics import Kinematics
from motionlib.robots.files import load_robot
from motionlib.rotations import matrix_from_quat
from retarget.kernels.kinematics import (
    ROOT,
    clamp,
    logarithm,
    poses,
    relative,
    rotation,
    sines,
    step,
)
from retarget.model import tree_of


def test_rotation_and_logarithm_undo_each_other():
    out, back = np.empty((3, 3)), np.empty(3)
    for vector in np.random.default_rng(0).normal(size=(50, 3)):
        rotation(vector, out)
        np.testing.assert_allclose(out, Rotation.from_rotvec(vector).as_matrix(), atol=1e-12)
        logarithm(out, back)
        np.testing.assert_allclose(back, vector, atol=1e-9)


def test_logarithm_of_half_a_turn_and_of_none():
    out, back = np.empty((3, 3)), np.empty(3)
    for axis in np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0.8, 0], [0.36, 0.48, 0.8]]):
        rotation(np.pi * axis, out)
        logarithm(out, back)
        rotation(back, again := np.empty((3, 3)))
        np.testing.assert_allclose(again, out, atol=1e-6)
    logarithm(np.eye(3), back)
    np.testing.assert_array_equal(back, 0.0)


def test_relative_turns_one_matrix_into_the_other():
    a, b = Rotation.random(2, random_state=1).as_matrix()
    out = np.empty(3)
    relative(b, a, np.empty((3, 3)), out)
    np.testing.assert_allclose(Rotation.from_rotvec(out).as_matrix() @ a, b, atol=1e-12)


def test_sines_of_a_few_turns():
    angles = np.linspace(-20.0, 20.0, 4001)
    sine, cosine = np.empty_like(angles), np.empty_like(angles)
    sines(angles, sine, cosine)
    np.testing.assert_allclose(sine, np.sin(angles), atol=2e-15)
    np.testing.assert_allclose(cosine, np.cos(angles), atol=2e-15)


def test_poses_are_those_of_the_reference_kinematics():
    rng = np.random.default_rng(2)
    for name in ("g1", "smpl", "microduck"):
        robot = load_robot(name)
        dofs = rng.normal(size=(4, robot.num_dofs)) * 0.5
        place, turn = rng.normal(size=(4, 3)), Rotation.random(4, random_state=3)
        quats = torch.as_tensor(turn.as_quat(scalar_first=True))
        known = Kinematics(robot, dtype=torch.float64).forward(
            torch.as_tensor(place), quats, torch.as_tensor(dofs)
        )
        pos = np.empty((4, robot.num_bodies, 3))
        rot = np.empty((4, robot.num_bodies, 3, 3))
        poses(tree_of(robot), place, turn.as_matrix(), dofs, pos, rot)
        np.testing.assert_allclose(pos, known.body_pos.numpy(), atol=2e-6)
        np.testing.assert_allclose(rot, matrix_from_quat(known.body_quat_wxyz).numpy(), atol=2e-6)


def test_step_caps_turns_but_not_the_root_s_place(g1):
    tree, n = tree_of(g1), ROOT + g1.num_dofs
    new = np.empty(3), np.empty((3, 3)), np.empty(g1.num_dofs)
    step(tree, np.full(n, 5.0), 0.25, np.zeros(3), np.eye(3), np.zeros(g1.num_dofs), *new)
    np.testing.assert_array_equal(new[0], 5.0)
    np.testing.assert_allclose(Rotation.from_matrix(new[1]).as_rotvec(), 0.25, atol=1e-12)
    np.testing.assert_array_equal(new[2], 0.25)


def test_a_ball_joint_turns_about_its_parent_s_axes(smpl):
    tree, n = tree_of(smpl), ROOT + smpl.num_dofs
    dofs, x = np.random.default_rng(4).normal(size=smpl.num_dofs) * 0.5, np.zeros(n)
    x[ROOT : ROOT + 3] = [0.1, -0.2, 0.05]
    new = np.empty(3), np.empty((3, 3)), np.empty(smpl.num_dofs)
    step(tree, x, 1.0, np.zeros(3), np.eye(3), dofs, *new)
    wanted = Rotation.from_rotvec(x[ROOT : ROOT + 3]) * Rotation.from_rotvec(dofs[:3])
    np.testing.assert_allclose(new[2][:3], wanted.as_rotvec(), atol=1e-9)
    np.testing.assert_allclose(new[2][3:], dofs[3:], atol=1e-9)


def test_clamp_moves_only_what_is_outside():
    dofs = np.array([-2.0, 0.5, 2.0])
    clamp(np.array([[-1.0, 1.0]] * 3), dofs)
    np.testing.assert_array_equal(dofs, [-1.0, 0.5, 1.0])
