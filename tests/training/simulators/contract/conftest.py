"""The engines that the contract runs on, and what its tests stand robots on and compare with.

A new back end is one line in `ENGINES`: every test of this folder then runs on it.
"""

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping

import mujoco
import numpy as np
import pytest
import torch

from motionlib.robot import Robot
from motionlib.robots.model import robot_model
from motionlib.rotations import quat_apply_inverse, quat_from_euler_xyz
from training.simulators.base import ResetState, SimState, Simulator, SimulatorConfig
from training.simulators.opening import open_simulator
from training.simulators.terrain import FLAT, Terrain


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A back end, and how near it has to come to MuJoCo on one core."""

    name: str
    """As `open_simulator` knows it."""
    package: str
    """What has to be importable; without it the engine's tests are skipped."""
    parity: float
    """m and rad, largest difference after a second on the plane."""
    repeat: float
    """Largest difference of any number of a state between two runs of the same; 0 means bits."""


ENGINES = (Engine(name="mujoco", package="mjbatch", parity=2e-6, repeat=0.0),)
ROBOTS = ("microduck", "g1")


@pytest.fixture(scope="session", params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    try:
        importlib.import_module(request.param.package)
    except ImportError:
        pytest.skip(f"{request.param.name}: the package {request.param.package} is not installed")
    return request.param


@pytest.fixture(params=ROBOTS)
def robot(request: pytest.FixtureRequest) -> Robot:
    return request.getfixturevalue(request.param)


@pytest.fixture
def make_world(engine: Engine, robot: Robot) -> Iterator[Callable[..., Simulator]]:
    """`make_world(num_envs, terrain=FLAT, **rates)`: a simulator of the engine and the robot."""
    opened: list[Simulator] = []

    def make(num_envs: int, *, terrain: Terrain = FLAT, **rates: float) -> Simulator:
        config = SimulatorConfig(name=engine.name, **{"num_threads": 1, **rates})
        opened.append(open_simulator(config, robot, num_envs=num_envs, terrain=terrain))
        return opened[-1]

    yield make
    for world in opened:
        world.close()


@pytest.fixture
def standing(robot: Robot) -> Callable[..., ResetState]:
    """`standing(count, lift=0.0)`: at rest in the default pose, soles `lift` m above z = 0."""

    def stand(count: int, *, lift: float = 0.0) -> ResetState:
        zeros = torch.zeros(count, 3)
        position = zeros.clone()
        position[:, 2] = robot.default_root_height + lift
        default = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32).repeat(count, 1)
        return ResetState(
            root_pos=position,
            root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(count, 1),
            root_lin_vel=zeros,
            root_ang_vel=zeros.clone(),
            dof_pos=default,
            dof_vel=torch.zeros_like(default),
        )

    return stand


@pytest.fixture
def scattered(standing: Callable[..., ResetState]) -> Callable[..., ResetState]:
    """`scattered(count, lift=0.0, seed=0)`: leaning, turned, moving, each environment its own."""

    def scatter(count: int, *, lift: float = 0.0, seed: int = 0) -> ResetState:
        generator = torch.Generator().manual_seed(seed)

        def noise(like: torch.Tensor) -> torch.Tensor:
            return 2.0 * torch.rand(like.shape, generator=generator) - 1.0

        state = standing(count, lift=lift)
        angles = noise(state.root_ang_vel) * torch.tensor([0.2, 0.2, 3.0])
        state.root_quat_wxyz = quat_from_euler_xyz(*angles.unbind(-1))
        for name, width in (
            ("root_pos", 0.01),
            ("root_lin_vel", 0.5),
            ("root_ang_vel", 2.0),
            ("dof_pos", 0.05),
            ("dof_vel", 2.0),
        ):
            value = getattr(state, name)
            setattr(state, name, value + width * noise(value))
        return state

    return scatter


@pytest.fixture(scope="session")
def some() -> Callable[[ResetState, list[int]], ResetState]:
    """`some(state, rows)`: these rows of a reset state."""

    def take(state: ResetState, rows: list[int]) -> ResetState:
        return ResetState(**{name: getattr(state, name)[rows] for name in ResetState.__slots__})

    return take


@pytest.fixture(scope="session")
def numbers() -> Callable[[Simulator], dict[str, torch.Tensor]]:
    """`numbers(world)`: every field of its state by name, as copies."""

    def copy(world: Simulator) -> dict[str, torch.Tensor]:
        state = world.state()
        return {f.name: getattr(state, f.name).clone() for f in dataclasses.fields(SimState)}

    return copy


@pytest.fixture(scope="session")
def assert_same(engine: Engine) -> Callable[..., None]:
    """`assert_same(one, other)`: fields agree to the engine's `repeat`."""

    def compare(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> None:
        assert one.keys() == other.keys()
        for name, value in one.items():
            torch.testing.assert_close(
                value,
                other[name],
                rtol=0,
                atol=engine.repeat,
                msg=lambda text, n=name: f"{n}: {text}",
            )

    return compare


class Plain:
    """One robot in plain MuJoCo on one core: what physics should say."""

    def __init__(self, robot: Robot, *, physics_dt: float = 0.005) -> None:
        self.robot, self.model = robot, robot_model(robot, timestep=physics_dt)
        self.data = mujoco.MjData(self.model)

    def put(self, state: ResetState, env: int) -> None:
        """Where environment `env` of a reset state is, its servos asked to stay."""
        mujoco.mj_resetData(self.model, self.data)
        quat = state.root_quat_wxyz[env].double()
        turn = quat_apply_inverse(quat, state.root_ang_vel[env].double())
        self.data.qpos[:] = torch.cat((state.root_pos[env], quat, state.dof_pos[env])).numpy()
        self.data.qvel[:] = torch.cat((state.root_lin_vel[env], turn, state.dof_vel[env])).numpy()
        self.data.ctrl[:] = state.dof_pos[env].numpy()
        mujoco.mj_forward(self.model, self.data)

    def step(self, targets: torch.Tensor, *, steps: int) -> None:
        """Physics steps towards (D,) rad."""
        self.data.ctrl[:] = targets.numpy()
        mujoco.mj_step(self.model, self.data, steps)

    def distance(self, state: SimState, env: int) -> float:
        """m and rad, largest difference in root position and dofs."""
        found = torch.cat((state.body_pos[env, 0], state.dof_pos[env])).double().numpy()
        ours = np.concatenate((self.data.qpos[:3], self.data.qpos[7:]))
        return float(np.abs(found - ours).max())

    def touching(self, *, deeper_than: float = 0.0) -> tuple[set[str], bool]:
        """Bodies on the ground, and whether the robot touches itself, by contacts this deep."""
        ground, itself = set(), False
        for contact in self.data.contact:
            if contact.dist > -deeper_than:
                continue
            bodies = [int(self.model.geom_bodyid[geom]) for geom in contact.geom]
            if 0 in bodies:
                ground |= {self.model.body(body).name for body in bodies if body}
            else:
                itself = True
        return ground, itself


@pytest.fixture
def make_plain(robot: Robot) -> Callable[..., Plain]:
    """`make_plain(physics_dt=0.005)`: see `Plain`."""
    return lambda **rates: Plain(robot, **rates)
