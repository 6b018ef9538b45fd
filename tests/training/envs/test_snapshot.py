"""Which bodies a task looks at."""

import re

import pytest
import torch

from motionlib.library import MotionLib
from motionlib.robot import Robot
from training.envs.environment import Environment
from training.envs.snapshot import BodySelection
from training.values import ConfigError


def test_tracked_bodies_come_first_then_what_is_asked_about(microduck: Robot) -> None:
    selection = BodySelection(microduck, end_bodies=("mouth",), device="cpu", others=("neck",))
    assert selection.names[: selection.num_tracked] == microduck.tracked_bodies
    assert selection.names[selection.anchor] == microduck.anchor_body
    assert [selection.names[int(row)] for row in selection.ends] == ["mouth"]
    assert {*microduck.foot_bodies, "mouth", "neck"} <= set(selection.names)
    assert len(set(selection.names)) == len(selection.names)


def test_a_snapshot_shows_the_selected_bodies(make_env, lib: MotionLib, microduck: Robot) -> None:
    env: Environment = make_env()
    selection = BodySelection(microduck, end_bodies=("mouth",), device="cpu")
    state = env.sim.state()
    found = selection.of(state)
    indices = [microduck.body_names.index(name) for name in selection.names]
    assert torch.equal(found.bodies.pos, state.body_pos[:, indices])
    assert torch.equal(found.foot_contact, state.foot_contact)
    some = found.take(torch.tensor([2]))
    assert torch.equal(some.bodies.quat_wxyz, found.bodies.quat_wxyz[2:3])
    assert torch.equal(some.foot_contact, found.foot_contact[2:3])


@pytest.mark.parametrize("field", ["end_bodies", "bodies"])
def test_an_unknown_body_names_the_nearest(microduck: Robot, field: str) -> None:
    names = {"end_bodies": ("left_feet",)} if field == "end_bodies" else {"others": ("left_feet",)}
    message = f"env.{field} has 'left_feet', expected bodies of microduck; nearest: left_foot"
    with pytest.raises(ConfigError, match=re.escape(message)):
        BodySelection(microduck, **{"end_bodies": (), "device": "cpu", **names})
