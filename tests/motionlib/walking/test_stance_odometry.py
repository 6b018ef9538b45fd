import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.walking.stance_odometry import BaseTravel, FeetOverPeriod, feet_over_period

COUNT = 256
SOLE = np.array([[0.03, 0.02], [0.03, -0.02], [-0.03, -0.02], [-0.03, 0.02]])


def feet_gliding_by(velocity, yaw_rate=0.0, period_s=0.5):
    """Two soles fixed to a ground that moves under the base, lifted in turn, swung back."""
    corners = np.zeros((COUNT, 2, 4, 3))
    phase = np.arange(COUNT) / COUNT
    for foot, side in enumerate((1.0, -1.0)):
        since = (phase - 0.5 * foot) % 1.0
        down = since < 0.5
        # triangle: back while down, forth while up
        seconds = np.where(down, since - 0.25, 0.75 - since) * period_s
        angle = -yaw_rate * seconds
        place = np.array([0.0, 0.06 * side]) + SOLE
        x = place[:, 0] - velocity[0] * seconds[:, None]
        y = place[:, 1] - velocity[1] * seconds[:, None]
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        corners[:, foot, :, 0], corners[:, foot, :, 1] = cos * x - sin * y, sin * x + cos * y
        corners[:, foot, :, 2] = -0.1 + np.where(down, 0.0, 0.02)[:, None]
    stance = corners[..., 2].min(-1) < -0.09
    return FeetOverPeriod(corners=corners, stance=stance, pitch=0.0, tilt=np.zeros((COUNT, 2)))


def test_the_base_follows_its_stance_feet():
    travel = BaseTravel(feet_gliding_by((0.2, -0.1)), (0.2, -0.1, 0.0), 0.5)
    # but for the two samples where the triangle turns, each twice a period
    np.testing.assert_allclose(np.median(travel.velocity, axis=0), (0.2, -0.1), atol=2e-3)
    position, yaw = travel.at(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, 0.5]))
    np.testing.assert_allclose(position[1, :2], (0.1, -0.05), atol=1e-9)
    np.testing.assert_allclose(position[2, :2], (0.25, -0.125), atol=2e-3)
    np.testing.assert_allclose(yaw, 0.0)
    np.testing.assert_allclose(position[:, 2], 0.1, atol=1e-9)


def test_the_command_is_the_mean_whatever_the_feet_say():
    travel = BaseTravel(feet_gliding_by((0.2, 0.0)), (0.3, 0.05, 0.0), 0.5)
    np.testing.assert_allclose(travel.velocity.mean(axis=0), (0.3, 0.05), atol=1e-12)
    stance_slip = travel.slip[20:100, 0]
    np.testing.assert_allclose(stance_slip, np.hypot(0.1, 0.05), atol=0.01)


def test_periods_join_when_the_base_turns():
    command = (0.1, 0.05, 1.2)
    travel = BaseTravel(feet_gliding_by(command[:2], command[2]), command, 0.5)
    before, yaw_before = travel.at(np.array([1.0]), np.array([1.0 - 1e-9]))
    after, yaw_after = travel.at(np.array([2.0]), np.array([0.0]))
    np.testing.assert_allclose(before, after, atol=1e-7)
    np.testing.assert_allclose(yaw_before, yaw_after, atol=1e-7)
    np.testing.assert_allclose(yaw_after, 1.2)


def test_yaw_rate_is_read_from_the_soles():
    assert feet_gliding_by((0.0, 0.0), 0.8).yaw_rate(0.5) == pytest.approx(0.8, abs=0.05)


def test_pitch_levels_the_stance_soles(microduck):
    dof_pos = np.tile(microduck.default_dof_pos, (8, 1))
    stance = np.ones((8, 2), dtype=bool)
    level = feet_over_period(microduck, dof_pos, stance, where="m")
    assert level.pitch == pytest.approx(0.0, abs=1e-6)
    for name, sign in (("left_ankle", 1.0), ("right_ankle", -1.0)):
        dof_pos[:, microduck.dof_names.index(name)] += 0.1 * sign
    pitched = feet_over_period(microduck, dof_pos, stance, where="m")
    assert abs(pitched.pitch) == pytest.approx(0.1, abs=1e-6)
    np.testing.assert_allclose(pitched.tilt, 0.0, atol=1e-6)


def test_a_cycle_without_contact_is_refused(microduck):
    dof_pos = np.tile(microduck.default_dof_pos, (8, 1))
    with pytest.raises(MotionError, match="no foot is ever in contact"):
        feet_over_period(microduck, dof_pos, np.zeros((8, 2), dtype=bool), where="m")
