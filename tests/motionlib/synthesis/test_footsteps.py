import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.synthesis.footsteps import GaitShape, foot_targets, sway

SHAPE = GaitShape(period_s=0.5, double_support=0.2, lift=0.015, sway=0.01, bob=0.002)
HOME = np.array([0.01, 0.06, -0.1])
PHASES = np.arange(1000) / 1000


def world(commands, place, yaw, seconds):
    """Foot places and headings on the ground for a trunk that follows its command."""
    shift = np.stack([np.zeros((2,)) for _ in seconds])
    step = seconds[1] - seconds[0]
    heading = commands[0, 2] * seconds
    middle = heading[:-1] + 0.5 * np.diff(heading)
    steps = np.stack(
        (
            np.cos(middle) * commands[0, 0] - np.sin(middle) * commands[0, 1],
            np.sin(middle) * commands[0, 0] + np.cos(middle) * commands[0, 1],
        ),
        axis=1,
    )
    shift[1:] = np.cumsum(steps * step, axis=0)
    x, y = place[0, :, 0], place[0, :, 1]
    cos, sin = np.cos(heading), np.sin(heading)
    ground = np.stack((cos * x - sin * y, sin * x + cos * y), axis=1) + shift
    return ground, yaw[0] + heading


@pytest.mark.parametrize("command", [(0.1, 0.0, 0.0), (0.05, -0.08, 0.9), (0.0, 0.0, -1.0)])
@pytest.mark.parametrize("side", [0, 1])
def test_a_standing_foot_rests_on_the_ground(command, side):
    commands = np.array([command])
    start = 500 * side
    since = np.arange(start, start + 600)  # stance is 0.6 of a period
    place, yaw = foot_targets(commands, HOME, side, PHASES, SHAPE)
    still = place[:, since % 1000].copy()
    still[..., :2] += sway(PHASES[since % 1000], SHAPE)
    ground, heading = world(commands, still, yaw[:, since % 1000], (since - start) / 1000 * 0.5)
    np.testing.assert_allclose(ground, ground[:1].repeat(600, 0), atol=1e-6)
    np.testing.assert_allclose(heading, heading[0], atol=1e-9)
    np.testing.assert_allclose(still[0, :, 2], HOME[2] + SHAPE.bob, atol=1e-12)


def test_swing_joins_stance_and_lifts():
    place, _ = foot_targets(np.array([[0.1, 0.05, 0.5]]), HOME, 0, PHASES, SHAPE)
    assert place[0, :, 2].max() == pytest.approx(HOME[2] + SHAPE.bob + SHAPE.lift, abs=1e-6)
    closed = np.concatenate((place[0], place[0, :2]))
    velocity = np.diff(closed, axis=0) / 5e-4
    # no step of the velocity: 10 m/s² for half a millisecond is 5 mm/s
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.03


def test_the_trunk_leans_over_the_standing_foot():
    lateral = sway(PHASES, SHAPE)
    assert PHASES[lateral[:, 1].argmax()] == pytest.approx(0.3)  # the left foot's mid-stance
    np.testing.assert_allclose(lateral.mean(axis=0), 0.0, atol=1e-12)


def test_impossible_shapes_are_refused():
    with pytest.raises(MotionError, match="double support"):
        GaitShape(period_s=0.5, double_support=0.0, lift=0.0, sway=0.0, bob=0.0)
