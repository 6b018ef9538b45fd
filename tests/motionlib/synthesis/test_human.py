import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.human.readers.smpl_joints import SMPLH_JOINTS, columns_of
from motionlib.synthesis.human import make_human
from motionlib.synthesis.human_actions import ACTIONS
from motionlib.synthesis.human_body import human_body

FPS = 120.0
# SMPL's body axes (x left, y up, z forward) seen from the robot's (x forward, y left, z up)
AXES = Rotation.from_matrix([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


@pytest.fixture(scope="module")
def body(smpl):
    return human_body(smpl)


def made(body, *actions, frames=480, seed=3, fps=FPS):
    return make_human(body, actions, frames=frames, fps=fps, rng=np.random.default_rng(seed))


def world(robot, human):
    """Body positions (T, B, 3) and rotations, by kinematics written here."""
    frames = len(human.root_pos)
    poses = np.concatenate((human.rotvec.reshape(frames, 66), np.zeros((frames, 90))), axis=1)
    columns = columns_of(robot.body_names, SMPLH_JOINTS)
    rotations, positions = [Rotation.from_rotvec(human.rotvec[:, 0]) * AXES], [human.root_pos]
    for index in range(1, robot.num_bodies):
        parent = rotations[robot.parents[index]]
        local = poses[:, columns[index]] if columns[index][0] >= 0 else np.zeros((frames, 3))
        rotations.append(parent * Rotation.from_rotvec(local))
        positions.append(
            positions[robot.parents[index]] + parent.apply(robot.body_offset_pos[index])
        )
    return np.stack(positions, axis=1), rotations


def toes(robot, positions):
    return positions[:, [robot.body_names.index(f"{side}_Toe") for side in "LR"]]


def on_ground(toe_height, rest):
    """Frames whose neighbours stand too: (T - 2, 2)."""
    down = toe_height < rest + 2e-5
    return down[2:] & down[1:-1] & down[:-2]


@pytest.mark.parametrize("action", ACTIONS)
def test_feet_stand_still_on_the_ground(smpl, body, action):
    positions, _ = world(smpl, made(body, action))
    toe = toes(smpl, positions)
    rest = smpl.lowest_body_height
    assert toe[..., 2].min() == pytest.approx(rest, abs=1e-4)
    assert positions[..., 2].min() > rest - 1e-4
    speed = np.linalg.norm(toe[2:] - toe[:-2], axis=-1) * FPS / 2.0
    stance = on_ground(toe[..., 2], rest)
    assert stance.mean() > 0.4
    assert speed[stance].max() < 0.02


@pytest.mark.parametrize("action", ACTIONS)
def test_knees_bend_forwards_and_nothing_jumps(smpl, body, action):
    human = made(body, action)
    knees = human.rotvec[:, 4:6]
    # about SMPL's x axis (left), backwards for the shank: the knee points forwards
    assert knees[..., 0].min() > 0.0
    assert np.abs(knees[..., 1:]).max() < 1e-9
    local = Rotation.from_rotvec(human.rotvec.reshape(-1, 3))
    quats = local.as_quat().reshape(len(human.rotvec), 22, 4)
    turned = np.abs((quats[1:] * quats[:-1]).sum(-1)).clip(max=1.0)
    assert 2.0 * np.arccos(turned).max() * FPS < 30.0
    assert np.linalg.norm(np.diff(human.root_pos, axis=0), axis=-1).max() * FPS < 4.0


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_begins_and_ends_standing(body, action):
    human = made(body, action, frames=1500)
    start = human.rotvec[0, 1:]
    # the second action begins in the pose of the first one's start
    distance = np.abs(human.rotvec[60:, 1:] - start).max(axis=(1, 2))
    assert distance.min() < 0.02


def test_a_walk_goes_where_it_looks_and_swings_its_arms(smpl, body):
    human = made(body, "walk", seed=8)
    positions, rotations = world(smpl, human)
    moved = np.diff(human.root_pos[:, :2], axis=0)[150:300]
    forward = rotations[0].apply([1.0, 0.0, 0.0])[150:300, :2]
    assert ((moved * forward).sum(-1) / np.linalg.norm(moved, axis=-1)).min() > 0.9
    names = smpl.body_names.index
    inverse = rotations[0].inv()

    def ahead(name):
        return inverse.apply(positions[:, names(name)] - positions[:, 0])[150:300, 0]

    assert np.corrcoef(ahead("L_Wrist"), ahead("R_Ankle"))[0, 1] > 0.7
    assert np.corrcoef(ahead("R_Wrist"), ahead("L_Ankle"))[0, 1] > 0.7


def test_a_run_and_a_jump_leave_the_ground(smpl, body):
    for action in ("run", "jump"):
        positions, _ = world(smpl, made(body, action))
        lowest = toes(smpl, positions)[..., 2].min(axis=1) - smpl.lowest_body_height
        assert lowest.max() > 0.01
    human = made(body, "jump")
    high = human.root_pos[:, 2] > body.standing_height + 0.12
    fall = np.gradient(np.gradient(human.root_pos[:, 2])) * FPS**2
    np.testing.assert_allclose(fall[high][3:-3], -9.81, atol=0.3)


def test_a_turn_stays_on_the_spot(body):
    human = made(body, "turn")
    heading = Rotation.from_rotvec(human.rotvec[:, 0]).apply([0.0, 0.0, 1.0])
    yaw = np.unwrap(np.arctan2(heading[:, 1], heading[:, 0]))
    assert abs(yaw[-1] - yaw[0]) > 0.8
    assert np.linalg.norm(human.root_pos[:, :2] - human.root_pos[0, :2], axis=-1).max() < 0.1


def test_the_rate_changes_the_frames_and_not_the_movement(body):
    slow, fast = (made(body, "walk", "wave", frames=60 * n, fps=30.0 * n) for n in (1, 4))
    np.testing.assert_allclose(slow.root_pos, fast.root_pos[::4], atol=1e-9)
    np.testing.assert_allclose(slow.rotvec, fast.rotvec[::4], atol=1e-7)
    assert not np.allclose(slow.root_pos, made(body, "walk", frames=60, fps=30.0, seed=4).root_pos)


def test_five_minutes_and_one_frame(body):
    human = made(body, "walk", "turn", "squat", frames=300 * 60, fps=60.0)
    assert len(human.root_pos) == 300 * 60
    assert set(human.actions) == {"walk", "turn", "squat"}
    assert np.linalg.norm(np.diff(human.root_pos, axis=0), axis=-1).max() < 3.0 / 60.0
    assert made(body, "jump", frames=1).rotvec.shape == (1, 22, 3)


def test_what_makes_no_sense_is_refused(body):
    with pytest.raises(ValueError, match="nearest: walk"):
        made(body, "wakl")
    with pytest.raises(ValueError, match="at least one"):
        made(body, "walk", frames=0)
