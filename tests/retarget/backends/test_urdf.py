import xml.etree.ElementTree as ET
from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from motionlib.kinematics import Kinematics
from motionlib.robots.files import load_robot
from retarget.backends.urdf import roll_pitch_yaw, urdf_from_robot
from retarget.errors import RetargetError

_INERTIA = (
    '<inertial><mass value="1"/>'
    '<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
)


def mujoco_poses(text: str, angles: dict[str, float]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Link to position and rotation, root at the world's origin, by MuJoCo's own URDF reader."""
    root = ET.fromstring(text)
    for link in root.iter("link"):
        link.append(ET.fromstring(_INERTIA))
    options = ET.SubElement(ET.SubElement(root, "mujoco"), "compiler")
    options.attrib.update(fusestatic="false")
    model = mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))
    data = mujoco.MjData(model)
    for joint, angle in angles.items():
        data.joint(joint).qpos[0] = angle
    mujoco.mj_kinematics(model, data)
    bodies = [model.body(b).name for b in range(1, model.nbody)]
    return {b: (data.body(b).xpos, data.body(b).xmat.reshape(3, 3)) for b in bodies}


@pytest.mark.parametrize("name", ["g1", "h1_2", "microduck", "smpl"])
def test_another_reader_puts_every_body_where_we_do(name):
    # as hinges, SMPL has three in series on every body
    robot = replace(load_robot(name), dof_coordinates="hinges")
    rng = np.random.default_rng(3)
    dofs = rng.uniform(*robot.dof_limits.T)
    found = mujoco_poses(urdf_from_robot(robot), dict(zip(robot.dof_names, dofs, strict=True)))
    root = torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    pos, quat = Kinematics(robot, dtype=torch.float64).forward(*root, torch.as_tensor(dofs))
    rot = Rotation.from_quat(quat.numpy(), scalar_first=True).as_matrix()
    for index, body in enumerate(robot.body_names):
        place, turn = found[body]
        np.testing.assert_allclose(place, pos[index].numpy(), atol=1e-9)
        np.testing.assert_allclose(turn, rot[index], atol=1e-9)


def test_limits_and_order_are_the_robots(g1):
    root = ET.fromstring(urdf_from_robot(g1))
    hinges = [joint for joint in root.iter("joint") if joint.get("type") == "revolute"]
    assert tuple(joint.get("name") for joint in hinges) == g1.dof_names
    assert tuple(link.get("name") for link in root.iter("link")) == g1.body_names
    limits = [[float(j.find("limit").get(end)) for end in ("lower", "upper")] for j in hinges]
    np.testing.assert_array_equal(limits, g1.dof_limits)


@pytest.mark.parametrize("pitch", [0.3, 0.5 * np.pi, -0.5 * np.pi])
def test_angles_give_the_rotation_back(pitch):
    turn = Rotation.from_euler("xyz", [0.4, pitch, -1.1]).as_matrix()
    again = Rotation.from_euler("xyz", roll_pitch_yaw(turn)).as_matrix()
    np.testing.assert_allclose(again, turn, atol=1e-9)


def test_rotation_vectors_have_no_urdf(smpl):
    with pytest.raises(RetargetError, match="smpl: its joints are rotation vectors"):
        urdf_from_robot(smpl)
