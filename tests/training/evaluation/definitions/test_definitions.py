"""Every column against a plain numpy computation on the whole clip, written without the code's parts."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from motionlib.robot import Robot
from tests.training.evaluation.definitions.rollout import (
    DT,
    Evaluated,
    Rollout,
    random_rollout,
    still_rollout,
)
from training.evaluation.columns import FACTS, table_columns
from training.evaluation.config import EvaluationConfig
from training.evaluation.verdicts import Verdict

FAILED_AT = 9
GOOD = Verdict(failure_cause=None, failure_frame=None, down_frame=None)
FAILED = Verdict(failure_cause="fall", failure_frame=FAILED_AT, down_frame=FAILED_AT)


def matrices(quats: np.ndarray) -> np.ndarray:
    w, x, y, z = np.moveaxis(quats, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    between = np.swapaxes(a, -1, -2) @ b
    return np.arccos(np.clip((np.trace(between, axis1=-2, axis2=-1) - 1) / 2, -1, 1))


def norm(x: np.ndarray) -> np.ndarray:
    return np.sqrt((x**2).sum(-1))


class Truth:
    """(T, ...) float64 arrays of one rollout, frame 0 included."""

    def __init__(self, rollout: Rollout) -> None:
        robot, done, asked = rollout.robot, rollout.done, rollout.asked
        self.robot = robot
        names = robot.body_names
        self.tracked = [names.index(name) for name in robot.tracked_bodies]
        self.feet = [names.index(name) for name in robot.foot_bodies]
        self.ends = self.feet + [names.index(name) for name in robot.hand_bodies]
        self.anchor = names.index(robot.anchor_body)
        self.p, self.P = (s.body_pos.numpy().astype(float) for s in (done, asked))
        self.R, self.Q = (matrices(s.body_quat_wxyz.numpy().astype(float)) for s in (done, asked))
        self.v, self.V = (s.body_lin_vel.numpy().astype(float) for s in (done, asked))
        self.w, self.W = (s.body_ang_vel.numpy().astype(float) for s in (done, asked))
        self.j, self.J = (s.dof_pos.numpy().astype(float) for s in (done, asked))
        self.s, self.S = (s.dof_vel.numpy().astype(float) for s in (done, asked))
        self.c, self.C = (s.body_contact.numpy() for s in (done, asked))
        self.torque = rollout.torque.numpy().astype(float)
        self.e = norm(self.p - self.P)
        self.turn = angle(self.R, self.Q)
        between = self.R[:, self.anchor] @ np.swapaxes(self.Q[:, self.anchor], -1, -2)
        self.yaw = self._yaw(between)
        here = self.p[:, self.anchor].copy()
        here[:, 2] = self.P[:, self.anchor, 2]
        apart = self.P - self.P[:, self.anchor, None]
        self.relative = here[:, None] + np.einsum("tij,tbj->tbi", self.yaw, apart)
        self.relative_turn = angle(self.R, self.yaw[:, None] @ self.Q)

    @staticmethod
    def _yaw(R: np.ndarray) -> np.ndarray:
        """The heading of rotations: where their x axis points, seen from above."""
        heading = np.arctan2(R[:, 1, 0], R[:, 0, 0])
        cos, sin, zero = np.cos(heading), np.sin(heading), np.zeros_like(heading)
        rows = [[cos, -sin, zero], [sin, cos, zero], [zero, zero, zero + 1]]
        return np.moveaxis(np.array(rows), (0, 1), (-2, -1))

    def instants(self) -> dict[str, np.ndarray]:
        """Column to (T,) values of every frame; frames that have none are NaN."""
        root, p, P = norm((self.p - self.p[:, :1]) - (self.P - self.P[:, :1])), self.p, self.P
        parents = self.robot.parents
        own = np.swapaxes(self.R[:, parents[1:]], -1, -2) @ self.R[:, 1:]
        wanted = np.swapaxes(self.Q[:, parents[1:]], -1, -2) @ self.Q[:, 1:]
        local = np.concatenate([self.turn[:, :1], angle(own, wanted)], axis=1)
        step, bend = np.full(len(p), np.nan), np.full(len(p), np.nan)
        step[1:] = norm(np.diff(p, axis=0) - np.diff(P, axis=0)).mean(-1)
        bend[2:] = norm(np.diff(p, n=2, axis=0) - np.diff(P, n=2, axis=0)).mean(-1)
        a = self.anchor
        anchored = norm((p - p[:, a, None]) - (P - P[:, a, None]))
        return {
            "gt_err": self.e.mean(-1),
            "max_joint_err": self.e.max(-1),
            "gr_err": self.turn.mean(-1),
            "gr_err_degrees": np.rad2deg(self.turn.mean(-1)),
            "lr_err_degrees": np.rad2deg(local.mean(-1)),
            "root_height_error": np.abs(p[:, 0, 2] - P[:, 0, 2]),
            "contact_match_accuracy": 1 - np.abs(self.c.astype(float) - self.C).mean(-1),
            "mpjpe_g": 1000 * self.e.mean(-1),
            "mpjpe_l": 1000 * root.mean(-1),
            "mpjpe_l_tracked": 1000 * root[:, self.tracked].mean(-1),
            "vel_dist": 1000 * step,
            "accel_dist": 1000 * bend,
            "body_lin_acc_error_mean": bend / DT**2,
            "mpkpe": self.e[:, self.tracked].mean(-1),
            "r_mpkpe": anchored[:, self.tracked].mean(-1),
            "joint_vel_error": norm(self.s - self.S),
            "ee_pos_error": norm(p - self.relative)[:, self.ends].mean(-1),
            "ee_ori_error": self.relative_turn[:, self.ends].mean(-1),
            "power_mean": np.abs(self.torque * self.s).sum(-1),
            "body_pos_error_mean": self.e[:, self.tracked].mean(-1),
            "body_pos_error_relative_mean": norm(p - self.relative)[:, self.tracked].mean(-1),
            "root_pos_error_mean": self.e[:, 0],
            "root_rot_error_mean": self.turn[:, 0],
            "body_rot_error_mean": self.turn[:, self.tracked].mean(-1),
            "joint_error_mean": np.abs(self.j - self.J).mean(-1),
            "body_lin_vel_error_mean": norm(self.v - self.V)[:, self.tracked].mean(-1),
            "body_ang_vel_error_mean": norm(self.w - self.W)[:, self.tracked].mean(-1),
            "dof_vel_error_mean": np.abs(self.s - self.S).mean(-1),
            "contact_accuracy": (self.c == self.C)[:, self.feet].mean(-1),
        }

    def limits(self, scale: float) -> dict[str, np.ndarray]:
        """Definition to (T,) bool, over a limit."""
        tilt = np.abs(self.R[:, :, 2, 2] - self.Q[:, :, 2, 2])
        z, a = np.abs(self.p[..., 2] - self.P[..., 2]), self.anchor
        mean, ends = self.e.mean(-1), z[:, self.ends].max(-1)
        foot = self.e[:, self.feet].max(-1)
        return {
            "appendix_f": (z[:, 0] > 0.25 * scale) | (tilt[:, 0] > 0.8),
            "protomotions": mean > 0.5 * scale,
            "protomotions_25cm": mean > 0.25 * scale,
            "phc": mean > 0.5 * scale,
            "phc_strict": self.e.max(-1) > 0.5 * scale,
            "maskedmimic": mean > 0.5 * scale,
            "mjlab": (z[:, a] > 0.25 * scale) | (tilt[:, a] > 0.8) | (ends > 0.25 * scale),
            "sonic": (z[:, 0] > 0.25 * scale) | (ends > 0.25 * scale) | (self.turn[:, 0] > 1.0),
            "sonic_training": (z[:, a] > 0.15 * scale)
            | (self.turn[:, a] > 0.2)
            | (ends > 0.15 * scale)
            | (foot > 0.2 * scale),
        }

    def reward(self, scale: float) -> np.ndarray:
        """(T,) BeyondMimic's tracking reward by its table, of 5."""
        t, a = self.tracked, self.anchor
        length = 0.3 * scale
        return (
            0.5 * np.exp(-(self.e[:, a] ** 2) / length**2)
            + 0.5 * np.exp(-(self.turn[:, a] ** 2) / 0.4**2)
            + np.exp(-(norm(self.p - self.relative)[:, t] ** 2).mean(-1) / length**2)
            + np.exp(-(self.relative_turn[:, t] ** 2).mean(-1) / 0.4**2)
            + np.exp(-(norm(self.v - self.V)[:, t] ** 2).mean(-1) / scale**2)
            + np.exp(-(norm(self.w - self.W)[:, t] ** 2).mean(-1) / 3.14**2)
        ) / 5.0


def rows_of(
    robot: Robot, rollouts: list[Rollout], failures: list[int | None]
) -> list[dict[str, Any]]:
    """Both environments take several rollouts, one after the other, at different times."""
    evaluated = Evaluated(robot, 2)
    rows: list[dict[str, Any]] = [{} for _ in rollouts]
    waiting = list(range(len(rollouts)))
    running: list[int | None] = [None, None]
    frames = [0, 0]
    while waiting or any(each is not None for each in running):
        for env, on in enumerate(running):
            if on is None and waiting:
                running[env], frames[env] = waiting.pop(0), 0
        fresh = [i is not None and frames[env] == 0 for env, i in enumerate(running)]
        if any(fresh):
            shown = [
                rollouts[i] if i is not None and new else None
                for i, new in zip(running, fresh, strict=True)
            ]
            evaluated.show(shown, [0, 0], [None, None])
        for env, i in enumerate(running):
            frames[env] += i is not None
        evaluated.show(
            [None if i is None else rollouts[i] for i in running],
            [frame if i is not None else 1 for i, frame in zip(running, frames, strict=True)],
            [None if i is None else failures[i] for i in running],
        )
        for env, i in enumerate(running):
            if i is not None and frames[env] == rollouts[i].frames - 1:
                verdict = GOOD if failures[i] is None else FAILED
                rows[i] = evaluated.measures.row(env, verdict, fps=1 / DT)
                running[env] = None
    return rows


@pytest.fixture(scope="module")
def cases(g1: Robot) -> list[tuple[Truth, dict[str, Any], int | None]]:
    """Random motions: whole, failed at a frame, of three frames, of two."""
    lengths, failures = (31, 24, 3, 2), (None, FAILED_AT, None, None)
    rollouts = [random_rollout(g1, n, seed=i) for i, n in enumerate(lengths)]
    rows = rows_of(g1, rollouts, list(failures))
    return [(Truth(r), row, f) for r, row, f in zip(rollouts, rows, failures, strict=True)]


def test_means_worst_instants_and_the_frames_before_a_failure(cases) -> None:
    for truth, row, failure in cases:
        for name, values in truth.instants().items():
            whole, before = values[1:], values[1:failure]
            for column, part in ((name, whole), (f"{name}_before_failure", before)):
                known = part[~np.isnan(part)]
                expected = known.mean() if len(known) else None
                found = row[column]
                assert found == (None if expected is None else pytest.approx(expected, rel=2e-4)), (
                    column,
                    len(truth.p),
                )
        worst = truth.instants()
        assert row["gt_err_max"] == pytest.approx(worst["gt_err"][1:].max(), rel=1e-5)
        assert row["max_joint_err_max"] == pytest.approx(worst["max_joint_err"][1:].max(), rel=1e-5)


def test_a_motion_of_two_frames_has_no_accelerations_and_no_windows(cases) -> None:
    _, row, _ = cases[3]
    for name in ("accel_dist", "body_lin_acc_error_mean", "normalized_jerk", "high_jerk_share"):
        assert row[name] is None
    assert row["action_rate"] is None
    assert row["vel_dist"] > 0.0


def test_success_under_every_definition_and_when_it_ended(cases) -> None:
    seen = set()
    for truth, row, _ in cases:
        ratio = truth.robot.standing_height / 1.29
        for ending, scale in (("", 1.0), ("_scaled", ratio)):
            for name, over in truth.limits(scale).items():
                frames = np.nonzero(over[1:])[0]
                expected = (frames[0] + 1) * DT if len(frames) else None
                assert row[f"success_{name}{ending}"] == (expected is None), name
                found = row["failure_s_by_definition"][f"{name}{ending}"]
                assert found == (None if expected is None else pytest.approx(expected)), name
                seen.add(expected is None)
    assert seen == {True, False}


def test_the_return_is_paid_until_appendix_f_fails(cases) -> None:
    for truth, row, _ in cases:
        ratio = truth.robot.standing_height / 1.29
        for column, scale in (("return_normalized", 1.0), ("return_normalized_scaled", ratio)):
            over = truth.limits(scale)["appendix_f"]
            over[0] = False
            alive = np.cumsum(over) == 0
            paid = (truth.reward(scale) * alive)[1:].mean()
            assert row[column] == pytest.approx(paid, rel=1e-3, abs=1e-7)


def test_bodies_and_joints_by_name(cases) -> None:
    for truth, row, failure in cases:
        np.testing.assert_allclose(row["body_pos_error_by_body"], truth.e[1:].mean(0), rtol=1e-5)
        np.testing.assert_allclose(row["body_rot_error_by_body"], truth.turn[1:].mean(0), rtol=1e-3)
        joints = np.abs(truth.j - truth.J)[1:].mean(0)
        np.testing.assert_allclose(row["joint_error_by_joint"], joints, rtol=1e-5)
        if failure is None:
            assert row["failure_body"] is None
            assert row["tracked_s"] == pytest.approx((len(truth.p) - 1) * DT)
        else:
            assert row["failure_body"] == truth.robot.body_names[truth.e[failure].argmax()]
            assert row["tracked_s"] == pytest.approx(failure * DT)


def test_feet_slide_only_where_they_stand(cases) -> None:
    for truth, row, _ in cases:
        speed = norm(truth.v[1:, truth.feet, :2])
        on = truth.c[1:, truth.feet]
        expected = speed[on].mean() if on.any() else None
        found = row["foot_slide_mean"]
        assert found == (None if expected is None else pytest.approx(expected, rel=1e-5))


def test_a_robot_that_is_its_reference_has_no_error_under_any_definition(microduck: Robot) -> None:
    (row,) = rows_of(microduck, [still_rollout(microduck, 30)], [None])
    for name, value in row.items():
        if name.startswith("success_"):
            assert value is True, name
    assert row["return_normalized"] == pytest.approx(1.0)
    assert row["contact_match_accuracy"] == 1.0
    zero = (
        "gt_err",
        "gr_err_degrees",
        "lr_err_degrees",
        "r_mpkpe",
        "ee_pos_error",
        "accel_dist",
        "vel_dist",
        "power_mean",
        "high_jerk_share",
    )
    for name in zero:
        assert row[name] == pytest.approx(0.0, abs=1e-5), name
    assert (row["touchdowns"], row["late_touchdown_share"], row["foot_slide_mean"]) == (
        0,
        None,
        None,
    )
    assert row["failure_body"] is None


def test_known_displacements(microduck: Robot) -> None:
    """Aside by 30 cm, and one foot up by 20 cm more: worked out by hand."""
    rollout = still_rollout(microduck, 11)
    bodies = microduck.num_bodies
    foot = microduck.body_names.index(microduck.foot_bodies[0])
    rollout.done.body_pos[1:, :, 0] += 0.3
    rollout.done.body_pos[6:, foot, 2] += 0.2
    (row,) = rows_of(microduck, [rollout], [None])
    far = math.hypot(0.3, 0.2)
    assert row["gt_err"] == pytest.approx(0.3 + (far - 0.3) / bodies / 2, rel=1e-5)
    assert row["max_joint_err"] == pytest.approx((0.3 + far) / 2, rel=1e-5)
    assert row["mpjpe_l"] == pytest.approx(1000 * 0.2 / bodies / 2, rel=1e-4)
    assert row["root_height_error"] == pytest.approx(0.0, abs=1e-6)
    # aside in frame 1, the foot up in frame 6
    assert row["vel_dist"] == pytest.approx(1000 * (0.3 + 0.2 / bodies) / 10, rel=1e-4)
    bend = (0.3 + 2 * 0.2 / bodies) / 9  # frame 1 has none
    assert row["body_lin_acc_error_mean"] == pytest.approx(bend / DT**2, rel=1e-4)
    assert row["success_protomotions"]
    assert row["success_mjlab"]
    assert not row["success_protomotions_25cm"]
    assert row["failure_s_by_definition"]["protomotions_25cm"] == pytest.approx(DT)
    assert row["success_phc_strict"]
    # a fifth as tall as the humanoid of the published lengths
    assert not row["success_phc_strict_scaled"]
    assert not row["success_mjlab_scaled"]
    assert row["failure_s_by_definition"]["mjlab_scaled"] == pytest.approx(6 * DT)


def test_feet_and_hands_count_also_where_they_are_not_tracked(g1: Robot) -> None:
    robot = replace(g1, tracked_bodies=g1.tracked_bodies[:1] + g1.foot_bodies[:1])
    rollout = random_rollout(robot, 5, seed=7)
    (row,) = rows_of(robot, [rollout], [None])
    truth = Truth(rollout).instants()
    for name in ("ee_pos_error", "ee_ori_error", "mpkpe", "mpjpe_l_tracked"):
        assert row[name] == pytest.approx(truth[name][1:].mean(), rel=1e-4), name


def test_a_row_has_the_columns_of_the_table(g1: Robot, cases) -> None:
    evaluated = Evaluated(g1, 1).measures
    columns = [each.name for each in table_columns(EvaluationConfig(), g1)]
    facts = [each.name for each in FACTS]
    assert len(columns) == len(set(columns))
    assert set(evaluated.columns) == set(columns) - set(facts)
    for _, row, _ in cases:
        assert row.keys() == set(evaluated.columns)
