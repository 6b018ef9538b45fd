"""Rest poses of folded rigs, found from the motion."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError
from motionlib.human.readers.bvh import read_bvh, skeleton_of
from motionlib.human.readers.bvh_motion import joint_poses
from motionlib.human.readers.bvh_parser import parse_bvh
from motionlib.human.skeleton.posed_rest import turns_in_t_pose

LEG, ARM = ("Hip", "Knee", "Ankle", "Toe"), ("Thorax", "Shoulder", "Elbow", "Wrist", "Hand")
FOLDED = {
    **{f"L_{body}": Rotation.from_euler("y", 180, degrees=True).as_matrix() for body in LEG},
    **{f"R_{body}": Rotation.from_euler("x", 180, degrees=True).as_matrix() for body in LEG},
    **{f"L_{body}": Rotation.from_euler("zx", (90, 90), degrees=True).as_matrix() for body in ARM},
    **{f"R_{body}": Rotation.from_euler("yz", (90, -90), degrees=True).as_matrix() for body in ARM},
}


def stepping(robot, *, frames=40, elbows=1.0):
    """Root (T, 3) and world rotations (T, B, 3, 3): steps in place with flat feet, arms that swing."""
    t = np.linspace(0.0, 4.0 * np.pi, frames)
    local = np.zeros((frames, robot.num_bodies, 3))

    def turn(body, axis, angle):
        local[:, robot.body_names.index(body), axis] = angle

    for side, sign in (("L", 1.0), ("R", -1.0)):
        lift = 0.4 * np.clip(sign * np.sin(t), 0.0, 1.0)
        for body, share in (("Hip", -1.0), ("Knee", 2.0), ("Ankle", -1.0)):
            turn(f"{side}_{body}", 1, share * lift)
        turn(f"{side}_Shoulder", 0, -sign * 1.2)
        turn(f"{side}_Elbow", 2, -sign * elbows * (0.4 + 0.3 * np.sin(t)))
    turn("Torso", 1, 0.1 * np.sin(t))
    world = Rotation.from_rotvec(local.reshape(-1, 3)).as_matrix().reshape(*local.shape, 3)
    for body in range(1, robot.num_bodies):
        world[:, body] = world[:, robot.parents[body]] @ world[:, body]
    return np.tile([0.0, 0.0, 0.95], (frames, 1)), world


def world_turns(clip, robot):
    """(T, B, 3, 3) of a clip that drives all bodies."""
    local = Rotation.from_rotvec(clip.rotvec[:, clip.columns].reshape(-1, 3)).as_matrix()
    world = local.reshape(len(clip.rotvec), robot.num_bodies, 3, 3)
    for body in range(1, robot.num_bodies):
        world[:, body] = world[:, robot.parents[body]] @ world[:, body]
    return world


@pytest.mark.parametrize("elbows", [1.0, 0.0])
def test_a_folded_rig_moves_as_one_that_stands(tmp_path, smpl, write_bvh, elbows):
    root_pos, world = stepping(smpl, elbows=elbows)
    clip = read_bvh(write_bvh(tmp_path / "a.bvh", smpl, root_pos, world, rest=FOLDED), smpl)
    assert any("rest pose found from the motion" in note for note in clip.notes)
    found = world_turns(clip, smpl)
    for side in "LR":
        for body, child in (("Hip", "Knee"), ("Knee", "Ankle"), ("Shoulder", "Elbow"),
                            ("Elbow", "Wrist")):  # fmt: skip
            index = smpl.body_names.index(f"{side}_{body}")
            bone = smpl.body_offset_pos[smpl.body_names.index(f"{side}_{child}")]
            np.testing.assert_allclose(found[:, index] @ bone, world[:, index] @ bone, atol=1e-6)
    # twists, too: the robot's own bones are not quite at right angles
    angles = Rotation.from_matrix((found.mT @ world).reshape(-1, 3, 3)).magnitude()
    assert np.degrees(angles.max()) < 8.0


def test_bones_in_a_t_pose_point_where_those_of_a_t_pose_do(tmp_path, smpl, write_bvh):
    bvh = parse_bvh(write_bvh(tmp_path / "a.bvh", smpl, *stepping(smpl), rest=FOLDED))
    skeleton = skeleton_of(bvh)
    turns = turns_in_t_pose(skeleton, *joint_poses(bvh))
    knee, elbow = skeleton.joint("L_Knee"), skeleton.joint("R_Elbow")
    down = turns[skeleton.joint("L_Hip")] @ skeleton.offsets[knee]
    out = turns[skeleton.joint("R_Shoulder")] @ skeleton.offsets[elbow]
    # the file's y is up, its z forward, its x left
    assert down[1] < -0.99 * np.linalg.norm(down)
    assert out[0] < -0.99 * np.linalg.norm(out)


def test_a_folded_rig_that_lies_is_refused_with_what_to_do(tmp_path, smpl, write_bvh):
    root_pos, world = stepping(smpl)
    lying = Rotation.from_euler("yx", (45, 45), degrees=True).as_matrix() @ world
    path = write_bvh(tmp_path / "a.bvh", smpl, root_pos, lying, rest=FOLDED)
    with pytest.raises(
        MotionError,
        match=r"a\.bvh: .*the motion is not upright on both feet.*rest_pose.*--joint-map",
    ):
        read_bvh(path, smpl)


def test_a_foot_that_never_stands_says_nothing_of_its_rest(tmp_path, smpl, write_bvh):
    root_pos, world = stepping(smpl)
    lifted = slice(4, 8)  # of the first step, which the left foot makes
    path = write_bvh(tmp_path / "a.bvh", smpl, root_pos[lifted], world[lifted], rest=FOLDED)
    with pytest.raises(MotionError, match="not upright on both feet"):
        read_bvh(path, smpl)
