"""A biped in one short text, MJCF or URDF, into which tests write what people's models say."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from motionlib.robot import Robot
from motionlib.robots.facts.fact import Fact
from motionlib.robots.mjcf import read_model

_YAML = """\
name: biped
model: {model}
anchor_body: base
head_body: base
tracked_bodies: [base, left_foot, right_foot]
foot_bodies: [left_foot, right_foot]
soles:
  left_foot: {sole}
  right_foot: {sole}
foot_friction: 0.8
default_pose: {{}}
default_profile: usual
actuators:
  usual:
    - {{joints: ["*"], stiffness: 80.0, damping: 4.0, armature: 0.02, effort_limit: 60.0, action_scale: 0.5}}
"""
_SOLE = "[[0.1, 0.04, -0.05], [0.1, -0.04, -0.05], [-0.07, -0.04, -0.05], [-0.07, 0.04, -0.05]]"

_LEG = """
<body name="{side}_thigh" pos="0 {y} -0.1"{body}>
  <joint name="{side}_hip" axis="0 1 0" range="-1 1"{joint}/>
  <geom type="capsule" fromto="0 0 -0.05 0 0 -0.25" size="0.04" mass="1"/>
  <body name="{side}_shank" pos="0 0 -0.3">
    <joint name="{side}_knee" axis="0 1 0" range="-0.1 2"/>
    <geom type="capsule" fromto="0 0 -0.05 0 0 -0.2" size="0.03" mass="1"/>
    <body name="{side}_foot" pos="0 0 -0.3">
      <joint name="{side}_ankle" axis="0 1 0" range="-1 1"/>
      <geom name="{side}_sole" type="box" pos="0.015 0 -0.04" size="0.085 0.04 0.01" mass="1"{foot}/>
    </body>
  </body>
</body>"""

_LINK = (
    '<link name="{name}"><inertial><origin xyz="{com}"/><mass value="{mass}"/><inertia ixx="0.02" '
    'iyy="0.02" izz="0.02" ixy="0" ixz="0" iyz="0"/></inertial><collision><origin xyz="{com}"/>'
    '<geometry><box size="{size}"/></geometry></collision></link>'
)
_JOINT = (
    '<joint name="{name}" type="revolute"><origin xyz="{at}"/><parent link="{parent}"/>'
    '<child link="{child}"/><axis xyz="0 1 0"/>'
    '<limit lower="-1" upper="1" effort="{effort}" velocity="9"/>{more}</joint>'
)


def mjcf_text(
    *,
    head: str = "",
    world: str = "",
    root: str = '<freejoint name="root"/>',
    joint: str = "",
    body: str = "",
    foot: str = "",
    tail: str = "",
) -> str:
    """A biped of 12 kg, .75 m; arguments are XML: `joint` and `body` of the left leg alone."""
    left = _LEG.format(side="left", y=0.1, joint=joint, body=body, foot=foot)
    right = _LEG.format(side="right", y=-0.1, joint="", body="", foot=foot)
    trunk = '<geom name="trunk" type="box" size="0.08 0.1 0.1" mass="6"/>'
    return (
        f'<mujoco model="biped"><compiler angle="radian"/>{head}<worldbody>{world}'
        f'<body name="base" pos="0 0 0.75">{root}{trunk}{left}{right}</body></worldbody>{tail}'
        "</mujoco>"
    )


def urdf_text(*, before: str = "", more: str = "", knee: str = "", effort: float = 5.0) -> str:
    """The same as a URDF; `before` and `more` are links and joints, `knee` inside the right knee's."""
    parts = [_LINK.format(name="base", com="0 0 0", mass=6, size="0.16 0.2 0.2")]
    for side, y in (("left", 0.1), ("right", -0.1)):
        for name, com, size in (
            ("thigh", "0 0 -0.15", "0.06 0.06 0.2"),
            ("shank", "0 0 -0.15", "0.05 0.05 0.2"),
            ("foot", "0.015 0 -0.04", "0.17 0.08 0.02"),
        ):
            parts.append(_LINK.format(name=f"{side}_{name}", com=com, mass=1, size=size))
        for name, parent, child, at in (
            ("hip", "base", f"{side}_thigh", f"0 {y} -0.1"),
            ("knee", f"{side}_thigh", f"{side}_shank", "0 0 -0.3"),
            ("ankle", f"{side}_shank", f"{side}_foot", "0 0 -0.3"),
        ):
            own = knee if (side, name) == ("right", "knee") else ""
            place = {"parent": parent, "child": child, "at": at, "more": own, "effort": effort}
            parts.append(_JOINT.format(name=f"{side}_{name}", **place))
    return f'<robot name="biped">{before}{"".join(parts)}{more}</robot>'


@pytest.fixture
def write_mjcf(tmp_path: Path) -> Callable[..., Path]:
    """`write_mjcf(head=..., world=..., ...)`: folder of a robot, see `mjcf_text`."""

    def write(**parts: str) -> Path:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        (folder / "robot.xml").write_text(mjcf_text(**parts))
        (folder / "robot.yaml").write_text(_YAML.format(model="robot.xml", sole=_SOLE))
        return folder

    return write


@pytest.fixture
def write_urdf(tmp_path: Path) -> Callable[..., Path]:
    """`write_urdf(before=..., more=..., ...)`: folder of a robot, see `urdf_text`."""

    def write(**parts: str | float) -> Path:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        (folder / "robot.urdf").write_text(urdf_text(**parts))
        (folder / "robot.yaml").write_text(_YAML.format(model="robot.urdf", sole=_SOLE))
        return folder

    return write


@pytest.fixture(scope="session")
def facts_of() -> Callable[[Robot], dict[str, Fact]]:
    """`facts_of(robot)`: what its model says beyond robot.yaml, by name."""

    def facts(robot: Robot) -> dict[str, Fact]:
        return {f.name: f for f in read_model(robot.xml_path, named=robot.body_names).facts}

    return facts
