"""Feet, hands, trunk and head from geometry: as people wrote them down for the robots we know."""

import mujoco
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import find_robot
from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.proposal.roles import ModelRoles, model_roles
from motionlib.robots.yaml_file import read_robot_yaml


def roles_in(path) -> tuple[mujoco.MjModel, ModelRoles]:
    model = compile_spec(path, read_model(path).spec)
    return model, model_roles(path, model)


@pytest.mark.parametrize("name", ["g1", "h1", "h1_2", "microduck", "smpl", "smplx"])
def test_our_robots_have_the_feet_hands_and_heads_of_their_yaml(name):
    yaml = find_robot(name)
    known = read_robot_yaml(yaml)
    model, roles = roles_in(yaml.with_name(known.model))

    def names(bodies):
        return tuple(model.body(body).name for body in bodies)

    assert names(leg.tip for leg in roles.legs) == known.foot_bodies
    assert names(arm.tip for arm in roles.arms) == known.hand_bodies
    assert model.body(roles.head).name == known.head_body
    assert names(roles.tracked)[0] == known.tracked_bodies[0]
    if name in ("g1", "h1", "h1_2"):
        assert model.body(roles.anchor).name == known.anchor_body
        assert len(set(names(roles.tracked)) & set(known.tracked_bodies)) >= 10


FINGER = '<body name="{s}_f{i}" pos="0.0{i} 0 -0.05"><joint name="{s}_f{i}" axis="0 1 0" range="-1 1"/><geom size="0.01"/></body>'


def arm(side: str, y: float) -> str:
    fingers = "".join(FINGER.format(s=side, i=i) for i in (1, 2, 3))
    link = (
        '<body name="{s}_{n}" pos="{at}"><joint name="{s}_{n}" axis="{axis}" range="-1 1"/>'
        '<geom size="0.03"/>'
    )
    parts = [("shoulder", f"0 {y} 0.1", "1 0 0"), ("upper", "0 0 -0.05", "0 1 0")]
    parts += [("elbow", "0 0 -0.2", "0 1 0"), ("wrist", "0 0 -0.2", "0 0 1")]
    opened = "".join(link.format(s=side, n=n, at=at, axis=axis) for n, at, axis in parts)
    return opened + fingers + "</body>" * len(parts)


def test_a_hand_is_where_fingers_begin_and_ears_are_none(write_mjcf):
    folder = write_mjcf()
    path = folder / "robot.xml"
    ears = "".join(
        f'<body name="ear{y}" pos="0 {y} 0.3"><joint name="ear{y}" range="-1 1"/><geom size="0.02"/></body>'
        for y in (0.06, -0.06)
    )
    limbs = arm("left", 0.15) + arm("right", -0.15) + ears
    path.write_text(path.read_text().replace('<geom name="trunk"', f'{limbs}<geom name="trunk"'))
    model, roles = roles_in(path)
    assert [model.body(arm.tip).name for arm in roles.arms] == ["left_wrist", "right_wrist"]
    assert model.body(roles.anchor).name == "base"
    assert {"left_upper", "left_elbow"} <= {model.body(b).name for b in roles.tracked}


def test_a_foot_with_a_toe_is_the_foot(write_mjcf):
    folder = write_mjcf()
    path = folder / "robot.xml"
    text = path.read_text()
    for side in ("left", "right"):
        toe = (
            f'<body name="{side}_toe" pos="0.1 0 -0.04"><joint name="{side}_toe" axis="0 1 0" '
            'range="-1 1"/><geom type="box" size="0.03 0.04 0.01" pos="0.03 0 0"/></body>'
        )
        text = text.replace(f'<geom name="{side}_sole"', f'{toe}<geom name="{side}_sole"')
    path.write_text(text)
    model, roles = roles_in(path)
    assert [model.body(leg.tip).name for leg in roles.legs] == ["left_foot", "right_foot"]
    assert [leg.left for leg in roles.legs] == [True, False]


def test_what_is_no_biped_is_refused(tmp_path):
    path = tmp_path / "pole.xml"
    link = '<body name="link"><joint name="j" range="-1 1"/><geom size="0.1"/></body>'
    text = '<mujoco><compiler angle="radian"/><worldbody><body name="base">{}</body></worldbody></mujoco>'
    path.write_text(text.format(f'<geom size="0.1" pos="0 0 1"/>{link}'))
    with pytest.raises(RobotError, match=r"pole.xml: expected a left and a right foot.*by hand"):
        roles_in(path)
    path.write_text(text.format('<geom size="0.1"/>'))
    with pytest.raises(RobotError, match=r"expected a robot with hinges and shapes, found none"):
        roles_in(path)
