"""MuJoCo on CPU threads through mjbatch: every environment advances in one call."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import logging
import threading
from collections.abc import Mapping
from typing import Any

import mjbatch
import mujoco
import numpy as np
import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.robots.mjcf import compile_spec
from motionlib.robots.model import check_feet_touch, mujoco_spec
from motionlib.rotations import quat_apply_inverse
from training.simulators.base import ResetState, SimState, Simulator, SimulatorConfig
from training.simulators.coordinates import HingeConversion
from training.simulators.mujoco_ground import lay_ground
from training.simulators.mujoco_sensors import SensorLayout, add_sensors
from training.simulators.terrain import FLAT, Terrain

_LOG = logging.getLogger(__name__)
_SENSORS_OFF = int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
_BAD_STATE = ("BADQPOS", "BADQVEL", "BADQACC", "BADCTRL")
_ROOT_DOFS = 6
_ROOT_COORDINATES = 7


class MujocoSimulator(Simulator):
    """E copies of one robot on one ground, in one `mjbatch.Batch`.

    After `mj_step` MuJoCo's sensors and body poses are one physics step older than `qpos` and
    `qvel`. Sensors are therefore switched off while stepping and evaluated once, at the end of
    the control step, from the final state; only contacts and torques, which exist inside a
    physics step alone, are of the last physics step.
    """

    def __init__(
        self,
        robot: Robot,
        config: SimulatorConfig,
        *,
        num_envs: int,
        device: torch.device | str = "cpu",
        terrain: Terrain = FLAT,
    ) -> None:
        super().__init__(robot, config, num_envs=num_envs, device=device, terrain=terrain)
        spec = mujoco_spec(robot, profile=config.actuator_profile, timestep=config.physics_dt)
        lay_ground(spec, terrain)
        add_sensors(spec, robot)
        self.model = compile_spec(robot.xml_path, spec)
        check_feet_touch(robot, self.model)
        self._layout = SensorLayout(self.model, robot)
        self._hinges = HingeConversion(robot)
        self._batch = mjbatch.Batch(self.model, num_envs, num_threads=config.num_threads)
        self._rows = self._batch.bind("state")
        self._qpos, self._qvel = self._batch.bind("qpos"), self._batch.bind("qvel")
        self._ctrl = torch.from_numpy(self._batch.bind("ctrl"))
        self._warning = self._batch.bind("warning")
        self._flags = self._batch.expand("disableflags")
        self._flags_on = int(self.model.opt.disableflags)
        self._sensors = torch.from_numpy(self._batch.bind("sensordata", np.float32))
        self._torques = torch.from_numpy(self._batch.bind("actuator_force", np.float32))
        self._dofs = torch.from_numpy(self._qpos[:, _ROOT_COORDINATES:])
        self._dof_vels = torch.from_numpy(self._qvel[:, _ROOT_DOFS:])
        self._counts = np.zeros(self._warning.shape[1], dtype=np.int64)
        self._unstable = torch.zeros(num_envs, dtype=torch.bool)
        self._body_contact = torch.zeros(num_envs, robot.num_bodies, dtype=torch.bool)
        self._feet = torch.tensor([robot.body_names.index(name) for name in robot.foot_bodies])
        self._bad = [_warning_index(name) for name in _BAD_STATE]
        self._delay: Tensor | None = None
        with _QUIET_LOG:
            self._batch.reset()
        self._initial_row = self._rows[0].copy()

    def reset_to(self, env_ids: Tensor, state: ResetState) -> None:
        """See `Simulator.reset_to`; actuators, time and the solver's warm start are cleared too."""
        env_ids = env_ids.cpu()
        ids, quat = env_ids.numpy(), state.root_quat_wxyz
        angles, rates = self._hinges.to_hinges(state.dof_pos, state.dof_vel)
        position = torch.cat((state.root_pos, quat, angles), dim=-1)
        ang_vel = quat_apply_inverse(quat, state.root_ang_vel)
        velocity = torch.cat((state.root_lin_vel, ang_vel, rates), dim=-1)
        self._rows[ids] = self._initial_row
        self._qpos[ids] = position.cpu().numpy()
        self._qvel[ids] = velocity.cpu().numpy()
        self._ctrl[env_ids] = angles.to(self._ctrl)
        self._unstable[env_ids] = False
        with _QUIET_LOG:
            self._batch.forward(ids)
        # what forward says about a state was not seen while stepping
        self._warning[ids] = 0
        self._layout.copy_ground_contacts(self._sensors, self._body_contact)

    def step(self, targets: Tensor, *, env_ids: Tensor | None = None) -> None:
        """See `Simulator.step`."""
        ids = None if env_ids is None else env_ids.cpu().numpy()
        targets = self._hinges.targets(targets, self._dofs)
        with _QUIET_LOG:
            self._flags[:] = self._flags_on | _SENSORS_OFF
            if self._delay is None:
                self._ctrl.copy_(targets)
                if self.config.decimation > 1:
                    self._batch.step(ids, nstep=self.config.decimation - 1)
            else:
                self._step_delayed(targets, self._delay, ids)
            # the last physics step counts contacts; after it all other sensors are redone
            self._flags[:] = self._flags_on
            self._batch.step(ids, nstep=1)
            self._batch.refresh_sensor_range(ids, self._layout.refreshed)
        self._layout.copy_ground_contacts(self._sensors, self._body_contact)
        self._read_warnings()

    def state(self) -> SimState:
        """See `Simulator.state`: on the CPU, body tensors are views of the engine's sensor data."""
        layout, sensors = self._layout, self._sensors
        dof_pos, dof_vel = self._hinges.from_hinges(self._dofs, self._dof_vels)
        state = SimState(
            dof_pos=dof_pos,
            dof_vel=dof_vel,
            body_pos=layout.body_pos(sensors),
            body_quat_wxyz=layout.body_quat_wxyz(sensors),
            body_lin_vel=layout.body_lin_vel(sensors),
            body_ang_vel=layout.body_ang_vel(sensors),
            foot_contact=self._foot_contact(),
            body_contact=self._body_contact,
            dof_torque=self._torques,
            self_contacts=layout.self_contacts(sensors),
            unstable=self._unstable,
        )
        if self.device.type == "cpu":
            return state
        moved = {name: getattr(state, name).to(self.device) for name in SimState.__slots__}
        return SimState(**moved)

    def push(self, env_ids: Tensor, lin_vel: Tensor, ang_vel: Tensor) -> None:
        """See `Simulator.push`; `state()` shows it after the next step."""
        ids = env_ids.cpu().numpy()
        quat = torch.from_numpy(self._qpos[ids, 3:_ROOT_COORDINATES])
        self._qvel[ids, :3] += lin_vel.cpu().numpy()
        # MuJoCo's free joint turns in its own frame
        self._qvel[ids, 3:_ROOT_DOFS] += quat_apply_inverse(quat, ang_vel.cpu().double()).numpy()

    def warnings(self) -> Mapping[str, int]:
        """See `Simulator.warnings`; MuJoCo's names without `mjWARN_`, those that occurred."""
        return {
            _warning_name(index): int(count)
            for index, count in enumerate(self._counts)
            if count > 0
        }

    def close(self) -> None:
        """Nothing to do: the thread pool ends with this object."""

    def _engine_state(self) -> dict[str, Any]:
        """MuJoCo's integration state, the solver's warm start in it, and what a step leaves behind.

        Only columns that ever moved: forces that nobody applies are two thirds of a row.
        """
        rows = torch.from_numpy(self._rows)
        moved = (rows != torch.from_numpy(self._initial_row)).any(dim=0).nonzero().squeeze(-1)
        return {
            "columns": moved,
            "rows": rows[:, moved],
            "contacts": self._sensors[:, self._layout.refreshed[1] :].clone(),
            "torques": self._torques.clone(),
            "body_contact": self._body_contact.clone(),
            "unstable": self._unstable.clone(),
            "warnings": torch.from_numpy(self._counts.copy()),
            "version": mujoco.__version__,
        }

    def _load_engine_state(self, state: Mapping[str, Any]) -> None:
        if state["version"] != mujoco.__version__:
            _LOG.warning(
                "MuJoCo %s in the state, %s now: it goes on, its last digits may be others",
                state["version"],
                mujoco.__version__,
            )
        saved = {name: x.cpu() for name, x in state.items() if isinstance(x, Tensor)}
        self._rows[:] = self._initial_row
        self._rows[:, saved["columns"].numpy()] = saved["rows"].numpy()
        first, end = self._layout.refreshed
        self._batch.refresh_sensor_range(None, (first, end))
        self._sensors[:, end:] = saved["contacts"]
        self._torques.copy_(saved["torques"])
        self._body_contact.copy_(saved["body_contact"])
        self._unstable.copy_(saved["unstable"])
        self._warning[:] = 0
        self._counts[:] = saved["warnings"].numpy()

    def _foot_contact(self) -> Tensor:
        if self.terrain.is_flat:
            return self._layout.foot_contact(self._sensors)
        return self._body_contact.index_select(1, self._feet)

    def _step_delayed(self, targets: Tensor, delay: Tensor, ids: np.ndarray | None) -> None:
        previous = self._ctrl.clone()
        for substep in range(self.config.decimation):
            late = (delay > substep).unsqueeze(-1)
            self._ctrl.copy_(torch.where(late, previous, targets.to(previous)))
            if substep < self.config.decimation - 1:
                self._batch.step(ids, nstep=1)

    def _read_warnings(self) -> None:
        number = self._warning[:, :, 1]
        if not number.any():
            self._unstable.zero_()
            return
        self._counts += number.sum(axis=0)
        self._unstable.copy_(torch.from_numpy(number[:, self._bad].any(axis=1)))
        # MuJoCo's own reset of a bad state clears its counters: they only tell of one step
        self._warning[:] = 0

    def _set_properties(self, values: Mapping[str, Tensor]) -> None:
        setters = {
            "foot_friction": self._set_foot_friction,
            "anchor_com_offset": self._set_anchor_com_offset,
            "mass_scale": self._set_mass_scale,
            "command_delay": self._set_command_delay,
        }
        for name, value in values.items():
            setters[name](value.cpu())

    def _set_foot_friction(self, value: Tensor) -> None:
        friction = self._batch.expand("geom_friction")
        for foot in self.robot.foot_bodies:
            body = self.model.body(foot)
            first = int(body.geomadr[0])
            friction[:, first : first + int(body.geomnum[0]), 0] = value.numpy()[:, None]

    def _set_anchor_com_offset(self, value: Tensor) -> None:
        body = self.model.body(self.robot.anchor_body)
        with self._batch.model_update("body_ipos"):
            self._batch.expand("body_ipos")[:, body.id] = body.ipos + value.numpy()

    def _set_mass_scale(self, value: Tensor) -> None:
        body = self.model.body(self.robot.body_names[0])
        with self._batch.model_update("body_mass", "body_inertia"):
            self._batch.expand("body_mass")[:, body.id] = body.mass * value.numpy()
            inertia = body.inertia * value.numpy()[:, None]
            self._batch.expand("body_inertia")[:, body.id] = inertia

    def _set_command_delay(self, value: Tensor) -> None:
        self._delay = value.clone() if bool((value > 0).any()) else None


class _QuietLog:
    """Keeps MuJoCo's warnings off the console and out of `MUJOCO_LOG.TXT`; they are counted.

    The log's settings are the process': the last of those who want quiet puts them back.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._before: mujoco.MjLogConfig | None = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = mujoco.MjLogConfig.get()
                quiet = mujoco.MjLogConfig.get()
                quiet.logto_console = quiet.logto_file = False
                quiet.set()
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._before is not None:
                self._before.set()


_QUIET_LOG = _QuietLog()


def _warning_index(name: str) -> int:
    return int(getattr(mujoco.mjtWarning, f"mjWARN_{name}"))


def _warning_name(index: int) -> str:
    return mujoco.mjtWarning(index).name.removeprefix("mjWARN_")
