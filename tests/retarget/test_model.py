import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model
from retarget.kernels.kinematics import ROOT
from retarget.model import capsules_of, lowest_points, poses_of, tree_of


def test_lineages_lead_from_the_root_to_each_dof(g1):
    tree = tree_of(g1)
    for unknown in range(ROOT + g1.num_dofs):
        line = tree.lineage[unknown, : tree.depth[unknown]]
        assert line[-1] == unknown
        assert (np.diff(line) > 0).all()
        assert (tree.lineage[unknown, tree.depth[unknown] :] == -1).all()
    elbow = ROOT + g1.dof_names.index("left_elbow_joint")
    names = [g1.dof_names[i - ROOT] for i in tree.lineage[elbow, ROOT : tree.depth[elbow]]]
    assert names[:3] == ["waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint"]
    assert names[3:] == [f"left_{part}_joint" for part in (
        "shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow",
    )]  # fmt: skip


def test_the_root_has_no_unknown_of_a_dof(g1):
    assert tree_of(g1).body_unknown[0] == -1
    assert (tree_of(g1).body_unknown[1:] >= ROOT).all()


def test_balls_are_joints_of_exponential_maps(g1, smpl):
    assert not tree_of(g1).ball.any()
    assert tree_of(smpl).ball[1:].all()


def test_capsules_belong_to_bodies_and_have_a_radius(g1):
    capsules = capsules_of(g1)
    assert len(capsules.body) > 10
    assert (capsules.radius > 0.0).all()
    assert capsules.body.max() < g1.num_bodies


@pytest.mark.parametrize("name", ["g1", "smpl"])
def test_lowest_points_are_those_of_a_robot_that_lies_anyhow(name):
    robot = load_robot(name)
    tree, (bodies, places, radii) = tree_of(robot), lowest_points(robot)
    feet = [robot.body_names.index(foot) for foot in robot.foot_bodies]
    assert not np.isin(bodies, feet).any()
    quats = Rotation.random(8, random_state=3).as_quat(scalar_first=True)
    pos, rot = poses_of(tree, np.zeros((8, 3)), quats, np.zeros((8, robot.num_dofs)))
    heights = pos[:, bodies, 2] + np.einsum("tpj,pj->tp", rot[:, bodies, 2], places) - radii
    model = robot_model(robot, floor=False)
    data = mujoco.MjData(model)
    for frame in range(8):
        data.qpos[:] = 0.0
        data.qpos[3:7] = quats[frame]
        mujoco.mj_kinematics(model, data)
        lowest = np.inf
        for geom in range(model.ngeom):
            if model.geom_bodyid[geom] - 1 in feet or not model.geom_contype[geom]:
                continue
            down = data.geom_xmat[geom].reshape(3, 3)[2]
            size, kind = model.geom_size[geom], model.geom_type[geom]
            reach = {
                mujoco.mjtGeom.mjGEOM_BOX: np.abs(down * size).sum(),
                mujoco.mjtGeom.mjGEOM_CAPSULE: size[0] + abs(down[2]) * size[1],
                mujoco.mjtGeom.mjGEOM_SPHERE: size[0],
            }.get(mujoco.mjtGeom(kind))
            if reach is not None:
                lowest = min(lowest, data.geom_xpos[geom, 2] - reach)
        assert heights[frame].min() <= lowest + 1e-5
        assert heights[frame].min() > lowest - 0.02
