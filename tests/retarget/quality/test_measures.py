"""Hand-computed measures of motions with known faults, and laws that hold of every motion."""

import math
from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch

from motionlib.exponential_map import hinge_angles
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.robots.mjcf import compile_spec, read_mjcf
from motionlib.rotations import quat_from_euler_xyz, quat_mul
from retarget.kernels.overlap import shape_extremes
from retarget.model import poses_of
from retarget.pairs.files import load_pair
from retarget.pairs.pair import Keypoint, Pair
from retarget.quality.joints import jump_measures
from retarget.quality.measures import hover_measures, measure_retargeted
from retarget.quality.robot import measured_robot
from retarget.retargeting import Retargeted
from retarget.targets import Goal

FPS, FRAMES = 30.0, 40
PAIR = Pair(
    source="g1",
    target="g1",
    keypoints=(
        Keypoint(name="root", source="pelvis", body="pelvis", position=1.0, orientation=1.0),
        Keypoint(
            name="foot", source="left_ankle_roll_link", body="left_ankle_roll_link", after="root",
            offset=(0.1, 0.0, 0.0), position=1.0, orientation=1.0,
        ),
        Keypoint(name="knee", source="left_knee_link", body="left_knee_link", after="root"),
    ),
)  # fmt: skip


def standing(robot: Robot, *, frames: int = FRAMES, name: str = "stands") -> Motion:
    """The default pose, soles on the ground."""
    root = torch.tensor([0.3, -0.2, robot.default_root_height]).repeat(frames, 1)
    return Motion(
        name=name,
        robot=robot,
        fps=FPS,
        root_pos=root,
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, 1),
        dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(frames, 1),
        foot_contact=torch.ones(frames, len(robot.foot_bodies), dtype=torch.bool),
        provenance=Provenance(source="test"),
    )


def met(motion: Motion, pair: Pair = PAIR) -> Retargeted:
    """A result whose goal is the motion itself, both feet in contact throughout."""
    robot = motion.robot
    known = measured_robot(robot, pair)
    arrays = (motion.root_pos.numpy(), motion.root_quat_wxyz.numpy(), motion.dof_pos.numpy())
    pos, rot = poses_of(known.tree, *arrays)
    bodies = [robot.body_names.index(point.body) for point in pair.keypoints]
    local = np.array([point.offset for point in pair.keypoints])
    feet = known.sole_bodies
    goal = Goal(
        fps=motion.fps,
        points=pos[:, bodies] + np.einsum("tkij,kj->tki", rot[:, bodies], local),
        turns=rot[:, bodies].copy(),
        contact=np.ones((len(pos), len(feet), 2), dtype=bool),
        soles=pos[:, feet, None] + np.einsum("tfij,fej->tfei", rot[:, feet], known.sole_ends),
        ground=0.0,
        moved=np.zeros((len(pos), 3)),
    )
    return Retargeted(motion=motion, goal=goal, iterations=1, source=motion)


def measured(result: Retargeted, motion: Motion | None = None, pair: Pair = PAIR) -> dict:
    """Measures of a motion against a result's goal."""
    result = result if motion is None else replace(result, motion=motion)
    return measure_retargeted(result, result.motion.robot, pair)


def test_a_perfect_clip_has_nothing_against_it(g1: Robot) -> None:
    found = measured(met(standing(g1)))
    zero = (
        "keypoint_error_mean_cm", "orientation_error_mean_deg", "skate_mean_cm_s",
        "skate_p95_cm_s", "skate_over_5_share", "limit_frames", "limit_excess_max_rad",
        "speed_frames", "speed_ratio_max", "jump_share", "jerk_mean", "self_collision_share",
    )  # fmt: skip
    assert {name: found[name] for name in zero} == pytest.approx(dict.fromkeys(zero, 0.0), abs=1e-4)
    assert found["penetration_max_mm"] < 0.1
    assert found["floating_p95_mm"] < 0.1
    assert found["contact_agreement"] == 1.0
    assert found["root_height"] == pytest.approx(1.0)
    assert math.isnan(found["jerk_ratio"])  # the source's joints do not move


def test_a_shift_of_three_and_four_centimetres_is_five(g1: Robot) -> None:
    motion = standing(g1)
    shifted = replace(motion, root_pos=motion.root_pos + torch.tensor([0.03, 0.04, 0.0]))
    found = measured(met(motion), shifted)
    assert found["keypoint_error_mean_cm"] == pytest.approx(5.0, abs=1e-4)
    assert found["keypoint_error_p95_cm"] == pytest.approx(5.0, abs=1e-4)


def test_keypoints_without_a_weight_do_not_count(g1: Robot) -> None:
    result = met(standing(g1))
    result.goal.points[:, 2] += 1.0  # the knee, which nobody asks for
    assert measured(result)["keypoint_error_mean_cm"] == pytest.approx(0.0, abs=1e-4)
    result.goal.points[7, 1, 2] += 0.2
    found = measured(result)
    assert found["keypoint_error_mean_cm"] == pytest.approx(20.0 / (2 * FRAMES), rel=1e-4)
    assert found["keypoint_error_frame"] == 7


def test_a_turned_pelvis_shows_in_degrees(g1: Robot) -> None:
    motion = standing(g1)
    result = met(motion)
    turn = torch.tensor(math.radians(12.0))
    yaw = quat_from_euler_xyz(torch.zeros(()), torch.zeros(()), turn)
    turned = replace(motion, root_quat_wxyz=quat_mul(yaw.expand(FRAMES, 4), motion.root_quat_wxyz))
    assert measured(result, turned)["orientation_error_mean_deg"] == pytest.approx(12.0, abs=1e-3)


def test_a_slide_has_its_speed_from_its_frame_on(g1: Robot) -> None:
    motion = standing(g1)
    way = torch.clamp(torch.arange(FRAMES) - 20, min=0) / FPS * 0.08  # 8 cm/s after frame 20
    slid = replace(motion, root_pos=motion.root_pos + way[:, None] * torch.tensor([0.6, 0.8, 0.0]))
    found = measured(met(motion), slid)
    # central differences: frame 20 moves at half the speed, 21 to 39 at all of it
    assert found["skate_mean_cm_s"] == pytest.approx((19 * 8.0 + 4.0) / FRAMES, rel=1e-3)
    assert found["skate_p95_cm_s"] == pytest.approx(8.0, rel=1e-3)
    assert found["skate_over_5_share"] == pytest.approx(19 / FRAMES)
    assert found["skate_over_10_share"] == 0.0
    assert found["skate_frame"] >= 21


def test_feet_that_may_move_do_not_skate(g1: Robot) -> None:
    motion = standing(g1)
    way = torch.arange(FRAMES)[:, None] * torch.tensor([0.02, 0.0, 0.0])
    result = met(motion)
    result.goal.contact[:] = False
    found = measured(result, replace(motion, root_pos=motion.root_pos + way))
    assert found["skate_mean_cm_s"] == found["skate_over_10_share"] == 0.0
    assert found["floating_p95_mm"] == 0.0


@pytest.mark.parametrize("height", [-0.02, 0.05])
def test_a_robot_that_is_sunk_or_floats(g1: Robot, height: float) -> None:
    motion = standing(g1)
    root = motion.root_pos.clone()
    root[5:, 2] += height
    found = measured(met(motion), replace(motion, root_pos=root))
    sunk, floats = max(-height, 0.0) * 1e3, max(height, 0.0) * 1e3
    assert found["penetration_max_mm"] == pytest.approx(sunk, abs=0.1)
    assert found["floating_mean_mm"] == pytest.approx(floats * 35 / FRAMES, abs=0.1)
    assert found["floating_p95_mm"] == pytest.approx(floats, abs=0.1)
    if height < 0.0:
        assert found["penetration_frame"] >= 5
        assert found["penetration_mean_mm"] <= sunk + 0.1


def test_a_knee_beyond_its_limit(g1: Robot) -> None:
    motion = standing(g1)
    dofs, knee = motion.dof_pos.clone(), g1.dof_names.index("left_knee_joint")
    dofs[12:15, knee] = float(g1.dof_limits[knee, 1]) + 0.25
    found = measured(met(motion), replace(motion, dof_pos=dofs))
    assert found["limit_frames"] == 3
    assert found["limit_excess_max_rad"] == pytest.approx(0.25, abs=1e-5)
    assert 12 <= found["limit_excess_frame"] <= 14


def test_a_joint_faster_than_its_motor(g1: Robot) -> None:
    motion = standing(g1)
    yaw = g1.dof_names.index("waist_yaw_joint")
    limit = float(g1.actuator_profiles[g1.default_profile].velocity_limit[yaw])
    dofs = motion.dof_pos.clone()
    dofs[10:13, yaw] += 1.2 * limit / FPS * torch.tensor([1.0, 2.0, 3.0])
    dofs[13:, yaw] += 3.6 * limit / FPS
    found = measured(met(motion), replace(motion, dof_pos=dofs))
    assert found["speed_ratio_max"] == pytest.approx(1.2, rel=1e-4)
    assert found["speed_frames"] == 2  # frames 10 and 11; 9 and 12 at half the speed
    assert found["speed_ratio_frame"] in (10, 11)


def test_a_single_step_is_a_jump_and_a_swing_is_none() -> None:
    dofs = np.zeros((50, 2))
    dofs[30:, 1] = 0.4
    assert jump_measures(dofs) == {"jump_share": 1 / 50, "jump_frame": 30}
    swing = np.sin(np.arange(50) / 3.0)[:, None] * 2.0
    assert np.abs(np.diff(swing, axis=0)).max() > 0.5
    assert jump_measures(swing) == {"jump_share": 0.0, "jump_frame": 0}


def test_jerk_of_a_cubic_is_its_third_derivative(g1: Robot) -> None:
    motion = standing(g1)
    time = torch.arange(FRAMES, dtype=torch.float64) / FPS
    dofs = motion.dof_pos.clone()
    dofs[:, 3] = (0.2 * time**3).float()
    moved = replace(motion, dof_pos=dofs)
    result = replace(met(moved), source=moved)
    found = measured(result)
    assert found["jerk_mean"] == pytest.approx(1.2 / g1.num_dofs, rel=0.1)


def test_jerk_is_relative_to_the_joints_that_drive(g1: Robot) -> None:
    motion, everything = standing(g1), load_pair("g1", g1)
    time = torch.arange(FRAMES) / FPS
    source = replace(motion, dof_pos=motion.dof_pos + (0.1 * torch.sin(9.0 * time))[:, None])
    own = replace(motion, dof_pos=motion.dof_pos + (0.3 * torch.sin(9.0 * time))[:, None])
    result = replace(met(own, everything), source=source)
    assert measured(result, pair=everything)["jerk_ratio"] == pytest.approx(3.0, rel=0.01)


def test_arms_in_the_trunk_collide(g1: Robot) -> None:
    motion = standing(g1)
    dofs = motion.dof_pos.clone()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        dofs[20:, g1.dof_names.index(f"{side}_shoulder_yaw_joint")] = -1.2 * sign
        dofs[20:, g1.dof_names.index(f"{side}_elbow_joint")] = -0.2
        dofs[20:, g1.dof_names.index(f"{side}_shoulder_roll_joint")] = -0.3 * sign
    found = measured(met(motion), replace(motion, dof_pos=dofs))
    assert found["self_collision_share"] == pytest.approx(20 / FRAMES)
    assert found["self_collision_max_mm"] > 5.0
    assert found["self_collision_frame"] >= 20


def test_labels_that_the_robot_does_not_keep(g1: Robot) -> None:
    result = met(standing(g1))
    result.goal.contact[:10, 0] = False
    assert measured(result)["contact_agreement"] == pytest.approx(1.0 - 10 / (2 * FRAMES))


@pytest.mark.parametrize("name", ["g1", "microduck", "smpl"])
def test_shapes_are_those_of_mujoco(name: str) -> None:
    robot = load_robot(name)
    known = measured_robot(robot, Pair(source=name, target=name, keypoints=()))
    model = compile_spec(robot.xml_path, read_mjcf(robot.xml_path))
    data, rng, count = mujoco.MjData(model), np.random.default_rng(3), 120
    limits = np.clip(robot.dof_limits, -1.4, 1.4)
    dofs = rng.uniform(limits[:, 0], limits[:, 1], (count, robot.num_dofs))
    quats = rng.normal(size=(count, 4))
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    root = rng.normal(size=(count, 3))
    pos, rot = poses_of(known.tree, root, quats, dofs)
    lowest, deepest = np.empty(count), np.empty(count)
    shape_extremes(pos, rot, known.shapes, known.pairs, lowest, deepest)
    bits = model.geom_contype | model.geom_conaffinity
    geoms = [g for g in range(model.ngeom) if bits[g] and model.geom_bodyid[g]]
    collided = 0
    for t in range(count):
        angles = hinge_angles(dofs[t], robot.dof_coordinates)
        data.qpos[:] = np.concatenate((root[t], quats[t], angles))
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(pos[t], data.xpos[1:], atol=1e-9)
        # not mj_collision, whose boxes miss each other now and then
        gaps = [
            mujoco.mj_geomDistance(model, data, geoms[a], geoms[b], 0.1, None)
            for a, b in known.pairs
        ]
        assert (deepest[t] > 0.005) == (min(gaps) < -0.005)
        if -0.015 < min(gaps) < 0.0:
            assert deepest[t] == pytest.approx(-min(gaps), abs=1e-4)
        collided += deepest[t] > 0.005
    assert 0 < collided < count


def test_the_lowest_point_is_on_the_ground_of_a_plane(g1: Robot) -> None:
    known = measured_robot(g1, PAIR)
    rng = np.random.default_rng(1)
    quat = rng.normal(size=(1, 4))
    pos, rot = poses_of(known.tree, np.zeros((1, 3)), quat, g1.default_dof_pos[None])
    lowest, deepest = np.empty(1), np.empty(1)
    shape_extremes(pos, rot, known.shapes, known.pairs, lowest, deepest)
    model = compile_spec(g1.xml_path, read_mjcf(g1.xml_path))
    data = mujoco.MjData(model)
    data.qpos[:] = np.concatenate((np.zeros(3), quat[0] / np.linalg.norm(quat), g1.default_dof_pos))
    mujoco.mj_kinematics(model, data)
    # a tall thin box far below: its distance to the nearest geom, seen along the vertical
    spec = read_mjcf(g1.xml_path)
    spec.worldbody.add_geom(
        name="plate", type=mujoco.mjtGeom.mjGEOM_BOX, size=[5.0, 5.0, 0.1], pos=[0.0, 0.0, -3.0]
    )
    model = compile_spec(g1.xml_path, spec)
    plate, other = model.geom("plate").id, mujoco.MjData(model)
    other.qpos[:] = data.qpos
    mujoco.mj_kinematics(model, other)
    gaps = [
        mujoco.mj_geomDistance(model, other, plate, g, 10.0, None)
        for g in range(model.ngeom)
        if model.geom_bodyid[g] and (model.geom_contype[g] or model.geom_conaffinity[g])
    ]
    assert lowest[0] == pytest.approx(min(gaps) - 2.9, abs=1e-5)


def test_measures_do_not_depend_on_where_the_robot_looks(g1: Robot, wobble: Retargeted) -> None:
    """A turn and a shift of everything changes nothing."""
    turn = torch.tensor(2.1)
    yaw = quat_from_euler_xyz(torch.zeros(()), torch.zeros(()), turn)
    c, s = math.cos(2.1), math.sin(2.1)
    R = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([3.0, -1.0, 0.0])
    motion, goal = wobble.motion, wobble.goal
    turned = replace(
        motion,
        root_pos=torch.as_tensor(motion.root_pos.numpy() @ R.T + shift).float(),
        root_quat_wxyz=quat_mul(yaw.expand(motion.num_frames, 4), motion.root_quat_wxyz),
    )
    moved = replace(
        goal, points=goal.points @ R.T + shift, turns=R @ goal.turns, soles=goal.soles @ R.T + shift
    )
    here = measured(wobble)
    there = measured(replace(wobble, motion=turned, goal=moved, source=turned))
    for name, value in here.items():
        if not name.endswith("_frame"):
            assert there[name] == pytest.approx(value, rel=2e-3, abs=2e-3), name


def test_speeds_scale_with_the_rate(g1: Robot, wobble: Retargeted) -> None:
    """The same frames played twice as fast."""
    motion, goal = wobble.motion, wobble.goal
    fast = replace(
        wobble, motion=replace(motion, fps=60.0), goal=replace(goal, fps=60.0), source=None
    )
    slow, quick = measured(wobble), measured(fast)
    for name, power in (("skate_mean_cm_s", 1), ("speed_ratio_max", 1), ("jerk_mean", 3)):
        assert quick[name] == pytest.approx(2.0**power * slow[name], rel=1e-3), name
    for name in ("keypoint_error_mean_cm", "penetration_max_mm", "floating_p95_mm", "jump_share"):
        assert quick[name] == pytest.approx(slow[name]), name


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_shortest_clips_are_measured(g1: Robot, frames: int) -> None:
    found = measured(met(standing(g1, frames=frames)))
    assert found["frames"] == frames
    assert found["jump_share"] == found["jerk_mean"] == found["skate_mean_cm_s"] == 0.0


def test_a_robot_of_rotation_vectors_is_measured() -> None:
    smpl = load_robot("smpl")
    motion = standing(smpl)
    pelvis = Keypoint(name="p", source="Pelvis", body="Pelvis", position=1.0, orientation=1.0)
    pair = Pair(source="smpl", target="smpl", keypoints=(pelvis,))
    result = met(motion, pair)
    dofs = motion.dof_pos.clone()
    # beyond half a turn the vector changes to its opposite, and nothing jumps
    angle = torch.linspace(2.9, 3.4, FRAMES)
    elbow = 3 * (smpl.body_names.index("L_Elbow") - 1)
    dofs[:, elbow] = torch.where(angle > math.pi, angle - 2 * math.pi, angle)
    found = measured(result, replace(motion, dof_pos=dofs), pair)
    assert found["jump_share"] == 0.0
    assert found["jerk_mean"] < 1.0
    assert found["keypoint_error_mean_cm"] == pytest.approx(0.0, abs=1e-4)


@pytest.fixture
def wobble(g1: Robot) -> Retargeted:
    """A clip with a bit of every fault."""
    motion = standing(g1)
    rng = np.random.default_rng(0)
    noise = torch.as_tensor(np.cumsum(rng.normal(size=(FRAMES, g1.num_dofs)) * 0.01, axis=0))
    root = torch.as_tensor(np.cumsum(rng.normal(size=(FRAMES, 3)) * 0.003, axis=0))
    bad = replace(
        motion,
        dof_pos=motion.dof_pos + noise.float(),
        root_pos=motion.root_pos + root.float(),
    )
    return replace(met(motion), motion=bad, source=bad)


@pytest.mark.parametrize(("height", "seconds"), [(0.05, 0.0), (0.13, 20 / 30), (0.45, 20 / 30)])
def test_hovering_is_time_that_nothing_carries(g1, ask, walk, height, seconds) -> None:
    goal = ask(walk)
    up = np.zeros((len(goal.points), 1, 3))
    up[30:50] = [0.0, 0.0, height - goal.soles[..., 2].min()]
    contact = goal.contact.copy()
    contact[30:50] = False
    raised = replace(goal, points=goal.points + up, soles=goal.soles + up[:, None], contact=contact)
    found = hover_measures(raised, g1)
    assert found["hover_s_max"] == pytest.approx(seconds)
    assert found["hover_s_max_frame"] == (30 if seconds else 0)
    assert hover_measures(replace(raised, contact=goal.contact), g1)["hover_s_max"] < 0.3


def test_jumps_and_walks_do_not_hover(g1, ask, walk, jump) -> None:
    assert hover_measures(ask(walk), g1)["hover_s_max"] == 0.0
    assert hover_measures(ask(jump), g1)["hover_s_max"] < 0.7
