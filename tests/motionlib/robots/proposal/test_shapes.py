"""Points on a model's shapes."""

import mujoco
import numpy as np
import pytest

from motionlib.robots.proposal.shapes import Posture

SHAPES = {
    "box": ('type="box" size="0.1 0.2 0.3"', (-0.3, 0.3)),
    "turned": ('type="box" size="0.1 0.2 0.3" euler="1.5707963 0 0"', (-0.2, 0.2)),
    "sphere": ('type="sphere" size="0.1" pos="0 0 1"', (0.9, 1.1)),
    "capsule": ('type="capsule" size="0.1" fromto="0 0 0 0 0 1"', (-0.1, 1.1)),
    "cylinder": ('type="cylinder" size="0.1 0.4"', (-0.4, 0.4)),
}


def model_of(geoms: str) -> mujoco.MjModel:
    text = (
        '<mujoco><compiler angle="radian"/><worldbody><body name="base"><freejoint/>'
        f'{geoms}<body name="tip" pos="0 0 2"><geom size="0.1"/></body>'
        '<body name="link" pos="0 0 3"><joint axis="0 1 0" name="j"/><geom size="0.2"/></body>'
        "</body></worldbody></mujoco>"
    )
    return mujoco.MjModel.from_xml_string(text)


@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_shape_reaches_as_low_and_as_high_as_it_is(shape):
    text, (low, high) = SHAPES[shape]
    heights = Posture(model_of(f"<geom {text}/>")).points(1)[:, 2]
    assert (heights.min(), heights.max()) == pytest.approx((low, high), abs=1e-6)


def test_what_is_fixed_on_a_body_is_its_surface_and_what_moves_is_not():
    posture = Posture(model_of('<geom size="0.1"/>'))
    assert posture.carried(1) == [1, 2]
    assert posture.surface(1)[:, 2].max() == pytest.approx(2.1)


def test_shapes_that_touch_come_first():
    both = '<geom size="0.1"/><geom size="0.5" contype="0" conaffinity="0"/>'
    posture = Posture(model_of(both))
    assert posture.surface(1)[:, 2].min() == pytest.approx(-0.1)
    assert posture.points(1)[:, 2].min() == pytest.approx(-0.5)


def test_joints_move_what_they_carry():
    model = model_of('<geom size="0.1"/>')
    np.testing.assert_allclose(Posture(model, np.zeros(1)).data.xpos[3], [0, 0, 3])
    assert Posture(model, np.array([1.0])).points(3).shape == (6, 3)
