import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.synthesis.human_body import human_body
from motionlib.synthesis.human_legs import ankle_positions, highest_pelvis, solve_legs


@pytest.fixture(scope="module")
def body(smpl):
    return human_body(smpl)


def reached(body, side, pelvis_pos, pelvis, legs):
    hip = pelvis * Rotation.from_rotvec(legs.hip[:, side])
    knee = hip * Rotation.from_rotvec(legs.knee[:, side])
    foot = knee * Rotation.from_rotvec(legs.ankle[:, side])
    pos = pelvis_pos + pelvis.apply(body.hip[side])
    return pos + hip.apply(body.knee[side]) + knee.apply(body.ankle[side]), foot


def test_ankles_and_feet_come_where_they_are_asked_to_be(body):
    rng = np.random.default_rng(1)
    count = 200
    pelvis = Rotation.from_euler("ZYX", rng.uniform(-1, 1, (count, 3)) * (3.0, 0.5, 0.2))
    pelvis_pos = rng.normal(size=(count, 3))
    feet = tuple(
        pelvis * Rotation.from_euler("ZYX", rng.uniform(-0.5, 0.5, (count, 3))) for _ in (0, 1)
    )
    below = np.array([0.0, 0.0, -0.6]) + rng.uniform(-0.2, 0.2, (count, 2, 3))
    ankles = np.stack(
        [pelvis_pos + pelvis.apply(body.hip[s] + below[:, s]) for s in (0, 1)], axis=1
    )
    legs = solve_legs(body, pelvis_pos=pelvis_pos, pelvis=pelvis, ankle_pos=ankles, feet=feet)
    for side in (0, 1):
        position, foot = reached(body, side, pelvis_pos, pelvis, legs)
        np.testing.assert_allclose(position, ankles[:, side], atol=1e-9)
        assert (foot.inv() * feet[side]).magnitude().max() < 1e-6
    assert legs.knee[..., 1].min() > 0.0


def test_out_of_reach_the_leg_is_straight_and_points_there(body):
    still = Rotation.from_rotvec(np.zeros((1, 3)))
    ankles = np.array([[[0.0, 0.08, -3.0], [0.0, -0.08, -3.0]]])
    legs = solve_legs(
        body, pelvis_pos=np.zeros((1, 3)), pelvis=still, ankle_pos=ankles, feet=(still, still)
    )
    position, _ = reached(body, 0, np.zeros((1, 3)), still, legs)
    wanted = ankles[0, 0] - body.hip[0]
    found = position[0] - body.hip[0]
    assert np.linalg.norm(found) == pytest.approx(body.leg, rel=1e-3)
    cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
    assert cosine == pytest.approx(1.0, abs=1e-9)


def test_at_the_highest_pelvis_the_leg_is_nearly_straight(body):
    still = Rotation.from_rotvec(np.zeros((1, 3)))
    ball = np.array([[0.3, 0.1, 0.015]])
    ankle = ankle_positions(body, 0, ball, still)
    pelvis_pos = np.array([[0.1, 0.0, 0.9]])
    height = highest_pelvis(body, 0, pelvis_pos=pelvis_pos, pelvis=still, ankle=ankle)
    hip = np.array([0.1, 0.0, height[0]]) + body.hip[0]
    assert np.linalg.norm(hip - ankle[0]) == pytest.approx(body.leg, rel=2e-3)
