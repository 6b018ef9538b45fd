"""Resampling keeps values at shared instants and never strides."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motionlib.kinematics import exponential_map, local_quats
from motionlib.motion import Motion, Provenance
from motionlib.resampling import resample_motion
from motionlib.robot import Robot
from motionlib.rotations import quat_angle, quat_from_rotvec

MakeMotion = Callable[..., Motion]
_SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
seeds = st.integers(0, 2**31)


def wild_motion(robot: Robot, *, frames: int, fps: float, seed: int) -> Motion:
    """Frames that have nothing to do with each other, rotations of every size and sign."""
    random = torch.Generator().manual_seed(seed)
    quats = quat_from_rotvec(2.0 * torch.randn(frames, 3, generator=random))
    signs = torch.where(torch.rand(frames, 1, generator=random) < 0.5, -1.0, 1.0)
    dofs = torch.randn(frames, robot.num_dofs, generator=random)
    if robot.dof_coordinates == "exponential_map":
        dofs = exponential_map(local_quats(1.5 * dofs))
    return Motion(
        name="wild",
        robot=robot,
        fps=fps,
        root_pos=torch.randn(frames, 3, generator=random),
        root_quat_wxyz=quats * signs,
        dof_pos=dofs,
        provenance=Provenance(source="made here"),
    )


def assert_same_poses(one: Motion, other: Motion) -> None:
    torch.testing.assert_close(one.root_pos, other.root_pos, atol=1e-5, rtol=0)
    assert float(quat_angle(one.root_quat_wxyz, other.root_quat_wxyz).max()) < 2e-3
    if one.robot.dof_coordinates == "exponential_map":
        angles = quat_angle(local_quats(one.dof_pos), local_quats(other.dof_pos))
        assert float(angles.max()) < 2e-3
    else:
        torch.testing.assert_close(one.dof_pos, other.dof_pos, atol=1e-5, rtol=0)


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


@pytest.mark.parametrize("name", ["microduck", "smpl"])
@_SETTINGS
@given(frames=st.integers(1, 12), times=st.integers(2, 6), seed=seeds)
def test_up_and_down_again_is_the_same_where_rates_divide(
    request: pytest.FixtureRequest, name: str, frames: int, times: int, seed: int
) -> None:
    motion = wild_motion(request.getfixturevalue(name), frames=frames, fps=30.0, seed=seed)
    faster = resample_motion(motion, 30.0 * times)
    assert faster.num_frames == (frames - 1) * times + 1
    assert_same_poses(resample_motion(faster, 30.0), motion)


@pytest.mark.parametrize("name", ["microduck", "smpl"])
@_SETTINGS
@given(frames=st.integers(1, 40), fps=st.floats(5.0, 250.0), seed=seeds)
def test_the_first_frame_stays_and_the_last_is_as_near_as_the_rate_allows(
    request: pytest.FixtureRequest, name: str, frames: int, fps: float, seed: int
) -> None:
    motion = wild_motion(request.getfixturevalue(name), frames=frames, fps=120.0, seed=seed)
    result = resample_motion(motion, fps)
    assert result.fps == fps
    torch.testing.assert_close(result.root_pos[0], motion.root_pos[0])
    left_s = motion.seconds - result.seconds
    assert -1e-6 / fps <= left_s + 1e-9 < 1.0 / fps + 1e-9
    if left_s < 1e-9:
        torch.testing.assert_close(result.root_pos[-1], motion.root_pos[-1], atol=1e-4, rtol=0)
    for array in (result.root_pos, result.root_quat_wxyz, result.dof_pos):
        assert bool(torch.isfinite(array).all())
    assert float((result.root_quat_wxyz.norm(dim=-1) - 1.0).abs().max()) < 1e-6


@_SETTINGS
@given(frames=st.integers(2, 20), fps=st.floats(5.0, 250.0), seed=seeds)
def test_the_signs_of_quaternions_change_nothing(
    microduck: Robot, frames: int, fps: float, seed: int
) -> None:
    motion = wild_motion(microduck, frames=frames, fps=60.0, seed=seed)
    flips = torch.where(torch.arange(frames) % 3 == 0, -1.0, 1.0).unsqueeze(-1)
    flipped = replace(motion, root_quat_wxyz=motion.root_quat_wxyz * flips)
    assert_same_poses(resample_motion(flipped, fps), resample_motion(motion, fps))
    result = resample_motion(motion, fps)
    if fps == motion.fps:
        assert result is motion
        return
    along = (result.root_quat_wxyz[1:] * result.root_quat_wxyz[:-1]).sum(-1)
    assert bool((along >= -1e-6).all())


@_SETTINGS
@given(share=st.floats(0.05, 0.95), seed=seeds)
def test_between_two_frames_every_joint_turns_at_one_speed(
    smpl: Robot, share: float, seed: int
) -> None:
    motion = wild_motion(smpl, frames=2, fps=1.0, seed=seed)
    result = resample_motion(motion, 1.0 / share)
    quats = local_quats(motion.dof_pos.double())
    whole = quat_angle(quats[0], quats[1])
    angle = quat_angle(quats[0], local_quats(result.dof_pos[1].double()))
    torch.testing.assert_close(angle, share * whole, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["microduck", "smpl"])
@pytest.mark.parametrize("fps", [7.0, 30.0, 1000.0])
def test_a_clip_of_one_frame_stays_one_frame(
    request: pytest.FixtureRequest, name: str, fps: float
) -> None:
    motion = wild_motion(request.getfixturevalue(name), frames=1, fps=60.0, seed=1)
    result = resample_motion(motion, fps)
    assert result.num_frames == 1
    assert_same_poses(result, motion)


def test_a_clip_of_two_frames_has_two_or_what_lies_between(smpl: Robot) -> None:
    motion = wild_motion(smpl, frames=2, fps=60.0, seed=2)
    counts = {fps: resample_motion(motion, fps).num_frames for fps in (30.0, 60.0, 120.0, 240.0)}
    assert counts == {30.0: 1, 60.0: 2, 120.0: 3, 240.0: 5}
