"""Resampling keeps values at shared instants and never strides."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motionlib.motion import Motion
from motionlib.resampling import resample_motion
from motionlib.robot import Robot
from motionlib.rotations import quat_angle

MakeMotion = Callable[..., Motion]


def test_every_second_frame_when_the_rate_halves(microduck: Robot, make_motion: MakeMotion) -> None:
    motion = make_motion(microduck, frames=41)
    half = resample_motion(motion, 25.0)
    torch.testing.assert_close(half.dof_pos, motion.dof_pos[::2], atol=1e-6, rtol=0)
    assert float(quat_angle(half.root_quat_wxyz, motion.root_quat_wxyz[::2]).max()) < 1e-3


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frames=st.integers(1, 60), fps=st.floats(1.0, 240.0))
def test_length_is_kept_to_less_than_a_frame(
    microduck: Robot, make_motion: MakeMotion, frames: int, fps: float
) -> None:
    motion = make_motion(microduck, frames=frames)
    resampled = resample_motion(motion, fps)
    assert 0.0 <= motion.seconds - resampled.seconds + 1e-6 < 1.0 / fps + 1e-5
    norms = resampled.root_quat_wxyz.norm(dim=-1)
    assert float((norms - 1.0).abs().max()) < 1e-5


def test_labels_follow_the_nearest_frame(microduck: Robot, make_motion: MakeMotion) -> None:
    base = make_motion(microduck, frames=5)
    labels = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=torch.bool)
    motion = Motion(
        name="l",
        robot=microduck,
        fps=50.0,
        root_pos=base.root_pos,
        root_quat_wxyz=base.root_quat_wxyz,
        dof_pos=base.dof_pos,
        foot_contact=labels,
        provenance=base.provenance,
    )
    faster = resample_motion(motion, 100.0).foot_contact
    assert faster is not None
    assert faster[::2].tolist() == labels.tolist()


def test_a_rate_of_zero_is_refused(microduck: Robot, make_motion: MakeMotion) -> None:
    with pytest.raises(ValueError, match="expected a positive number"):
        resample_motion(make_motion(microduck), 0.0)
