"""What is drawn for a robot is what its physics has, and can be read back."""

import itertools

import mujoco
import pytest
import torch

from motionlib.robots.model import FLOOR

STEPS = 12


def compare(world, plain, start, env, *, parity, towards=0.1) -> None:
    """Environment `env` of a world that has run, against a plain model with the same values."""
    mujoco.mj_setConst(plain.model, plain.data)
    plain.put(start, env)
    for _ in range(STEPS):
        plain.step(start.dof_pos[env] + towards, steps=world.config.decimation)
    assert plain.distance(world.state(), env) < parity


def run(world, start, *, towards=0.1) -> None:
    world.reset_to(torch.arange(world.num_envs), start)
    for _ in range(STEPS):
        world.step(start.dof_pos + towards)


def spread(world) -> float:
    """m and rad, how far environments 1 and up went from environment 0, the least of them."""
    state = world.state()
    pose = torch.cat((state.body_pos[:, 0], state.dof_pos), dim=-1)
    return float((pose[1:] - pose[0]).abs().amax(-1).min())


def test_values_are_read_back_and_nominal_before(make_world, robot) -> None:
    world = make_world(2)
    before = world.properties()
    assert before["foot_friction"].tolist() == pytest.approx([robot.foot_friction] * 2)
    drawn = {
        "anchor_com_offset": torch.tensor([[0.01, 0.0, -0.02], [0.0, 0.0, 0.0]]),
        "command_delay": torch.tensor([2, 0]),
    }
    world.randomize(drawn)
    after = world.properties()
    assert after.keys() == before.keys()
    for name, value in after.items():
        assert torch.equal(value, drawn.get(name, before[name])), name
    drawn["command_delay"][0] = 1
    assert world.properties()["command_delay"][0] == 2, "a caller's tensor is not ours"


def test_the_nominal_values_change_nothing(make_world, scattered, numbers, assert_same) -> None:
    plain, drawn, start = make_world(2), make_world(2), scattered(2)
    drawn.randomize(drawn.properties())
    for world in (plain, drawn):
        run(world, start)
    for name, value in numbers(plain).items():
        torch.testing.assert_close(numbers(drawn)[name], value, rtol=1e-5, atol=1e-5)


def test_friction_is_absolute_and_each_robots_own(
    make_world, standing, make_plain, robot, engine
) -> None:
    friction = torch.tensor([robot.foot_friction, 0.05, 0.3])
    world, start = make_world(3), standing(3)
    start.root_lin_vel[:, 1] = 0.3
    world.randomize({"foot_friction": friction})
    run(world, start, towards=0.0)
    for env, value in enumerate(friction.tolist()):
        plain = make_plain()
        for foot in robot.foot_bodies:
            body = plain.model.body(foot).id
            plain.model.geom_friction[plain.model.geom_bodyid == body, 0] = value
        compare(world, plain, start, env, parity=engine.parity, towards=0.0)
    foot = world.state().body_pos[:, robot.body_names.index(robot.foot_bodies[0]), 1]
    assert foot[1] - foot[0] > 0.01, "the slippery one slides further"


def test_a_centre_of_mass_is_moved_once(make_world, standing, make_plain, robot, engine) -> None:
    offsets = torch.tensor([[0.0, 0.0, 0.0], [0.03, 0.0, 0.0], [0.0, 0.02, 0.04]])
    world, start = make_world(3), standing(3)
    world.randomize({"anchor_com_offset": torch.ones(3, 3)})
    world.randomize({"anchor_com_offset": offsets})
    run(world, start)
    for env, offset in enumerate(offsets):
        plain = make_plain()
        plain.model.body(robot.anchor_body).ipos[:] += offset.numpy()
        compare(world, plain, start, env, parity=engine.parity)
    assert spread(world) > 1e-4


def test_a_mass_is_scaled_once_and_its_inertia_with_it(
    make_world, scattered, make_plain, robot, engine
) -> None:
    scales = torch.tensor([1.0, 1.5, 0.7])
    world, start = make_world(3), scattered(1)
    start = type(start)(
        **{name: getattr(start, name).repeat(3, 1) for name in type(start).__slots__}
    )
    world.randomize({"mass_scale": torch.full((3,), 9.0)})
    world.randomize({"mass_scale": scales})
    run(world, start)
    for env, scale in enumerate(scales.double().tolist()):
        plain = make_plain()
        body = plain.model.body(robot.body_names[0])
        body.mass[:] *= scale
        body.inertia[:] *= scale
        compare(world, plain, start, env, parity=engine.parity)
    assert spread(world) > 1e-4


def test_a_command_is_late_by_exactly_so_many_physics_steps(
    make_world, scattered, numbers, assert_same
) -> None:
    late, start = make_world(4), scattered(4)
    late.randomize({"command_delay": torch.arange(4)})
    late.reset_to(torch.arange(4), start)
    # a reset asks servos to stay; that is what a late first command finds
    asked = [start.dof_pos, start.dof_pos + 0.2, start.dof_pos - 0.1]
    for targets in asked[1:]:
        late.step(targets)
    for env in range(4):
        fine = make_world(4, decimation=1)
        fine.reset_to(torch.arange(4), start)
        for old, new in itertools.pairwise(asked):
            for step in range(4):
                fine.step(old if step < env else new)
        rows = [
            {name: value[env] for name, value in numbers(world).items()} for world in (late, fine)
        ]
        assert_same(*rows)
    moved = (late.state().dof_pos - late.state().dof_pos[0])[1:]
    assert moved.abs().amax(-1).min() > 1e-3


def test_what_no_robot_can_have_is_refused_and_changes_nothing(make_world) -> None:
    world = make_world(2)
    for values, complaint in (
        ({"feet_friction": torch.ones(2)}, "nearest: foot_friction"),
        ({"command_delay": torch.tensor([0, 4])}, "command_delay: expected 0 to 3"),
        ({"mass_scale": torch.ones(3)}, "mass_scale has shape"),
    ):
        before = world.properties()
        with pytest.raises(ValueError, match=complaint):
            world.randomize({"foot_friction": torch.full((2,), 0.5), **values})
        assert torch.equal(world.properties()["foot_friction"], before["foot_friction"])


def test_the_floor_is_no_foot(make_plain) -> None:
    """The oracle of these tests: only the feet's friction decides."""
    model = make_plain().model
    assert (model.geom_priority[model.geom(FLOOR).id] < model.geom_priority.max()).all()
