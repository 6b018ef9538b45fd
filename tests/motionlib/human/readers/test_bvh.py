"""BVH onto the SMPL robot: what was written comes back, whatever the axes, units and rest pose."""

import re

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.human.readers.bvh import probe_bvh, read_bvh
from motionlib.kinematics import Kinematics
from motionlib.rotations import quat_from_rotvec

Z_UP = np.eye(3)
Y_UP = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
LAFAN1 = [
    ("Hips", -1, (-224.7, 91.9, -431.6)),
    ("LeftUpLeg", 0, (0.1, 1.86, 10.55)),
    ("LeftLeg", 1, (43.5, 0, 0)),
    ("LeftFoot", 2, (42.37, 0, 0)),
    ("LeftToe", 3, (17.3, 0, 0)),
    ("RightUpLeg", 0, (0.1, 1.86, -10.55)),
    ("RightLeg", 5, (43.5, 0, 0)),
    ("RightFoot", 6, (42.37, 0, 0)),
    ("RightToe", 7, (17.3, 0, 0)),
    ("Spine", 0, (6.9, -2.6, 0)),
    ("Spine1", 9, (12.59, 0, 0)),
    ("Spine2", 10, (12.34, 0, 0)),
    ("Neck", 11, (25.83, 0, 0)),
    ("Head", 12, (11.77, 0, 0)),
    ("LeftShoulder", 11, (19.75, -1.48, 6)),
    ("LeftArm", 14, (11.28, 0, 0)),
    ("LeftForeArm", 15, (33, 0, 0)),
    ("LeftHand", 16, (25.2, 0, 0)),
    ("RightShoulder", 11, (19.75, -1.48, -6)),
    ("RightArm", 18, (11.28, 0, 0)),
    ("RightForeArm", 19, (33, 0, 0)),
    ("RightHand", 20, (25.2, 0, 0)),
]
LAFAN1_T_POSE = {
    "Hips": (90, 0, 90),
    "LeftUpLeg": (180, 0, 180),
    "RightUpLeg": (180, 0, 180),
    "LeftFoot": (68.5, 0, 0),
    "RightFoot": (68.5, 0, 0),
    "LeftToe": (21.5, 0, 0),
    "RightToe": (21.5, 0, 0),
    "LeftShoulder": (0, -90, 180),
    "RightShoulder": (0, 90, 180),
}
"""z, y, x degrees in which a LAFAN1 skeleton stands in the T-pose, facing the file's z."""


def body_poses(clip, robot):
    """Positions and rotation matrices of the robot's bodies."""
    rotvec = np.where(clip.columns >= 0, clip.rotvec[:, clip.columns], 0.0)
    rotvec = torch.from_numpy(rotvec).flatten(1)
    poses = Kinematics(robot, dtype=torch.float64).forward(
        torch.from_numpy(clip.root_pos), quat_from_rotvec(rotvec[:, :3]), rotvec[:, 3:]
    )
    quats = poses.body_quat_wxyz.numpy()
    matrices = Rotation.from_quat(quats.reshape(-1, 4), scalar_first=True).as_matrix()
    return poses.body_pos.numpy(), matrices.reshape(*quats.shape[:2], 3, 3)


@pytest.mark.parametrize(
    ("axes", "units", "order", "unit"),
    [(Y_UP, 100.0, "ZXY", "cm"), (Z_UP, 1.0, "XYZ", "m"), (Y_UP, 1000.0, "YZX", "mm"),
     (Z_UP, 1.0 / 0.0254, "ZYX", "inch")],
)  # fmt: skip
def test_a_robots_own_motion_comes_back(
    tmp_path, smpl, write_bvh, make_robot_motion, axes, units, order, unit
):
    root_pos, world = make_robot_motion(smpl)
    path = write_bvh(
        tmp_path / "a b ü.bvh", smpl, root_pos, world, axes=axes, units=units, order=order
    )
    clip = read_bvh(path, smpl)
    _, matrices = body_poses(clip, smpl)
    np.testing.assert_allclose(clip.root_pos, root_pos, atol=1e-6)
    np.testing.assert_allclose(matrices, world, atol=1e-6)
    assert (clip.fps, clip.format, clip.num_frames) == (30.0, "bvh", 24)
    assert any(f"unit {unit}:" in note for note in clip.notes)
    assert any(f"up axis {'y' if axes is Y_UP else 'z'}:" in note for note in clip.notes)
    assert "joint map humanik" in clip.notes


def test_an_a_pose_with_turned_joints_is_seen_through(tmp_path, smpl, write_bvh, make_robot_motion):
    root_pos, world = make_robot_motion(smpl)
    rest = {
        f"{side}_{body}": Rotation.from_euler("x", angle, degrees=True).as_matrix()
        for side, angle in (("L", 50.0), ("R", -50.0))
        for body in ("Shoulder", "Elbow", "Wrist", "Hand")
    }
    path = write_bvh(tmp_path / "a.bvh", smpl, root_pos, world, rest=rest)
    _, matrices = body_poses(read_bvh(path, smpl), smpl)
    np.testing.assert_allclose(matrices, world, atol=1e-6)


def test_a_taller_human_walks_with_the_robots_legs(tmp_path, smpl, write_bvh, make_robot_motion):
    root_pos, world = make_robot_motion(smpl)
    path = write_bvh(tmp_path / "tall.bvh", smpl, 1.1 * root_pos, world, units=110.0)
    own, _ = body_poses(read_bvh(path, smpl), smpl)
    human, _ = body_poses(
        read_bvh(write_bvh(tmp_path / "b.bvh", smpl, root_pos, world), smpl), smpl
    )
    # the file's root moves 1.1 x 110 units a metre: the robot's, by its shorter legs, 1.1 m
    np.testing.assert_allclose(own[:, 1:] - own[:, :1], human[:, 1:] - human[:, :1], atol=1e-6)
    np.testing.assert_allclose(own[:, 0], 1.1 * human[:, 0], atol=0.02)


def test_a_robot_with_fingers_and_bodies_without_joints(
    tmp_path, smpl, smplx, write_bvh, make_robot_motion
):
    root_pos, world = make_robot_motion(smpl)
    path = write_bvh(tmp_path / "a.bvh", smpl, root_pos, world)
    clip = read_bvh(path, smplx)
    assert (clip.columns[smplx.body_names.index("L_Index1")] == -1).all()
    _, matrices = body_poses(clip, smplx)
    for body in ("Head", "R_Elbow", "L_Toe"):
        ours, theirs = smplx.body_names.index(body), smpl.body_names.index(body)
        np.testing.assert_allclose(matrices[:, ours], world[:, theirs], atol=1e-6)
    assert any(note.startswith("no joint for L_Index1") for note in clip.notes)


def lafan1_file(path, make_bvh_text, changes=None):
    joints = [
        (name, parent, offset, [f"{a}position" for a in "XYZ" if parent < 0]
         + [f"{a}rotation" for a in "ZYX"])
        for name, parent, offset in LAFAN1
    ]  # fmt: skip
    pose = LAFAN1_T_POSE | (changes or {})
    row = [10.0, 90.0, 30.0]
    for name, _, _ in LAFAN1:
        row += pose.get(name, (0.0, 0.0, 0.0))
    path.write_text(make_bvh_text(joints, np.array([row, row]), frame_time="0.033333"))
    return path


def test_lafan1_stands_in_the_t_pose_facing_x(tmp_path, smpl, make_bvh_text):
    clip = read_bvh(lafan1_file(tmp_path / "l.bvh", make_bvh_text), smpl)
    _, matrices = body_poses(clip, smpl)
    # not exactly: the robot's own legs are not straight, and are laid along the skeleton's
    tilt = np.degrees(np.arccos(np.einsum("bii->b", matrices[0]) / 2.0 - 0.5))
    assert tilt.max() < 4.0
    assert "joint map lafan1" in clip.notes
    assert any(note.startswith("up axis y:") for note in clip.notes)
    assert any(note.startswith("unit cm:") for note in clip.notes)


def test_lafan1_knees_elbows_and_head_bend_as_a_humans(tmp_path, smpl, make_bvh_text):
    changes = {"LeftLeg": (-60, 0, 0), "RightForeArm": (-70, 0, 0), "Head": (30, 0, 0)}
    clip = read_bvh(lafan1_file(tmp_path / "l.bvh", make_bvh_text, changes), smpl)
    bend = {body: clip.rotvec[0, clip.columns[smpl.body_names.index(body)]] for body in
            ("L_Knee", "R_Elbow", "Head")}  # fmt: skip
    # backwards about left; forwards about up; looking down about left
    np.testing.assert_allclose(bend["L_Knee"], np.radians([0, 60, 0]), atol=0.05)
    np.testing.assert_allclose(bend["R_Elbow"], np.radians([0, 0, 70]), atol=1e-4)
    np.testing.assert_allclose(bend["Head"], np.radians([0, 30, 0]), atol=1e-4)


def test_feet_straight_down_come_out_alike_whatever_rounding_left_beside_them(
    tmp_path, smpl, write_bvh, make_robot_motion
):
    path = write_bvh(tmp_path / "a.bvh", smpl, *make_robot_motion(smpl))
    text, feet = path.read_text(), []
    ankles = [smpl.body_names.index(f"{side}_Ankle") for side in "LR"]
    for dirt in ("0.0 -8.0 0.0", "0.00001 -8.0 0.0", "0.0 -8.0 0.00001", "0.0 -8.0 -0.00001"):
        changed, count = re.subn(r"(ToeBase\s*\{\s*OFFSET)[^\n]*", rf"\1 {dirt}", text)
        assert count == 2
        path.write_text(changed)
        with np.errstate(all="raise"):
            _, matrices = body_poses(read_bvh(path, smpl), smpl)
        feet.append(matrices[:, ankles])
    np.testing.assert_allclose(feet, [feet[0]] * 4, atol=1e-6)


@pytest.mark.parametrize("name", ["dab", "jumping", "zombie"])
def test_real_recordings_keep_the_directions_of_limbs(test_data, smpl, name):
    clip = read_bvh(test_data / "bvh" / f"{name}.bvh", smpl)
    pos, matrices = body_poses(clip, smpl)
    of = {body: pos[:, index] for index, body in enumerate(smpl.body_names)}
    assert "joint map rokoko" in clip.notes
    assert np.percentile(of["Head"][:, 2] - of["Pelvis"][:, 2], 20) > 0.3
    for side in "LR":
        knee = clip.rotvec[:, clip.columns[smpl.body_names.index(f"{side}_Knee")]]
        bent = np.abs(knee[:, 1]) > 0.5
        assert bent.any()
        assert (knee[bent, 1] > 0.0).all()
        # feet lie flat where they rest
        ankle = smpl.body_names.index(f"{side}_Ankle")
        still = np.linalg.norm(np.diff(pos[:, ankle], axis=0), axis=1) * clip.fps < 0.05
        assert np.median(np.abs(matrices[1:, ankle, 2, 0][still])) < np.sin(np.radians(6.0))


def test_probe_reads_the_head_alone(tmp_path, smpl, write_bvh, make_robot_motion):
    path = write_bvh(tmp_path / "a.bvh", smpl, *make_robot_motion(smpl), frame_time="0.0083")
    text = path.read_text()
    head = text[: text.index("Frame Time") + 18]
    path.write_text(head + "\n" + "no numbers\n" * ((len(text) - len(head)) // 11))
    facts = probe_bvh(path)
    assert (facts.frames, facts.fps, facts.gender, facts.format) == (24, 120.0, "", "bvh")


def test_a_posed_first_frame_is_left_out_of_facts_and_clip(
    tmp_path, smpl, write_bvh, make_robot_motion
):
    root_pos, world = make_robot_motion(smpl)
    root_pos[0], world[0] = root_pos[1], np.eye(3)
    path = write_bvh(tmp_path / "a.bvh", smpl, root_pos, world)
    clip = read_bvh(path, smpl)
    assert clip.num_frames == probe_bvh(path).frames == 23
    np.testing.assert_allclose(clip.root_pos, root_pos[1:], atol=1e-6)
    assert "the first frame of the file is a posed one" in clip.notes[-1]


def test_what_cannot_be_read_says_why(tmp_path, smpl, g1, write_bvh, make_robot_motion):
    path = write_bvh(tmp_path / "a.bvh", smpl, *make_robot_motion(smpl))
    text = path.read_text()
    with pytest.raises(RobotError, match=r"g1: has no body 'Pelvis'.*SMPL"):
        read_bvh(path, g1)
    path.write_text(text.replace("LeftForeArm", "elbow_l"))
    with pytest.raises(MotionError, match=r"a\.bvh.*'humanik'.*LeftForeArm \(L_Elbow\).*cmu\.yaml"):
        read_bvh(path, smpl)
    swapped = text.replace("Left", "x").replace("Right", "Left").replace("x", "Right")
    path.write_text(swapped)
    with pytest.raises(MotionError, match=r"left and right are swapped"):
        read_bvh(path, smpl)
    path.write_text(text.rsplit(" ", 1)[0] + " nan\n")
    with pytest.raises(MotionError, match=r"frame 23: Yrotation of \w+ is nan"):
        read_bvh(path, smpl)
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(FormatError, match=r"line 1.*Git LFS"):
        read_bvh(path, smpl)
