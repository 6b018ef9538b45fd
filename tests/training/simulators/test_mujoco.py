"""The MuJoCo back end against plain MuJoCo."""

from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import quat_from_euler_xyz
from training.simulators.base import ResetState, SimState, SimulatorConfig
from training.simulators.mujoco import MujocoSimulator


def make_simulator(robot: Robot, *, num_envs: int = 4, threads: int = 1) -> MujocoSimulator:
    return MujocoSimulator(robot, SimulatorConfig(num_threads=threads), num_envs=num_envs)


def random_state(robot: Robot, count: int, *, seed: int = 0, height: float = 0.0) -> ResetState:
    generator = torch.Generator().manual_seed(seed)

    def noise(*shape: int) -> torch.Tensor:
        return 2.0 * torch.rand(*shape, generator=generator) - 1.0

    angles = 0.2 * noise(count, 3)
    default = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32)
    position = 0.01 * noise(count, 3)
    position[:, 2] += robot.default_root_height + height
    return ResetState(
        root_pos=position,
        root_quat_wxyz=quat_from_euler_xyz(*angles.unbind(-1)),
        root_lin_vel=0.5 * noise(count, 3),
        root_ang_vel=2.0 * noise(count, 3),
        dof_pos=default + 0.05 * noise(count, robot.num_dofs),
        dof_vel=2.0 * noise(count, robot.num_dofs),
    )


def every(count: int) -> torch.Tensor:
    return torch.arange(count)


def forward_state(simulator: MujocoSimulator, env: int) -> tuple[dict, mujoco.MjData]:
    """The same environment through plain `mj_forward`."""
    model = simulator.model
    data = mujoco.MjData(model)
    data.qpos[:] = simulator._qpos[env]
    data.qvel[:] = simulator._qvel[env]
    data.ctrl[:] = simulator._ctrl[env].numpy()
    mujoco.mj_forward(model, data)
    velocity = np.zeros((model.nbody - 1, 6))
    for body in range(1, model.nbody):
        mujoco.mj_objectVelocity(
            model, data, mujoco.mjtObj.mjOBJ_XBODY, body, velocity[body - 1], 0
        )
    return {
        "body_pos": data.xpos[1:],
        "body_quat_wxyz": data.xquat[1:],
        "body_lin_vel": velocity[:, 3:],
        "body_ang_vel": velocity[:, :3],
    }, data


def assert_is_forward(simulator: MujocoSimulator, state: SimState) -> None:
    for env in range(simulator.num_envs):
        expected, data = forward_state(simulator, env)
        for field, value in expected.items():
            found = getattr(state, field)[env].double().numpy()
            if field == "body_quat_wxyz":
                found = found * np.sign((value * found).sum(-1, keepdims=True))
            np.testing.assert_allclose(found, value, atol=2e-5, err_msg=field)
        np.testing.assert_allclose(state.dof_pos[env], data.qpos[7:], atol=1e-6)
        np.testing.assert_allclose(state.dof_vel[env], data.qvel[6:], rtol=1e-5, atol=1e-5)
        assert state.foot_contact[env].tolist() == feet_that_touch(simulator, data)


def feet_that_touch(simulator: MujocoSimulator, data: mujoco.MjData) -> list[bool]:
    model = simulator.model
    touching = set()
    for contact in data.contact:
        bodies = {int(model.geom_bodyid[geom]) for geom in contact.geom}
        if 0 in bodies:
            touching |= bodies
    return [model.body(foot).id in touching for foot in simulator.robot.foot_bodies]


@pytest.mark.parametrize("name", ["microduck", "g1"])
def test_state_after_reset_is_what_mj_forward_says(
    name: str, request: pytest.FixtureRequest
) -> None:
    robot = request.getfixturevalue(name)
    simulator = make_simulator(robot)
    simulator.reset_to(every(4), random_state(robot, 4))
    assert_is_forward(simulator, simulator.state())


@pytest.mark.parametrize("name", ["microduck", "g1"])
def test_state_after_steps_is_what_mj_forward_says(
    name: str, request: pytest.FixtureRequest
) -> None:
    robot = request.getfixturevalue(name)
    simulator = make_simulator(robot)
    state = random_state(robot, 4)
    simulator.reset_to(every(4), state)
    for _ in range(5):
        simulator.step(state.dof_pos)
        assert_is_forward(simulator, simulator.state())


def test_unrefreshed_sensors_are_one_physics_step_late(microduck: Robot) -> None:
    """The trap itself: what MuJoCo leaves after a step is not the state after the step."""
    simulator = make_simulator(microduck)
    state = random_state(microduck, 4)
    simulator.reset_to(every(4), state)
    simulator.step(state.dof_pos)
    fresh = simulator.state().body_pos.clone()
    simulator._batch.step(nstep=1)
    stale = simulator.state().body_pos
    # a further physics step, not refreshed: the sensors still say where the last one began
    torch.testing.assert_close(stale, fresh)
    expected, _ = forward_state(simulator, 0)
    assert np.abs(stale[0].numpy() - expected["body_pos"]).max() > 1e-3


def test_reset_gives_back_what_was_asked(microduck: Robot) -> None:
    simulator = make_simulator(microduck)
    wanted = random_state(microduck, 4)
    simulator.reset_to(every(4), wanted)
    state = simulator.state()
    torch.testing.assert_close(state.body_pos[:, 0], wanted.root_pos)
    torch.testing.assert_close(state.body_quat_wxyz[:, 0], wanted.root_quat_wxyz)
    torch.testing.assert_close(state.body_lin_vel[:, 0], wanted.root_lin_vel)
    torch.testing.assert_close(state.body_ang_vel[:, 0], wanted.root_ang_vel)
    torch.testing.assert_close(state.dof_vel, wanted.dof_vel)
    poses = Kinematics(microduck).forward(wanted.root_pos, wanted.root_quat_wxyz, wanted.dof_pos)
    torch.testing.assert_close(state.body_pos, poses.body_pos, atol=1e-5, rtol=0)


def test_a_reset_leaves_the_other_environments_alone(microduck: Robot) -> None:
    one, other = make_simulator(microduck), make_simulator(microduck)
    state = random_state(microduck, 4)
    for simulator in (one, other):
        simulator.reset_to(every(4), state)
        simulator.step(state.dof_pos)
    half = random_state(microduck, 2, seed=1)
    one.reset_to(torch.tensor([1, 3]), half)
    for simulator in (one, other):
        simulator.step(state.dof_pos)
    torch.testing.assert_close(
        one.state().body_pos[[0, 2]], other.state().body_pos[[0, 2]], rtol=0, atol=0
    )
    assert (one.state().body_pos[1] - other.state().body_pos[1]).abs().max() > 1e-3


def test_a_reset_forgets_the_past(microduck: Robot) -> None:
    used, fresh = make_simulator(microduck), make_simulator(microduck)
    used.reset_to(every(4), random_state(microduck, 4, seed=3))
    for _ in range(10):
        used.step(random_state(microduck, 4, seed=4).dof_pos)
    state = random_state(microduck, 4)
    for simulator in (used, fresh):
        simulator.reset_to(every(4), state)
    np.testing.assert_array_equal(used._rows, fresh._rows)
    for simulator in (used, fresh):
        simulator.step(state.dof_pos)
    torch.testing.assert_close(used.state().body_pos, fresh.state().body_pos, rtol=0, atol=0)


def test_environments_do_not_depend_on_threads_or_company(microduck: Robot) -> None:
    alone = make_simulator(microduck, num_envs=1)
    crowd = make_simulator(microduck, num_envs=16, threads=2)
    state = random_state(microduck, 16)
    first = ResetState(**{name: getattr(state, name)[:1] for name in ResetState.__slots__})
    crowd.reset_to(every(16), state)
    alone.reset_to(every(1), first)
    for _ in range(10):
        crowd.step(state.dof_pos)
        alone.step(first.dof_pos)
    torch.testing.assert_close(crowd.state().body_pos[:1], alone.state().body_pos, rtol=0, atol=0)


def test_a_push_adds_to_the_velocity(microduck: Robot) -> None:
    simulator = make_simulator(microduck)
    state = random_state(microduck, 4, height=1.0)
    simulator.reset_to(every(4), state)
    simulator.push(
        torch.tensor([2]), torch.tensor([[0.3, -0.2, 0.1]]), torch.tensor([[0.5, 0.4, -0.3]])
    )
    simulator._batch.forward()
    now = simulator.state()
    gained = now.body_lin_vel[:, 0] - state.root_lin_vel
    turned = now.body_ang_vel[:, 0] - state.root_ang_vel
    torch.testing.assert_close(gained[2], torch.tensor([0.3, -0.2, 0.1]))
    torch.testing.assert_close(turned[2], torch.tensor([0.5, 0.4, -0.3]))
    assert gained[[0, 1, 3]].abs().max() < 1e-6
    assert turned[[0, 1, 3]].abs().max() < 1e-5


def standing(robot: Robot, count: int) -> ResetState:
    zeros = torch.zeros(count, 3)
    position = zeros.clone()
    position[:, 2] = robot.default_root_height
    default = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32).repeat(count, 1)
    return ResetState(
        root_pos=position,
        root_quat_wxyz=torch.tensor([1.0, 0, 0, 0]).repeat(count, 1),
        root_lin_vel=zeros,
        root_ang_vel=zeros.clone(),
        dof_pos=default,
        dof_vel=torch.zeros_like(default),
    )


def test_nan_and_huge_velocities_are_counted_and_stay_quiet(
    microduck: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    simulator = make_simulator(microduck, num_envs=5)
    simulator.reset_to(every(5), standing(microduck, 5))
    targets = standing(microduck, 5).dof_pos
    simulator._qvel[1, 0] = np.nan
    simulator._qvel[3, 8] = 1e12
    simulator.step(targets)
    assert simulator.state().unstable.tolist() == [False, True, False, True, False]
    assert sum(simulator.warnings().values()) >= 2
    assert set(simulator.warnings()) <= {"BADQVEL", "BADQACC", "BADQPOS"}
    assert simulator.state().body_pos.isfinite().all()
    simulator.step(targets)
    assert not simulator.state().unstable.any(), "one breakdown is reported once"
    simulator._qvel[1, 0] = np.nan
    simulator.step(targets)
    assert simulator.state().unstable[1], "a second one is seen although the counters restart"
    simulator.reset_to(torch.tensor([1]), standing(microduck, 1))
    assert not simulator.state().unstable.any()
    simulator.step(torch.full_like(targets, torch.nan))
    assert simulator.state().unstable.all()
    assert list(tmp_path.iterdir()) == [], "no MUJOCO_LOG.TXT"
    assert capfd.readouterr() == ("", "")


def test_mujoco_logs_as_before_outside_the_simulator(
    microduck: Robot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    simulator = make_simulator(microduck)
    simulator.step(standing(microduck, 4).dof_pos)
    data = mujoco.MjData(simulator.model)
    data.qvel[0] = np.nan
    mujoco.mj_step(simulator.model, data)
    assert (tmp_path / "MUJOCO_LOG.TXT").is_file()


def slide(robot: Robot, friction: torch.Tensor) -> torch.Tensor:
    """Distance that a standing robot slides after a kick, (E,) m."""
    count = len(friction)
    simulator = make_simulator(robot, num_envs=count)
    simulator.randomize({"foot_friction": friction})
    state = standing(robot, count)
    state.root_lin_vel[:, 1] = 0.25
    simulator.reset_to(every(count), state)
    for _ in range(10):
        simulator.step(state.dof_pos)
    foot = robot.body_names.index(robot.foot_bodies[0])
    return simulator.state().body_pos[:, foot, 1] - simulator.state().body_pos[0, foot, 1]


def test_foot_friction_is_absolute_and_per_environment(microduck: Robot) -> None:
    slid = slide(microduck, torch.tensor([1.0, 0.02, 1.0]))
    assert slid[1] > 0.01
    assert abs(slid[2]) < 1e-6


def test_mass_and_centre_of_mass_change_the_physics(microduck: Robot) -> None:
    simulator = make_simulator(microduck, num_envs=3)
    simulator.randomize(
        {
            "mass_scale": torch.tensor([1.0, 1.5, 1.0]),
            "anchor_com_offset": torch.tensor([[0.0, 0, 0], [0.0, 0, 0], [0.02, 0, 0]]),
        }
    )
    root = simulator.model.body(microduck.body_names[0])
    masses = simulator._batch.expand("body_mass")[:, root.id]
    np.testing.assert_allclose(masses, root.mass * np.array([1.0, 1.5, 1.0]))
    state = standing(microduck, 3)
    simulator.reset_to(every(3), state)
    for _ in range(10):
        simulator.step(state.dof_pos)
    now = simulator.state()
    plain = make_simulator(microduck, num_envs=3)
    plain.reset_to(every(3), state)
    for _ in range(10):
        plain.step(state.dof_pos)
    torch.testing.assert_close(now.dof_pos[0], plain.state().dof_pos[0], atol=1e-6, rtol=0)
    assert (now.dof_pos[1:] - now.dof_pos[0]).abs().amax(-1).min() > 1e-4


def test_a_late_command_arrives_late(microduck: Robot) -> None:
    simulator = make_simulator(microduck, num_envs=4)
    simulator.randomize({"command_delay": torch.tensor([0, 1, 2, 3])})
    state = standing(microduck, 4)
    simulator.reset_to(every(4), state)
    simulator.step(state.dof_pos + 0.2)
    moved = (simulator.state().dof_pos - state.dof_pos).mean(-1)
    assert (moved.diff() < -1e-3).all(), "the later the command, the less has moved"
    plain = make_simulator(microduck, num_envs=4)
    plain.reset_to(every(4), state)
    plain.step(state.dof_pos + 0.2)
    torch.testing.assert_close(simulator.state().dof_pos[0], plain.state().dof_pos[0])


def test_unknown_property_names_the_nearest(microduck: Robot) -> None:
    with pytest.raises(ValueError, match="nearest: foot_friction"):
        make_simulator(microduck).randomize({"feet_friction": torch.ones(4)})


def test_self_contacts_are_counted(microduck: Robot) -> None:
    """Legs crossed until they meet: environment 1 touches itself, environment 0 does not."""
    simulator = make_simulator(microduck, num_envs=2)
    state = standing(microduck, 2)
    state.root_pos[:, 2] += 0.5
    for name, side in (("left_hip_roll", 0), ("right_hip_roll", 1)):
        dof = microduck.dof_names.index(name)
        state.dof_pos[1, dof] = float(microduck.dof_limits[dof, side])
    simulator.reset_to(every(2), state)
    simulator.step(state.dof_pos)
    contacts = simulator.state().self_contacts
    assert contacts[0] == 0
    assert contacts[1] > 0


def test_velocity_is_of_the_body_origin(microduck: Robot) -> None:
    """A robot that turns about its root: the root's origin stays, its centre of mass moves."""
    simulator = make_simulator(microduck, num_envs=1)
    state = standing(microduck, 1)
    state.root_pos[:, 2] += 0.5
    state.root_ang_vel[:, 2] = 3.0
    simulator.reset_to(every(1), state)
    now = simulator.state()
    assert now.body_lin_vel[0, 0].abs().max() < 1e-5
    arm = now.body_pos[0] - now.body_pos[0, 0]
    spin = torch.linalg.cross(torch.tensor([0.0, 0.0, 3.0]).expand_as(arm), arm)
    torch.testing.assert_close(now.body_lin_vel[0], spin, atol=1e-4, rtol=0)
