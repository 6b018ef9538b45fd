"""Recordings on a humanoid, against a reference that follows ProtoMotions' steps one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from motionlib.errors import MotionError, RobotError
from motionlib.human.clip import HumanClip
from motionlib.human.conversion import convert_clip
from motionlib.human.settings import HumanSettings
from motionlib.human.states import human_states

PLAIN = HumanSettings(self_penetration=False)
# the SMPL joint at each place of the humanoid's order
SMPL_JOINTS = [0, 1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12, 15, 13, 16, 18, 20, 22, 14, 17, 19, 21, 23]
TO_ROBOT_AXES = Rotation.from_euler("xyz", [-90, -90, 0], degrees=True)


def rotations_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (Rotation.from_matrix(b.reshape(-1, 3, 3)) * Rotation.from_matrix(
        a.reshape(-1, 3, 3)
    ).inv()).as_rotvec().reshape(a.shape[:-1])  # fmt: skip


def smallest_of_three(x: np.ndarray, fps: float, difference) -> np.ndarray:
    candidates = []
    for horizon in (1, 2, 3):
        ahead = difference(x[:-horizon], x[horizon:]) * (fps / horizon)
        candidates.append(np.concatenate((ahead, np.repeat(ahead[-1:], horizon, axis=0))))
    stacked = np.stack(candidates)
    best = np.linalg.norm(stacked, axis=-1).argmin(0)
    return np.take_along_axis(stacked, best[None, ..., None], 0)[0]


def reference(clip: HumanClip, robot, fps: float) -> dict[str, np.ndarray]:
    """Matrices in float64, step by step: stride, reorder, kinematics in SMPL's axes, turn, redo."""
    stride = round(clip.fps / fps)
    poses, root_pos = clip.rotvec[::stride, :66], clip.root_pos[::stride]
    frames = len(poses)
    poses = np.concatenate((poses, np.zeros((frames, 6))), axis=1).reshape(frames, 24, 3)
    local = Rotation.from_rotvec(poses[:, SMPL_JOINTS].reshape(-1, 3)).as_matrix()
    local = local.reshape(frames, 24, 3, 3)
    world = local.copy()
    for body in range(1, 24):
        world[:, body] = world[:, robot.parents[body]] @ local[:, body]
    world = world @ TO_ROBOT_AXES.as_matrix()
    joints, positions = world.copy(), np.empty((frames, 24, 3))
    positions[:, 0] = root_pos
    for body in range(1, 24):
        parent = robot.parents[body]
        joints[:, body] = world[:, parent].transpose(0, 2, 1) @ world[:, body]
        offset = robot.body_offset_pos[body]
        positions[:, body] = positions[:, parent] + world[:, parent] @ offset
    positions[..., 2] += robot.lowest_body_height - positions[..., 2].min()
    rotvecs = Rotation.from_matrix(joints.reshape(-1, 3, 3)).as_rotvec().reshape(frames, 24, 3)
    dof_vel = rotations_between(joints[:-1, 1:], joints[1:, 1:]) * fps
    lin_vel = smallest_of_three(positions, fps, lambda a, b: b - a)
    slow = np.linalg.norm(lin_vel, axis=-1) < 0.15
    return {
        "body_pos": positions,
        "matrices": world,
        "dof_pos": rotvecs[:, 1:].reshape(frames, -1),
        "dof_vel": np.concatenate((dof_vel, dof_vel[-1:])).reshape(frames, -1),
        "body_lin_vel": lin_vel,
        "body_ang_vel": smallest_of_three(world, fps, rotations_between),
        "body_contact": slow & (positions[..., 2] < 0.1),
    }


@pytest.mark.parametrize(("fps", "output_fps"), [(120.0, 30.0), (60.0, 30.0), (250.0, 50.0)])
def test_where_rates_divide_the_result_is_protomotions(smpl, make_clip, fps, output_fps):
    clip = make_clip(smpl, frames=int(3 * fps), fps=fps, size=0.9)
    asked = replace(PLAIN, fps=output_fps)
    states = human_states(convert_clip(clip, smpl, asked), smpl, asked)
    wanted = reference(clip, smpl, output_fps)
    for name in ("body_pos", "dof_pos"):
        assert np.abs(getattr(states, name).numpy() - wanted[name]).max() < 2e-6, name
    for name in ("body_lin_vel", "body_ang_vel", "dof_vel"):
        worst = np.abs(getattr(states, name).numpy() - wanted[name]).max()
        # a difference of float32 numbers over one frame: 1e-7 m or rad times the rate
        assert worst < 1.5e-5 * output_fps / 30.0, name
    quats = Rotation.from_matrix(wanted["matrices"].reshape(-1, 3, 3)).as_quat(scalar_first=True)
    dots = np.abs((states.body_quat_wxyz.numpy().reshape(-1, 4) * quats).sum(1))
    assert (1.0 - dots).max() < 1e-6
    assert (states.body_contact.numpy() == wanted["body_contact"]).mean() > 0.999


def test_between_source_frames_positions_are_linear_and_rotations_spherical(smpl, make_clip):
    clip = make_clip(smpl, frames=101, fps=100.0, size=1.2)
    motion = convert_clip(clip, smpl, replace(PLAIN, height_fix="none"))
    assert motion.num_frames == 31
    times, source = np.arange(31) / 30.0, np.arange(101) / 100.0
    wanted = np.stack([np.interp(times, source, x) for x in clip.root_pos.T], axis=1)
    assert np.abs(motion.root_pos - wanted).max() < 1e-6
    for body in (1, 7, 16):
        turns = Rotation.from_rotvec(clip.rotvec[:, clip.columns[body]])
        wanted = Slerp(source, turns)(times)
        got = Rotation.from_rotvec(motion.dof_pos[:, 3 * body - 3 : 3 * body])
        assert (wanted.inv() * got).magnitude().max() < 1e-6


def test_turns_beyond_half_a_circle_come_back_as_the_shorter_way(smpl, make_clip):
    clip = make_clip(smpl)
    columns = clip.columns[3]
    clip.rotvec[:, columns] = [0.0, 4.0, 0.0]
    motion = convert_clip(clip, smpl, PLAIN)
    wanted = np.array([0.0, 4.0 - 2.0 * np.pi, 0.0])
    assert np.abs(motion.dof_pos[:, 6:9] - wanted).max() < 1e-6


def test_the_lowest_body_lands_where_the_robot_stands(smpl, make_clip):
    clip = make_clip(smpl)
    motion = convert_clip(clip, smpl, PLAIN)
    heights = human_states(motion, smpl, PLAIN).body_pos[..., 2]
    assert float(heights.min()) == pytest.approx(smpl.lowest_body_height, abs=1e-6)
    as_recorded = convert_clip(clip, smpl, replace(PLAIN, height_fix="none"))
    assert as_recorded.measures["height_shift"] == 0.0
    lift = motion.root_pos - as_recorded.root_pos
    assert lift[:, 2] == pytest.approx(motion.measures["height_shift"], abs=1e-6)


def test_single_precision_unaligned_and_column_major_sources_give_the_same(smpl, make_clip):
    clip = make_clip(smpl, frames=50)
    wanted = convert_clip(clip, smpl, PLAIN).dof_pos
    raw = bytearray(clip.rotvec.nbytes + 3)
    odd = np.frombuffer(raw, dtype=np.float64, offset=3, count=clip.rotvec.size)
    odd = odd.reshape(clip.rotvec.shape)
    odd[:] = clip.rotvec
    assert not odd.flags.aligned
    sources = (odd, np.asfortranarray(clip.rotvec), clip.rotvec.astype(">f8"))
    for rotvec in sources:
        got = convert_clip(replace(clip, rotvec=rotvec), smpl, PLAIN).dof_pos
        assert np.array_equal(got, wanted)
    single = convert_clip(replace(clip, rotvec=clip.rotvec.astype(np.float32)), smpl, PLAIN)
    assert np.abs(single.dof_pos - wanted).max() < 1e-6


def test_a_bad_number_is_named_even_between_output_frames(smpl, make_clip):
    clip = make_clip(smpl)
    clip.rotvec[102, 17] = np.nan
    words = "rotation vector: column 17 is nan in source frame 102"
    with pytest.raises(MotionError, match=words) as caught:
        convert_clip(clip, smpl, PLAIN)
    assert (caught.value.gate, caught.value.frame) == ("nan", 102)
    clip = make_clip(smpl)
    clip.root_pos[7, 2] = np.inf
    words = "root position: column 2 is inf in source frame 7"
    with pytest.raises(MotionError, match=words) as caught:
        convert_clip(clip, smpl, PLAIN)
    assert (caught.value.gate, caught.value.frame) == ("nan", 7)
    clip = make_clip(smpl)
    clip.root_pos[9, 0] = 1e7
    with pytest.raises(MotionError, match="column 0 is 1e\\+07 in source frame 9") as caught:
        convert_clip(clip, smpl, PLAIN)
    assert (caught.value.gate, caught.value.frame) == ("", 9)


def test_columns_that_no_body_reads_may_hold_anything(smpl, make_clip):
    clip = make_clip(smpl)
    wanted = convert_clip(clip, smpl, PLAIN).measures["content_sha256"]
    clip.rotvec[:, 100:] = np.nan
    assert convert_clip(clip, smpl, PLAIN).measures["content_sha256"] == wanted


@pytest.mark.parametrize("fps", [0.5, 1e5])
def test_absurd_rates_are_refused(smpl, make_clip, fps):
    with pytest.raises(MotionError, match="source fps is"):
        convert_clip(make_clip(smpl, fps=fps), smpl, PLAIN)
    with pytest.raises(MotionError, match="asked fps is"):
        convert_clip(make_clip(smpl), smpl, replace(PLAIN, fps=fps))


def test_hinge_robots_are_refused(g1, smpl, make_clip):
    with pytest.raises(RobotError, match="exponential_map"):
        convert_clip(make_clip(smpl), g1, PLAIN)


@settings(deadline=None, max_examples=25)
@given(frames=st.integers(1, 40), fps=st.sampled_from([59.94, 60.0, 100.0, 120.0, 250.0]))
def test_any_length_gives_unit_steady_quaternions(smpl, frames, fps):
    rng = np.random.default_rng(frames)
    clip = HumanClip(
        fps=fps,
        root_pos=rng.normal(size=(frames, 3)),
        rotvec=rng.normal(scale=3.0, size=(frames, 72)),
        columns=np.arange(72).reshape(24, 3),
        root_post_quat_wxyz=np.array([1.0, 0.0, 0.0, 0.0]),
        format="amass_smpl",
    )
    motion = convert_clip(clip, smpl, PLAIN)
    assert motion.num_frames == int((frames - 1) / fps * 30.0 + 1e-6) + 1
    assert np.abs(np.linalg.norm(motion.root_quat_wxyz, axis=1) - 1.0).max() < 1e-6
    assert ((motion.root_quat_wxyz[1:] * motion.root_quat_wxyz[:-1]).sum(1) >= 0.0).all()
    angles = np.linalg.norm(motion.dof_pos.reshape(motion.num_frames, -1, 3), axis=-1)
    assert angles.max() <= np.pi + 1e-6
    assert motion.measures["frames"] == motion.num_frames
