"""Shapes of a robot as capsules, and which pairs are looked at."""

import mujoco
import numpy as np
import pytest

from motionlib.human.collision_capsules import robot_capsules


def pairs_of(robot):
    shapes = robot_capsules(robot)
    named = shapes.bodies[shapes.pairs]
    return {(robot.body_names[a], robot.body_names[b]) for a, b in named.tolist()}


def test_neighbours_up_to_two_joints_away_are_left_out(smpl):
    pairs = pairs_of(smpl)
    assert ("L_Hip", "L_Ankle") not in pairs
    assert ("L_Hip", "R_Hip") not in pairs
    assert ("L_Knee", "R_Knee") in pairs
    assert ("Pelvis", "L_Wrist") in pairs


def test_fingers_of_one_hand_follow_the_model_and_do_not_meet(smplx):
    pairs = pairs_of(smplx)
    assert ("L_Index3", "L_Middle3") not in pairs
    assert ("L_Index3", "R_Index3") in pairs


def test_capsules_lie_within_their_shapes(smpl):
    shapes, model = robot_capsules(smpl), mujoco.MjModel.from_xml_path(str(smpl.xml_path))
    assert len(shapes.bodies) == model.ngeom
    for geom in range(model.ngeom):
        rotation = np.empty(9)
        mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
        local = (shapes.ends[geom] - model.geom_pos[geom]) @ rotation.reshape(3, 3)
        radius, size = shapes.radii[geom], model.geom_size[geom]
        if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_BOX:
            assert (np.abs(local) + radius <= size + 1e-9).all()
            assert np.abs(local).max() + radius == pytest.approx(size.max())
        elif model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_CAPSULE:
            assert radius == size[0]
            assert np.abs(local[:, 2]) == pytest.approx(size[1])
