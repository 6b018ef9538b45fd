"""The evaluator against a puppet environment, whose every state is known by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, MotionStates
from motionlib.robot import Robot
from training.envs.commands.motion import MotionCommand, MotionGoal
from training.envs.commands.reference import ReferenceTable, reset_state
from training.envs.moment import Moment, facts_of
from training.envs.snapshot import BodySelection
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import OpenLoopController, ZeroActionController
from training.evaluation.evaluator import EvaluationResult, evaluate
from training.evaluation.tables import aggregate
from training.simulators.base import ResetState, SimState

DT = 0.02


class PuppetCommand(MotionCommand):
    """Frames of the puppet's own, so that nothing but the puppet moves them."""

    def __init__(self, puppet: "Puppet") -> None:
        self.lib, self._puppet = puppet.lib, puppet

    @property
    def frames(self) -> torch.Tensor:
        return self._puppet.frames

    def reference(self) -> MotionStates:
        puppet = self._puppet
        return self.lib.frames(self.lib.starts[puppet.motion_ids] + puppet.frames)

    def place(self, env_ids, motion_ids, frames) -> ResetState:
        self._puppet.motion_ids[env_ids] = motion_ids
        self._puppet.frames[env_ids] = frames
        return reset_state(self.lib, self.lib.starts[motion_ids] + frames)


@dataclass
class Puppet:
    """An environment that shows the reference, disturbed as a test says."""

    lib: MotionLib
    num_envs: int
    disturb: Callable[[str, int, SimState, int], None] = lambda *_: None
    """Called with motion name, frame, state to change in place, environment."""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    control_dt: float = DT
    auto_reset: bool = True

    def __post_init__(self) -> None:
        self.motion_ids = torch.zeros(self.num_envs, dtype=torch.int64)
        self.frames = torch.zeros(self.num_envs, dtype=torch.int64)
        self.robot, self.command = self.lib.robot, PuppetCommand(self)
        ends = self.robot.foot_bodies
        self.bodies = BodySelection(self.robot, end_bodies=ends, device="cpu")
        self.facts = facts_of(self.robot, self.bodies, control_dt=DT, heights=torch.zeros_like)
        self.table = ReferenceTable(self.lib, self.bodies)
        self.sim = SimpleNamespace(state=lambda: self.current)
        self.resets: list[tuple[str, int]] = []
        self.targets: list[torch.Tensor] = []
        self.moved: list[list[int]] = []
        self._show()

    def _show(self) -> None:
        rows = self.lib.states.frames(self.lib.starts[self.motion_ids] + self.frames)
        feet = [self.lib.robot.body_names.index(name) for name in self.lib.robot.foot_bodies]
        self.current = SimState(
            dof_pos=rows.dof_pos,
            dof_vel=rows.dof_vel,
            body_pos=rows.body_pos,
            body_quat_wxyz=rows.body_quat_wxyz,
            body_lin_vel=rows.body_lin_vel,
            body_ang_vel=rows.body_ang_vel,
            foot_contact=rows.body_contact[:, feet],
            body_contact=rows.body_contact,
            dof_torque=torch.zeros_like(rows.dof_pos),
            self_contacts=torch.zeros(self.num_envs),
            unstable=torch.zeros(self.num_envs, dtype=torch.bool),
        )

    @property
    def goal(self) -> MotionGoal:
        return self.asked(1)

    def asked(self, ahead: int) -> MotionGoal:
        last = self.lib.num_frames[self.motion_ids] - 1
        frames = torch.minimum(self.frames + ahead, last)
        return MotionGoal(self.table.rows(self.lib.starts[self.motion_ids] + frames))

    def reached(self, state: SimState) -> Moment:
        still = torch.zeros_like(state.dof_pos)
        return Moment(
            robot=self.bodies.of(state),
            goal=self.asked(0),
            facts=self.facts,
            action=still,
            last_action=still,
            dof_target=still,
            dof_torque=still,
            body_contact=state.body_contact[:, self.bodies.indices],
            self_contacts=state.self_contacts,
        )

    def observe(self, groups=None) -> dict[str, torch.Tensor]:
        return {"actor": self.frames[:, None].float()}

    def restart(self, env_ids, state) -> None:
        assert len(state.dof_pos) == len(env_ids)
        pairs = zip(self.motion_ids[env_ids].tolist(), self.frames[env_ids].tolist(), strict=True)
        self.resets += [(self.lib.names[m], f) for m, f in pairs]
        self._show()

    def targets_from_actions(self, actions):
        return actions

    def drive(self, targets, actions=None, *, env_ids=None):
        self.targets.append(targets)
        self.moved.append(env_ids.tolist())
        last = self.lib.num_frames[self.motion_ids] - 1
        self.frames = torch.minimum(self.frames + 1, last)
        self._show()
        for env in range(self.num_envs):
            name = self.lib.names[int(self.motion_ids[env])]
            self.disturb(name, int(self.frames[env]), self.current, env)


LENGTHS = {"short": 25, "one": 1, "long": 60, "middle": 40}


@pytest.fixture
def lib(microduck: Robot, make_motion: Callable[..., Motion]) -> MotionLib:
    return library_from_motions(
        [make_motion(microduck, frames=frames, name=name) for name, frames in LENGTHS.items()]
    )


def run(env: Puppet, **config: float) -> tuple[EvaluationResult, dict[str, dict[str, Any]]]:
    result = evaluate(env, OpenLoopController(), config=EvaluationConfig(**config))
    return result, {row["motion_name"]: row for row in result.table.to_pylist()}


def shift(name: str, first_frame: int, metres: float, axis: int = 0):
    """Move the whole robot, from a frame of one motion on."""

    def disturb(motion: str, frame: int, state: SimState, env: int) -> None:
        if motion == name and frame >= first_frame:
            state.body_pos[env, :, axis] += metres

    return disturb


@pytest.mark.parametrize("num_envs", [1, 2, 3, 9])
def test_every_motion_is_evaluated_once_whole_and_a_perfect_robot_scores_zero(
    lib: MotionLib, num_envs: int
):
    env = Puppet(lib, num_envs)
    result, rows = run(env)
    assert result.table.column("motion_name").to_pylist() == list(LENGTHS)
    assert [row["evaluated_frames"] for row in rows.values()] == list(LENGTHS.values())
    assert sorted(env.resets) == [("long", 0), ("middle", 0), ("short", 0)]
    for name in ("short", "middle", "long"):
        row = rows[name]
        assert row["success"]
        assert row["survived"]
        assert row["failure_cause"] is None
        assert row["survived_s"] == row["seconds"] == pytest.approx((LENGTHS[name] - 1) * DT)
        assert row["body_pos_error_mean"] == pytest.approx(0.0, abs=1e-6)
        assert row["contact_accuracy"] == 1.0
    assert env.auto_reset is True


def test_longest_first_and_refilled_wastes_few_steps(lib: MotionLib):
    result, _ = run(Puppet(lib, 2))
    # 59 + (39 + 24 = 63) steps of motions in two lanes: 63 rounds
    assert result.motion_steps == 59 + 39 + 24
    assert result.env_steps == 2 * 63


def test_who_has_no_motion_is_not_simulated(lib: MotionLib):
    env = Puppet(lib, 5)
    result = evaluate(env, OpenLoopController(), robots=2)
    assert env.moved[:39] == [[0, 1]] * 39
    assert sum(len(moved) for moved in env.moved) == result.motion_steps == 59 + 39 + 24


def test_environments_side_by_side_share_the_motions(lib: MotionLib):
    envs = [Puppet(lib, 1, shift("middle", 5, 0.03)) for _ in range(3)]
    seen: list[tuple[int, int]] = []
    result = evaluate(
        envs[0], OpenLoopController(), beside=envs[1:], progress=lambda *done: seen.append(done)
    )
    alone, _ = run(Puppet(lib, 1, shift("middle", 5, 0.03)))
    assert result.table.equals(alone.table)
    assert sorted(name for env in envs for name, _ in env.resets) == ["long", "middle", "short"]
    assert seen[-1] == (sum(LENGTHS.values()), sum(LENGTHS.values()))
    assert all(env.auto_reset for env in envs)


def test_an_error_in_one_of_several_environments_is_told_and_ends_the_others(lib: MotionLib):
    def disturb(motion: str, frame: int, state: SimState, env: int) -> None:
        raise RuntimeError("the engine is gone")

    long = [Puppet(lib, 1), Puppet(lib, 1, disturb)]
    with pytest.raises(RuntimeError, match="the engine is gone"):
        evaluate(long[0], OpenLoopController(), beside=long[1:])
    assert long[0].auto_reset is True


def test_a_motion_of_one_frame_has_a_row_and_no_verdict(lib: MotionLib):
    _, rows = run(Puppet(lib, 2))
    row = rows["one"]
    assert (row["frames"], row["evaluated_frames"], row["seconds"]) == (1, 1, 0.0)
    assert row["success"] is None
    assert row["body_pos_error_mean"] is None


def test_errors_are_the_disturbance_and_averages_count_controlled_frames(lib: MotionLib):
    # 2 cm to the side in frames 20 ... 39 of 1 ... 39
    _, rows = run(Puppet(lib, 2, shift("middle", 20, 0.02)))
    row = rows["middle"]
    assert row["body_pos_error_mean"] == pytest.approx(0.02 * 20 / 39, rel=1e-4)
    assert row["body_pos_error_max"] == pytest.approx(0.02, rel=1e-4)
    assert row["root_pos_error_max"] == pytest.approx(0.02, rel=1e-4)
    assert row["body_pos_error_relative_max"] == pytest.approx(0.0, abs=1e-5)
    assert row["success"]
    assert rows["long"]["body_pos_error_max"] == pytest.approx(0.0, abs=1e-6)


def test_a_fall_counts_for_the_rest_and_errors_go_on(lib: MotionLib, microduck: Robot):
    drop = thresholds_for(microduck, EvaluationConfig()).fall_drop + 0.005

    def disturb(motion: str, frame: int, state: SimState, env: int) -> None:
        if motion == "middle" and 10 <= frame < 15:  # down, and up again by itself
            state.body_pos[env, :, 2] -= drop

    env = Puppet(lib, 1, disturb)
    result, rows = run(env)
    row = rows["middle"]
    assert (row["success"], row["survived"], row["failure_cause"]) == (False, False, "fall")
    assert row["failure_s"] == row["survived_s"] == pytest.approx(10 * DT)
    assert row["evaluated_frames"] == 40
    assert row["body_pos_error_mean"] == pytest.approx(drop * 5 / 39, rel=1e-4)
    assert env.resets.count(("middle", 0)) == 1
    assert len(result.series["middle"].time_s) == 40
    assert rows["long"]["success"]


def test_a_lost_reference_fails_but_survives(lib: MotionLib, microduck: Robot):
    lost = thresholds_for(microduck, EvaluationConfig()).tracking_lost
    _, rows = run(Puppet(lib, 3, shift("long", 30, 1.01 * lost)))
    row = rows["long"]
    assert (row["success"], row["survived"], row["failure_cause"]) == (
        False,
        True,
        "tracking_lost",
    )
    assert row["failure_s"] == pytest.approx(30 * DT)
    assert row["survived_s"] == row["seconds"]
    _, rows = run(Puppet(lib, 3, shift("long", 30, 0.99 * lost)))
    assert rows["long"]["success"]


@pytest.mark.parametrize("broken", ["flag", "nan"])
def test_unstable_physics_fails_and_leaves_the_robot_where_it_was(lib: MotionLib, broken: str):
    def disturb(motion: str, frame: int, state: SimState, env: int) -> None:
        if motion == "long" and frame == 20:
            if broken == "flag":
                state.unstable[env] = True
            state.body_pos[env] = math.nan if broken == "nan" else 1e6

    env = Puppet(lib, 2, disturb)
    _, rows = run(env)
    row = rows["long"]
    assert (row["success"], row["survived"], row["failure_cause"]) == (False, False, "unstable")
    assert row["failure_s"] == pytest.approx(20 * DT)
    # the reference glides on from frame 19 while the robot counts as lying there
    states, start = lib.states, int(lib.starts[lib.names.index("long")])
    gone = (states.body_pos[start + 59, 0] - states.body_pos[start + 19, 0]).norm()
    assert row["root_pos_error_max"] == pytest.approx(float(gone), rel=1e-3)
    assert ("long", 20) in env.resets
    assert rows["short"]["success"]


def test_results_do_not_depend_on_the_number_of_environments(lib: MotionLib):
    alone, *others = (run(Puppet(lib, n, shift("middle", 5, 0.03)))[1] for n in (1, 2, 7))
    for rows in others:
        for name, row in rows.items():
            # float32 sums of vectorised and of left-over lanes differ in the last bit
            for column, value in row.items():
                known = alone[name][column]
                if isinstance(known, float):
                    known = pytest.approx(known, rel=1e-5, abs=1e-7)
                assert value == known, (name, column)


def test_open_loop_asks_for_the_next_frame_and_zero_action_for_the_default_pose(lib: MotionLib):
    env = Puppet(lib, 1)
    evaluate(env, OpenLoopController())
    start = int(lib.starts[lib.names.index("long")])
    torch.testing.assert_close(env.targets[0][0], lib.states.dof_pos[start + 1])
    torch.testing.assert_close(env.targets[58][0], lib.states.dof_pos[start + 59])
    env = Puppet(lib, 1)
    result = evaluate(env, ZeroActionController())
    default = torch.as_tensor(lib.robot.default_dof_pos, dtype=torch.float32)
    assert all(torch.equal(targets[0], default) for targets in env.targets)
    assert set(result.table.column("action_rate").to_pylist()) == {0.0, None}


def test_an_environment_that_starts_off_the_reference_is_refused(lib: MotionLib):
    env = Puppet(lib, 2)
    show = env._show

    def shifted() -> None:
        show()
        env.current.body_pos += 0.01

    env._show = shifted
    with pytest.raises(MotionError, match=r"long: starts 0\.0\d+ m from its reference"):
        run(env)
    assert env.auto_reset is True


class Broken(OpenLoopController):
    """Gives a NaN for one motion from a frame on."""

    name = "policy"

    def __init__(self, motion: str, frame: int, *, in_actions: bool = False) -> None:
        self.motion, self.frame, self.in_actions = motion, frame, in_actions

    def command(self, env, obs):
        command = super().command(env, obs)
        if self.in_actions:
            command = command._replace(actions=command.targets.clone())
        broken = command.actions if self.in_actions else command.targets
        on = env.motion_ids == env.lib.names.index(self.motion)
        broken[on & (env.frames >= self.frame), 3] = math.nan
        return command


@pytest.mark.parametrize("in_actions", [False, True])
def test_a_controller_that_gives_nan_is_named_and_fails_that_motion_alone(
    lib: MotionLib, caplog: pytest.LogCaptureFixture, *, in_actions: bool
):
    env = Puppet(lib, 2, shift("middle", 5, 0.02))
    result = evaluate(env, Broken("middle", 19, in_actions=in_actions))
    rows = {row["motion_name"]: row for row in result.table.to_pylist()}
    row = rows["middle"]
    assert "policy: targets are not finite in motion middle at frame 19" in caplog.text
    assert caplog.text.count("not finite") == 1
    assert (row["success"], row["survived"]) == (False, False)
    assert row["failure_cause"] == "controller_nan"
    assert row["failure_s"] == row["tracked_s"] == pytest.approx(20 * DT)
    assert row["failure_s_by_definition"]["phc"] == pytest.approx(20 * DT)
    assert not row["success_phc"]
    # what was measured until then stands; nothing is averaged over what came after
    assert row["body_pos_error_mean_before_failure"] == pytest.approx(0.02 * 15 / 19, rel=1e-4)
    assert row["body_pos_error_mean"] is None
    assert row["gt_err"] is None
    assert row["body_pos_error_by_body"] is None
    assert all(torch.isfinite(targets).all() for targets in env.targets)
    assert rows["long"]["success"]
    assert rows["short"]["success"]
    spread = aggregate(result.table)["measures"]["body_pos_error_mean"]
    assert spread["count"] == 2


def test_progress_reaches_the_number_of_frames(lib: MotionLib):
    seen: list[tuple[int, int]] = []
    evaluate(Puppet(lib, 2), OpenLoopController(), progress=lambda *done: seen.append(done))
    assert seen[-1] == (sum(LENGTHS.values()), sum(LENGTHS.values()))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_moving_comes_from_the_command_where_there_is_one(
    microduck: Robot, make_motion: Callable[..., Motion]
):
    def commanded(name: str, *command: float) -> Motion:
        motion = make_motion(microduck, name=name)
        return replace(motion, provenance=replace(motion.provenance, command=command))

    motions = [commanded("stand", 0.0, 0.0, 0.0), commanded("turn", 0.0, 0.0, 1.0)]
    _, rows = run(Puppet(library_from_motions([*motions, make_motion(microduck, name="x")]), 3))
    assert [rows[name]["moving"] for name in ("stand", "turn", "x")] == [False, True, True]
