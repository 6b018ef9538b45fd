"""A robot's kinematic tree as URDF text: what tools without MJCF read. No shapes, no masses."""

import xml.etree.ElementTree as ET

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from retarget.errors import RetargetError

_ZERO = np.zeros(3)


def urdf_from_robot(robot: Robot) -> str:
    """Links and joints of a robot under their own names, in its own order.

    A body with several hinges hangs from massless links named `<body>__1`, `<body>__2`.

    Raises:
        RetargetError: The robot's joints are rotation vectors, for which URDF has no joint.
    """
    if robot.dof_coordinates != "hinges":
        raise RetargetError(
            f"{robot.name}: its joints are rotation vectors (dof_coordinates "
            f"{robot.dof_coordinates}); URDF knows hinges only"
        )
    root = ET.Element("robot", name=robot.name)
    ET.SubElement(root, "link", name=robot.body_names[0])
    for body in range(1, robot.num_bodies):
        _add_body(root, robot, body)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _add_body(root: ET.Element, robot: Robot, body: int) -> None:
    name = robot.body_names[body]
    parent = robot.body_names[int(robot.parents[body])]
    turn = Rotation.from_quat(robot.body_offset_quat_wxyz[body], scalar_first=True).as_matrix()
    place = robot.body_offset_pos[body], roll_pitch_yaw(turn)
    dofs = np.flatnonzero(robot.dof_bodies == body).tolist()
    if not dofs:
        _add_joint(root, f"{name}__fixed", "fixed", parent, name, place)
    for number, dof in enumerate(dofs, start=1):
        child = name if number == len(dofs) else f"{name}__{number}"
        joint = _add_joint(root, robot.dof_names[dof], "revolute", parent, child, place)
        _add_hinge(joint, robot, dof)
        parent, place = child, (_ZERO, _ZERO)


def _add_joint(
    root: ET.Element,
    name: str,
    kind: str,
    parent: str,
    child: str,
    place: tuple[np.ndarray, np.ndarray],
) -> ET.Element:
    ET.SubElement(root, "link", name=child)
    joint = ET.SubElement(root, "joint", name=name, type=kind)
    ET.SubElement(joint, "parent", link=parent)
    ET.SubElement(joint, "child", link=child)
    ET.SubElement(joint, "origin", xyz=_text(place[0]), rpy=_text(place[1]))
    return joint


def _add_hinge(joint: ET.Element, robot: Robot, dof: int) -> None:
    actuators = robot.actuator_profiles[robot.default_profile]
    low, high = robot.dof_limits[dof]
    speed = actuators.velocity_limit[dof]
    ET.SubElement(joint, "axis", xyz=_text(robot.dof_axes[dof]))
    ET.SubElement(
        joint,
        "limit",
        lower=repr(float(low)),
        upper=repr(float(high)),
        effort=repr(float(actuators.effort_limit[dof])),
        # URDF wants a number where the motor's speed is not known
        velocity=repr(float(speed) if np.isfinite(speed) else 1e3),
    )


def roll_pitch_yaw(turn: np.ndarray) -> np.ndarray:
    """(3,) rad of a rotation matrix (3, 3): R = Rz(yaw) Ry(pitch) Rx(roll); yaw zero at the pole."""
    cosine = float(np.hypot(turn[0, 0], turn[1, 0]))
    pitch = np.arctan2(-turn[2, 0], cosine)
    if cosine < 1e-9:
        return np.array([np.arctan2(-turn[1, 2], turn[1, 1]), pitch, 0.0])
    yaw = np.arctan2(turn[1, 0], turn[0, 0])
    return np.array([np.arctan2(turn[2, 1], turn[2, 2]), pitch, yaw])


def _text(values: np.ndarray) -> str:
    return " ".join(repr(float(value)) for value in values)
