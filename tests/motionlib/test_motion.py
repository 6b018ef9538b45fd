"""Clips refuse bad data and derive body states that agree with each other."""

from collections.abc import Callable

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.motion import Motion, concatenate_states, states_from_motion
from motionlib.robot import Robot

MakeMotion = Callable[..., Motion]


def test_velocities_integrate_back_to_the_positions(
    microduck: Robot, make_motion: MakeMotion
) -> None:
    motion = make_motion(microduck)
    states = states_from_motion(motion)
    step = states.body_pos[2:] - states.body_pos[:-2]
    torch.testing.assert_close(states.body_lin_vel[1:-1] * (2 / 50.0), step, atol=2e-6, rtol=0)
    assert states.body_ang_vel[5, 0].tolist() == pytest.approx([0.0, 0.0, 0.7], abs=1e-3)


def test_source_labels_win_over_the_rule(microduck: Robot, make_motion: MakeMotion) -> None:
    motion = make_motion(microduck)
    labels = torch.zeros(motion.num_frames, 2, dtype=torch.bool)
    labels[3, 1] = True
    labelled = Motion(
        name="x",
        robot=microduck,
        fps=50.0,
        root_pos=motion.root_pos,
        root_quat_wxyz=motion.root_quat_wxyz,
        dof_pos=motion.dof_pos,
        foot_contact=labels,
        provenance=motion.provenance,
    )
    contact = states_from_motion(labelled).body_contact
    right = microduck.body_names.index(microduck.foot_bodies[1])
    assert contact.nonzero().tolist() == [[3, right]]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("nan", "dof_pos has NaN or infinity in 1 of 40 frames, first in frame 7"),
        ("norm", "root_quat_wxyz in frame 5 has norm off"),
        ("shape", r"dof_pos has shape \(40, 13\), expected"),
        ("dtype", "root_pos is of type 64-bit whole number"),
        ("empty", "no frames"),
        ("fps", "fps is 0.0"),
    ],
)
def test_bad_fields_are_named(
    microduck: Robot, make_motion: MakeMotion, field: str, message: str
) -> None:
    good = make_motion(microduck)
    values = {
        "name": "bad",
        "robot": microduck,
        "fps": good.fps,
        "root_pos": good.root_pos,
        "root_quat_wxyz": good.root_quat_wxyz.clone(),
        "dof_pos": good.dof_pos.clone(),
        "provenance": good.provenance,
    }
    if field == "nan":
        values["dof_pos"][7, 2] = float("nan")
    elif field == "norm":
        values["root_quat_wxyz"][5] *= 1.1
    elif field == "shape":
        values["dof_pos"] = good.dof_pos[:, :13]
    elif field == "dtype":
        values["root_pos"] = good.root_pos.long()
    elif field == "empty":
        values["root_pos"] = good.root_pos[:0]
    else:
        values["fps"] = 0.0
    with pytest.raises(MotionError, match=message):
        Motion(**values)


def test_a_clip_of_one_frame_has_zero_velocities(microduck: Robot, make_motion: MakeMotion) -> None:
    states = states_from_motion(make_motion(microduck, frames=1), velocity_rule="forward_min3")
    assert states.num_frames == 1
    assert not states.body_lin_vel.any()
    assert not states.dof_vel.any()


def test_concatenation_keeps_every_frame(microduck: Robot, make_motion: MakeMotion) -> None:
    parts = [states_from_motion(make_motion(microduck, frames=n)) for n in (3, 5)]
    whole = concatenate_states(parts)
    torch.testing.assert_close(whole.body_lin_vel[3:], parts[1].body_lin_vel)
