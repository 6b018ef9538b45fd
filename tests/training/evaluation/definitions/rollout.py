"""Made-up rollouts: what robots and references did, and the streams that saw it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from motionlib.kinematics import Kinematics
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.commands.motion import MotionGoal
from training.envs.moment import Moment, facts_of
from training.envs.snapshot import BodySelection, BodyStates, Snapshot
from training.evaluation.config import EvaluationConfig
from training.evaluation.measures import MotionMeasures
from training.simulators.base import SimState

DT = 0.02


def random_states(robot: Robot, frames: int, *, seed: int, size: float = 0.2) -> MotionStates:
    """Bodies anywhere, near each other; turned as their joints say."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(frames, *shape, generator=generator)

    root = torch.tensor([1.0, 0.0, 0.0, 0.0]) + size * draw(4)
    root /= root.norm(dim=-1, keepdim=True)
    dof_pos = size * draw(robot.num_dofs)
    poses = Kinematics(robot).forward(torch.zeros(frames, 3), root, dof_pos)
    return MotionStates(
        dof_pos=dof_pos,
        dof_vel=draw(robot.num_dofs),
        body_pos=size * draw(robot.num_bodies, 3),
        body_quat_wxyz=poses.body_quat_wxyz,
        body_lin_vel=draw(robot.num_bodies, 3),
        body_ang_vel=draw(robot.num_bodies, 3),
        body_contact=draw(robot.num_bodies) > 0.0,
    )


@dataclass
class Rollout:
    """One motion: what the robot did, what it should have done, its servos' torques and targets."""

    robot: Robot
    done: MotionStates
    asked: MotionStates
    torque: Tensor
    targets: Tensor

    @property
    def frames(self) -> int:
        return self.done.num_frames


def random_rollout(robot: Robot, frames: int, *, seed: int) -> Rollout:
    generator = torch.Generator().manual_seed(1000 + seed)
    return Rollout(
        robot=robot,
        done=random_states(robot, frames, seed=2 * seed),
        asked=random_states(robot, frames, seed=2 * seed + 1),
        torque=torch.randn(frames, robot.num_dofs, generator=generator),
        targets=torch.randn(frames, robot.num_dofs, generator=generator),
    )


def still_rollout(robot: Robot, frames: int) -> Rollout:
    """A robot that is its reference, which does not move; upright, bodies apart."""
    states = random_states(robot, 1, seed=5)
    index = torch.zeros(frames, dtype=torch.int64)
    quats = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, robot.num_bodies, 1)

    def copies() -> MotionStates:
        rows = states.frames(index)
        still = torch.zeros_like(rows.body_lin_vel)
        return MotionStates(
            dof_pos=rows.dof_pos.clone(),
            dof_vel=torch.zeros_like(rows.dof_vel),
            body_pos=rows.body_pos.clone(),
            body_quat_wxyz=quats.clone(),
            body_lin_vel=still,
            body_ang_vel=still.clone(),
            body_contact=torch.zeros(frames, robot.num_bodies, dtype=torch.bool),
        )

    zeros = torch.zeros(frames, robot.num_dofs)
    return Rollout(robot=robot, done=copies(), asked=copies(), torque=zeros, targets=zeros)


class Stage:
    """E rollouts at their current frames, as an evaluation shows them."""

    def __init__(self, robot: Robot, num_envs: int) -> None:
        self.robot, self.num_envs = robot, num_envs
        ends = (*robot.foot_bodies, *robot.hand_bodies)
        self.selection = BodySelection(robot, end_bodies=ends, device="cpu")
        self.facts = facts_of(
            robot, self.selection, control_dt=DT, heights=lambda xy: torch.zeros_like(xy[..., 0])
        )
        self.feet = [robot.body_names.index(name) for name in robot.foot_bodies]
        self.shown: list[tuple[Rollout, int]] = []

    def reference(self) -> MotionStates:
        return MotionStates(**_gathered([(r.asked, frame) for r, frame in self.shown]))

    def state(self) -> SimState:
        rows = _gathered([(r.done, frame) for r, frame in self.shown])
        return SimState(
            **rows,
            foot_contact=rows["body_contact"][:, self.feet],
            dof_torque=torch.stack([r.torque[frame] for r, frame in self.shown]),
            self_contacts=torch.zeros(self.num_envs),
            unstable=torch.zeros(self.num_envs, dtype=torch.bool),
        )

    def moment(self) -> Moment:
        state, wanted = self.state(), self.reference()
        rows = self.selection.indices
        parts = (wanted.body_pos, wanted.body_quat_wxyz, wanted.body_lin_vel, wanted.body_ang_vel)
        asked = Snapshot(
            wanted.dof_pos,
            wanted.dof_vel,
            BodyStates(*(part[:, rows] for part in parts)),
            wanted.body_contact[:, self.feet],
        )
        return Moment(
            robot=self.selection.of(state),
            goal=MotionGoal(asked),
            facts=self.facts,
            action=state.dof_pos,
            last_action=state.dof_pos,
            dof_target=state.dof_pos,
            dof_torque=state.dof_torque,
            body_contact=state.body_contact[:, rows],
            self_contacts=state.self_contacts,
        )

    def targets(self) -> Tensor:
        return torch.stack([r.targets[frame] for r, frame in self.shown])


class Evaluated:
    """Streams of an evaluation, fed with rollouts; failures are given, not judged."""

    def __init__(self, robot: Robot, num_envs: int) -> None:
        self.stage = Stage(robot, num_envs)
        self.measures = MotionMeasures(
            num_envs,
            robot=robot,
            dt=DT,
            config=EvaluationConfig(),
            reference=self.stage.reference,
        )

    def show(
        self, rollouts: list[Rollout | None], frames: list[int], failures: list[int | None]
    ) -> None:
        """One instant: environments on a frame of their rollout; None is idle."""
        idle = next(r for r in rollouts if r is not None)
        pairs = zip(rollouts, frames, strict=True)
        self.stage.shown = [(idle, 0) if r is None else (r, frame) for r, frame in pairs]
        active = torch.tensor([r is not None for r in rollouts])
        at = torch.tensor(frames)
        lengths = torch.tensor([1 if r is None else r.frames for r in rollouts])
        starting = active & (at == 0)
        now, state = self.stage.moment(), self.stage.state()
        positions = now.robot.bodies.pos[:, : now.facts.num_tracked]
        if bool((active & ~starting).any()):
            failed = [
                f is not None and frame >= f for f, frame in zip(failures, frames, strict=True)
            ]
            self.measures.add(
                now,
                positions,
                state=state,
                targets=self.stage.targets(),
                frames=at,
                num_frames=lengths,
                active=active & ~starting,
                failed=torch.tensor(failed),
                broken=torch.zeros(len(at), dtype=torch.bool),
            )
        if bool(starting.any()):
            self.measures.clear(starting.nonzero().squeeze(-1))
            self.measures.start(now, positions, state=state, num_frames=lengths, active=starting)


def _gathered(rows: list[tuple[MotionStates, int]]) -> dict[str, Tensor]:
    names = (
        "dof_pos",
        "dof_vel",
        "body_pos",
        "body_quat_wxyz",
        "body_lin_vel",
        "body_ang_vel",
        "body_contact",
    )
    return {n: torch.stack([getattr(states, n)[frame] for states, frame in rows]) for n in names}
