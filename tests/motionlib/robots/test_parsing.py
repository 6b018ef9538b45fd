"""Texts that become specs: as they are, or changed where the house needs it."""

import pytest

from motionlib.errors import RobotError
from motionlib.robots.parsing import keep_links, parse_model


def test_a_plain_model_is_parsed_as_it_is(write_mjcf):
    parsed = parse_model(write_mjcf() / "robot.xml", ())
    assert parsed.urdf is None
    assert parsed.facts == ()
    assert parsed.spec.modelname == "biped"
    assert list(keep_links(parsed, ["base"])) == []


def test_links_that_are_named_are_kept(write_urdf):
    head = (
        '<link name="head"/><joint name="neck" type="fixed"><parent link="base"/>'
        '<child link="head"/></joint>'
    )
    for named, bodies in (((), 8), (("head",), 9)):
        parsed = parse_model(write_urdf(more=head) / "robot.urdf", named)
        facts = list(keep_links(parsed, named))
        next(iter(parsed.spec.worldbody.bodies)).add_freejoint()
        assert parsed.spec.compile().nbody == bodies
        assert [fact.where for fact in facts] == ([] if named else ["head into base"])


def test_a_text_that_is_none_is_named(tmp_path):
    (tmp_path / "robot.xml").write_text("<mujoco><worldbody><body pos='x'/></worldbody></mujoco>")
    with pytest.raises(RobotError, match=r"robot.xml: MuJoCo cannot read it"):
        parse_model(tmp_path / "robot.xml", ())
