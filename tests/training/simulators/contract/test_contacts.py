"""Who touches the ground, and who touches himself."""

import torch

from motionlib.rotations import quat_from_euler_xyz

_SURE = 1e-3
"""m of depth from which engines have to agree that two bodies touch."""


def feet_of(robot) -> list[int]:
    return [robot.body_names.index(name) for name in robot.foot_bodies]


def test_feet_touch_where_the_robot_stands_and_nothing_where_it_hangs(
    make_world, standing, some, robot
) -> None:
    world, state = make_world(2), standing(2)
    state.root_pos[0, 2] -= 0.001
    state.root_pos[1, 2] += 0.02
    world.reset_to(torch.arange(2), state)
    for step in range(2):
        now = world.state()
        assert now.foot_contact.tolist() == [[True, True], [False, False]], step
        expected = torch.zeros(2, robot.num_bodies, dtype=torch.bool)
        expected[0, feet_of(robot)] = True
        assert torch.equal(now.body_contact, expected), step
        world.step(state.dof_pos)


def test_a_foot_that_lands_or_leaves_is_seen(make_world, standing, robot) -> None:
    world, state = make_world(1), standing(1, lift=0.05)
    world.reset_to(torch.arange(1), state)
    assert not world.state().foot_contact.any()
    for _ in range(15):
        world.step(state.dof_pos)
    now = world.state()
    assert now.foot_contact.all()
    assert now.body_contact[0, feet_of(robot)].all()
    # taken off the ground by its root
    world.push(torch.tensor([0]), torch.tensor([[0.0, 0.0, 3.0]]), torch.zeros(1, 3))
    for _ in range(3):
        world.step(state.dof_pos)
    assert not world.state().body_contact.any()
    assert not world.state().foot_contact.any()


def test_bodies_touch_whatever_way_the_robot_lies(make_world, standing, make_plain, robot) -> None:
    count = 12
    world, plain, state = make_world(count), make_plain(), standing(count)
    angles = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    state.root_quat_wxyz = quat_from_euler_xyz(*(2.0 * angles).unbind(-1))
    # half of the height: some body is in the ground in every pose
    state.root_pos[:, 2] = 0.25 * robot.default_root_height
    world.reset_to(torch.arange(count), state)
    found, seen = world.state().body_contact, set()
    for env in range(count):
        plain.put(state, env)
        touching = {robot.body_names[body] for body in found[env].nonzero().flatten().tolist()}
        assert plain.touching(deeper_than=_SURE)[0] <= touching <= plain.touching()[0], env
        seen |= touching
    assert len(seen) > len(robot.foot_bodies), "the poses tell nothing"


def test_a_robot_that_touches_itself_touches_no_ground(
    make_world, standing, make_plain, robot
) -> None:
    count = 8
    world, plain, state = make_world(count), make_plain(), standing(count, lift=3.0)
    limits = torch.as_tensor(robot.dof_limits, dtype=torch.float32)
    unit = torch.rand(count, robot.num_dofs, generator=torch.Generator().manual_seed(1))
    state.dof_pos[1:] = (limits[:, 0] + unit * limits.diff(dim=-1).squeeze(-1))[1:]
    world.reset_to(torch.arange(count), state)
    now, touched = world.state(), []
    assert not now.body_contact.any()
    for env in range(count):
        plain.put(state, env)
        touched.append(bool(now.self_contacts[env] > 0))
        assert plain.touching(deeper_than=_SURE)[1] <= touched[-1] <= plain.touching()[1], env
    assert not touched[0]
    assert any(touched), "the poses tell nothing"
