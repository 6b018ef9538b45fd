"""Tracking measures against hand-made cases and against the evaluation's plain functions."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from motionlib.rotations import quat_from_rotvec
from training.envs.measures import MEASURES
from training.envs.measures.tracking import reference
from training.envs.moment import Moment
from training.envs.snapshot import BodyStates, Snapshot
from training.evaluation import metrics

HALF = math.sqrt(0.5)
MakeSnapshot = Callable[..., Snapshot]
MakeMoment = Callable[..., Moment]


def test_a_case_by_hand(moment_of: MakeMoment) -> None:
    """The anchor at the origin facing x, the root 1 m ahead; the robot at (5, 5, 2) faces y."""
    still, quiet = torch.zeros(1, 2, 3), torch.zeros(1, 4)
    upright = torch.tensor([[[1.0, 0, 0, 0], [1.0, 0, 0, 0]]])
    feet = torch.zeros(1, 2, dtype=torch.bool)
    bodies = BodyStates(torch.tensor([[[1.0, 0, 1.5], [0.0, 0, 1]]]), upright, still, still)
    wanted = Snapshot(quiet, quiet, bodies, feet)
    facing_y = torch.tensor([[[HALF, 0, 0, HALF]]]).repeat(1, 2, 1)
    bodies = BodyStates(torch.tensor([[[0.0, 0, 0], [5.0, 5, 2]]]), facing_y, still, still)
    now = moment_of(Snapshot(quiet, quiet, bodies, feet), wanted)
    assert MEASURES["error_anchor_pos"](now).item() == pytest.approx(math.sqrt(51.0))
    assert MEASURES["error_anchor_rot"](now).item() == pytest.approx(math.pi / 2)
    assert MEASURES["error_body_rot"](now).item() == pytest.approx(0.0, abs=1e-6)
    assert MEASURES["anchor_height"](now).item() == pytest.approx(1.0)
    assert MEASURES["anchor_distance"](now).item() == pytest.approx(math.sqrt(50.0))
    # targets: the anchor under itself by 1 m; the root at (5, 6, 1.5)
    root = math.sqrt(25.0 + 36.0 + 1.5**2)
    assert MEASURES["error_body_pos"](now).item() == pytest.approx((root + 1.0) / 2)
    assert MEASURES["body_pos_sq"](now).item() == pytest.approx((root**2 + 1.0) / 2)


@pytest.mark.parametrize(
    "name", [name for name, entry in MEASURES.items() if ".measures.tracking." in entry.place]
)
def test_nothing_is_wrong_on_the_reference(
    name: str, snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    assert MEASURES[name](moment_of(snapshot(0), snapshot(0))).abs().max() < 1e-5


def oracles(robot: Snapshot, wanted: Snapshot) -> dict[str, Tensor]:
    own, ref = robot.bodies, wanted.bodies
    pos, _ = metrics.relative_targets(
        ref.pos,
        ref.quat_wxyz,
        reference_anchor_pos=ref.pos[:, 1],
        reference_anchor_quat_wxyz=ref.quat_wxyz[:, 1],
        anchor_pos=own.pos[:, 1],
        anchor_quat_wxyz=own.quat_wxyz[:, 1],
    )
    return {
        "world_body_pos": metrics.body_pos_error(own.pos, ref.pos),
        "error_body_pos": metrics.body_pos_error(own.pos, pos),
        "error_root_pos": metrics.vector_error(own.pos[:, 0], ref.pos[:, 0]),
        "error_root_rot": metrics.rotation_error(own.quat_wxyz[:, 0], ref.quat_wxyz[:, 0]),
        "world_body_rot": metrics.rotation_error(own.quat_wxyz, ref.quat_wxyz),
        "error_body_lin_vel": metrics.vector_error(own.lin_vel, ref.lin_vel),
        "error_body_ang_vel": metrics.vector_error(own.ang_vel, ref.ang_vel),
        "anchor_lean": metrics.tilt(own.quat_wxyz[:, 1], ref.quat_wxyz[:, 1]),
        "anchor_drop": ref.pos[:, 1, 2] - own.pos[:, 1, 2],
    }


def test_measures_are_the_evaluation_s_plain_functions(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    robot, wanted = snapshot(3, count=40), snapshot(4, count=40)
    now = moment_of(robot, wanted)
    for name, expected in oracles(robot, wanted).items():
        found = MEASURES[name](now)
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5, msg=name)


def test_only_tracked_bodies_and_only_end_bodies_count(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    wanted = snapshot(0)
    pos = wanted.bodies.pos.clone()
    pos[:, 3] += torch.tensor([0.0, 0.0, 0.2])
    robot = wanted._replace(bodies=wanted.bodies._replace(pos=pos))
    now = moment_of(robot, wanted, tracked=3)
    assert MEASURES["body_pos_sq"](now).abs().max() < 1e-9
    torch.testing.assert_close(MEASURES["end_height"](now), torch.full((5,), 0.2))


def test_squares_are_averaged_over_bodies_not_averages_squared(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    wanted = snapshot(0)
    pos = wanted.bodies.pos.clone()
    pos[:, 2, 2] += 0.4
    robot = wanted._replace(bodies=wanted.bodies._replace(pos=pos))
    found = MEASURES["body_pos_sq"](moment_of(robot, wanted))
    torch.testing.assert_close(found, torch.full((5,), 0.4**2 / 4), atol=1e-6, rtol=0)


def test_a_lean_is_a_tilt_and_a_heading_is_none(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    wanted = snapshot(0)
    upright = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(5, 4, 1)
    wanted = wanted._replace(bodies=wanted.bodies._replace(quat_wxyz=upright))
    for turn, lean in (([0.0, 0.0, 1.3], 0.0), ([0.0, 1.0, 0.0], 1.0)):
        # the negative of a quaternion is the same rotation
        quat = -quat_from_rotvec(torch.tensor(turn)).expand(5, 4, 4)
        now = moment_of(wanted._replace(bodies=wanted.bodies._replace(quat_wxyz=quat)), wanted)
        tilt = torch.full((5,), 1.0 - math.cos(lean))
        torch.testing.assert_close(MEASURES["anchor_tilt"](now), tilt, atol=1e-6, rtol=0)
        angle = torch.full((5,), lean)
        torch.testing.assert_close(MEASURES["anchor_lean"](now), angle, atol=1e-6, rtol=0)
    assert MEASURES["error_anchor_rot"](now).min() > 0.99


def test_a_goal_without_a_reference_is_named(snapshot: MakeSnapshot, moment_of: MakeMoment) -> None:
    class Heading:
        def take(self, env_ids: Tensor) -> "Heading":
            return self

    now = moment_of(snapshot(0), snapshot(1)).asked(Heading())
    with pytest.raises(ValueError, match="needs a reference, Heading has none"):
        reference(now)
