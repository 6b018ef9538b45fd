"""States between frames: against the rule written out query by query, and what must always hold."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motionlib.frames import LoadedFrames
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.sampling import neighbours, rotation_vectors, sample_states, spherical
from tests.conftest import turning_motion

SINGLE = np.float32


@pytest.fixture(scope="module", params=["g1", "smpl"])
def lib(request: pytest.FixtureRequest) -> MotionLib:
    robot = load_robot(request.param)
    clips = [turning_motion(robot, frames=n, name=str(n)) for n in (1, 2, 3, 40)]
    return library_from_motions(clips, velocity_rule="forward_min3")


def reference_slerp(a: np.ndarray, b: np.ndarray, t: SINGLE) -> np.ndarray:
    """The rule for one rotation, xyzw, in float32 scalars."""
    cosine = SINGLE(0)
    for left, right in zip(a, b, strict=True):
        cosine = SINGLE(cosine + SINGLE(left * right))
    if cosine < 0:
        b, cosine = -b, -cosine
    if cosine >= 1:
        return a
    half = np.arccos(cosine)
    sine = np.sqrt(SINGLE(1) - cosine * cosine)
    if sine < SINGLE(0.001):
        return SINGLE(0.5) * a + SINGLE(0.5) * b
    return np.sin((SINGLE(1) - t) * half) / sine * a + np.sin(t * half) / sine * b


def reference_exp_map(q: np.ndarray) -> np.ndarray:
    sine = math.sqrt(max(1.0 - float(q[3] * q[3]), 0.0))
    if sine <= 1e-5:
        return np.zeros(3, SINGLE)
    angle = 2 * math.acos(q[3])
    return math.atan2(math.sin(angle), math.cos(angle)) * q[:3] / sine


def reference_state(lib: MotionLib, motion: int, time: float) -> dict[str, np.ndarray]:
    """One query, in scalars."""
    frames, fps = int(lib.num_frames[motion]), float(lib.fps[motion])
    step, length = SINGLE(1 / fps), SINGLE((frames - 1) / fps)
    t = np.clip(SINGLE(time), SINGLE(0), length)
    phase = np.clip(t / length, SINGLE(0), SINGLE(1)) if frames > 1 else SINGLE(0)
    low = int(phase * SINGLE(frames - 1))
    high = min(low + 1, frames - 1)
    blend = np.clip((t - SINGLE(low) * step) / step, SINGLE(0), SINGLE(1))
    first = int(lib.starts[motion])
    pair = lib.states.frames(torch.tensor([first + low, first + high]))
    state = {
        name: (SINGLE(1) - blend) * getattr(pair, name)[0].numpy()
        + blend * getattr(pair, name)[1].numpy()
        for name in ("dof_pos", "dof_vel", "body_pos", "body_lin_vel", "body_ang_vel")
    }
    state["body_contact"] = (pair.body_contact[0] | pair.body_contact[1]).numpy()
    state["body_quat_wxyz"] = reference_rotations(pair.body_quat_wxyz, blend)[:, [3, 0, 1, 2]]
    if lib.robot.dof_coordinates == "exponential_map":
        local = lib.source.local_quats(torch.tensor([first + low, first + high]))
        turned = reference_rotations(local[:, 1:], blend)
        state["dof_pos"] = np.concatenate([reference_exp_map(q) for q in turned])
    return state


def reference_rotations(pair_wxyz: torch.Tensor, blend: SINGLE) -> np.ndarray:
    a, b = pair_wxyz[..., [1, 2, 3, 0]].numpy()
    return np.stack([reference_slerp(p, q, blend) for p, q in zip(a, b, strict=True)])


def test_every_field_follows_the_rule(lib: MotionLib) -> None:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 4, (60,), generator=generator)
    times = (torch.rand(60, generator=generator) * 1.4 - 0.2) * lib.lengths_s[ids]
    got = lib.get_motion_state(ids, times)
    for row, (motion, time) in enumerate(zip(ids.tolist(), times.tolist(), strict=True)):
        for name, value in reference_state(lib, motion, time).items():
            found = getattr(got, name)[row].numpy()
            np.testing.assert_allclose(found, value, atol=2e-6, err_msg=f"{name} of {motion}")


def test_a_clip_of_one_frame_is_that_frame_at_any_time(lib: MotionLib) -> None:
    states = lib.get_motion_state(torch.zeros(3, dtype=torch.int64), torch.tensor([-1.0, 0.0, 9.0]))
    for name in MotionStates.__slots__:
        value = getattr(states, name)
        expected = getattr(lib.states, name)[:1].expand_as(value)
        torch.testing.assert_close(value, expected, atol=2e-6, rtol=0)


@given(
    frames=st.integers(1, 6),
    fps=st.sampled_from([24.0, 29.97, 30.0, 59.94, 120.0, 250.0]),
    place=st.floats(-0.5, 1.5),
)
def test_neighbours_lie_in_the_clip_and_blend_between_them(
    frames: int, fps: float, place: float
) -> None:
    length = (frames - 1) / fps
    time = place * length
    at = neighbours(
        times_s=torch.tensor([time], dtype=torch.float32),
        starts=torch.tensor([100]),
        num_frames=torch.tensor([frames]),
        step_s=torch.tensor([1 / fps], dtype=torch.float32),
        lengths_s=torch.tensor([length], dtype=torch.float32),
    )
    low, high, blend = (int(at.low) - 100, int(at.high) - 100, float(at.blend))
    assert 0 <= low <= high <= frames - 1
    assert high - low <= 1
    assert 0.0 <= blend <= 1.0
    wanted = min(max(time, 0.0), length) * fps
    assert low + blend * (high - low) == pytest.approx(wanted, abs=1e-3)


unit = st.tuples(*[st.floats(-1, 1, width=32)] * 4).filter(lambda q: sum(x * x for x in q) > 0.1)


def quat(values: tuple[float, ...]) -> torch.Tensor:
    q = torch.tensor(values)
    return (q / q.norm()).view(1, 1, 4)


@given(a=unit, b=unit, t=st.floats(0, 1, width=32))
def test_rotations_do_not_depend_on_the_sign_of_quaternions(
    a: tuple[float, ...], b: tuple[float, ...], t: float
) -> None:
    p, q, blend = quat(a), quat(b), torch.tensor([t])
    one = spherical(torch.cat((p, q)), blend)
    assert torch.isfinite(one).all()
    assert float((one.norm() - 1).abs()) < 1e-4
    for left, right in ((-p, q), (p, -q), (-p, -q)):
        other = spherical(torch.cat((left, right)), blend)
        same = min(float((one - other).abs().max()), float((one + other).abs().max()))
        opposite = float((p * q).sum().abs()) < 1e-6  # half a turn apart: either way is shortest
        assert same < 1e-5 or opposite


@given(q=unit)
def test_rotation_vectors_turn_as_far_as_the_quaternion(q: tuple[float, ...]) -> None:
    vector = rotation_vectors(quat(q))[0, 0]
    assert torch.isfinite(vector).all()
    angle = 2 * math.acos(min(abs(float(quat(q)[0, 0, 0])), 1.0))
    assert float(vector.norm()) == pytest.approx(angle, abs=2e-3)


def test_rotations_nearer_than_the_rule_sees_are_averaged() -> None:
    turned = torch.tensor([[math.cos(4e-4), math.sin(4e-4), 0.0, 0.0]]).view(1, 1, 4)
    pair = torch.cat((torch.tensor([1.0, 0, 0, 0]).view(1, 1, 4), turned))
    for blend in (0.0, 0.3, 1.0):
        middle = spherical(pair, torch.tensor([blend]))
        assert float(middle[0, 0, 1]) == pytest.approx(0.5 * math.sin(4e-4), rel=1e-4)


def test_rows_of_a_frame_source_are_asked_for_once(lib: MotionLib) -> None:
    class Counting:
        def __init__(self, robot: Robot) -> None:
            self.asked, self.robot = 0, robot
            self.inner = LoadedFrames(states=lib.states)
            self.num_frames, self.local_quats = lib.source.num_frames, self.inner.local_quats
            self.loaded = self.inner.loaded

        def frames(self, index: torch.Tensor | slice) -> MotionStates:
            self.asked += 1
            return self.inner.frames(index)

    source = Counting(lib.robot)
    at = neighbours(
        times_s=torch.tensor([0.1]), starts=lib.starts[3:], num_frames=lib.num_frames[3:],
        step_s=1 / lib.fps[3:], lengths_s=lib.lengths_s[3:],
    )  # fmt: skip
    sample_states(source, lib.robot, at)
    assert source.asked == 1
