from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError, RobotError
from motionlib.files import data_folder
from motionlib.formats.polynomial import read_polynomials
from motionlib.motion import states_from_motion
from motionlib.quality import measure_motion
from motionlib.walking.cycles import motion_from_polynomial

REFERENCES = data_folder() / "motions" / "microduck" / "reference_motions.pkl"


@pytest.fixture(scope="module")
def references(microduck):
    return read_polynomials(REFERENCES, microduck)


def of(references, name):
    return references.selected([name])[0]


def test_frames_lie_at_k_over_fps_and_none_is_doubled(references, microduck):
    walk = of(references, "0.09_0.0_0.0")
    motion, _ = motion_from_polynomial(walk, microduck, fps=50, cycles=2)
    assert motion.num_frames == round(2 * walk.period_s * 50)
    faster, _ = motion_from_polynomial(walk, microduck, fps=100, cycles=2)
    torch.testing.assert_close(faster.dof_pos[::2], motion.dof_pos)
    torch.testing.assert_close(faster.root_pos[::2], motion.root_pos)


def test_a_period_between_frames_is_kept(references, microduck):
    walk = replace(of(references, "0.09_0.0_0.0"), period_s=0.473)
    motion, _ = motion_from_polynomial(walk, microduck, fps=50, cycles=10)
    assert motion.num_frames == 237  # of 236.5: frames 0 to 236 lie before the end
    assert float(motion.root_pos[-1, 0]) == pytest.approx(0.09 * 236 / 50, abs=0.01)


def test_min_seconds_adds_whole_periods(references, microduck):
    walk = of(references, "0.09_0.0_0.0")
    motion, _ = motion_from_polynomial(walk, microduck, fps=50, min_seconds=3.0)
    assert 3.0 <= motion.seconds < 3.0 + walk.period_s
    assert motion.num_frames % round(walk.period_s * 50) == 0


@pytest.mark.parametrize("name", ["0.09_0.0_0.0", "0.0_-0.06_0.0", "0.0_0.0_0.9", "0.06_0.03_-0.9"])
def test_the_mean_velocity_of_the_base_is_the_command(references, microduck, name):
    walk = of(references, name)
    motion, report = motion_from_polynomial(walk, microduck, fps=200, cycles=4)
    states = states_from_motion(motion)
    yaw = walk.command[2] * torch.arange(motion.num_frames) / 200
    velocity = states.body_lin_vel[1:-1, 0]
    cos, sin = torch.cos(yaw)[1:-1], torch.sin(yaw)[1:-1]
    forward = (cos * velocity[:, 0] + sin * velocity[:, 1]).mean()
    left = (cos * velocity[:, 1] - sin * velocity[:, 0]).mean()
    assert float(forward) == pytest.approx(walk.command[0], abs=0.004)
    assert float(left) == pytest.approx(walk.command[1], abs=0.004)
    assert float(states.body_ang_vel[:, 0, 2].mean()) == pytest.approx(walk.command[2], abs=1e-3)
    assert report.odometry[0] == pytest.approx(walk.command[0], abs=0.01)


def test_all_references_meet_the_limits_of_quality(references, microduck):
    assert len(references.motions) >= 7 * 5 * 7
    assert references.rejected == ()
    for walk in references.motions[::6]:
        motion, report = motion_from_polynomial(walk, microduck, fps=50, cycles=3)
        quality = measure_motion(motion, states_from_motion(motion))
        assert quality.foot_slide_mean < 0.02, walk.name
        assert quality.penetration_max < 0.005, walk.name
        assert quality.limit_excess_max < 1e-4, walk.name
        assert quality.jump_frames == 0, walk.name
        assert report.limit_excess_max == 0.0, walk.name
        assert report.closure_rms == 0.0, walk.name
        assert report.velocity_correlation > 0.999, walk.name


def test_the_boundary_of_the_period_is_as_smooth_as_the_rest(references, microduck):
    motion, _ = motion_from_polynomial(of(references, "0.06_0.03_-0.9"), microduck, cycles=3)
    frames = motion.num_frames // 3
    for track in (motion.dof_pos, motion.root_pos):
        bend = track.diff(n=2, dim=0).norm(dim=-1)  # the same whatever the yaw of the period
        interior = bend[2 : frames - 4].max()
        assert float(bend[frames - 4 : frames + 2].max()) < 1.3 * float(interior)
        torch.testing.assert_close(bend[:frames], bend[frames : 2 * frames], atol=2e-5, rtol=1e-2)


def test_standing_stands_still(references, microduck):
    motion, report = motion_from_polynomial(of(references, "0.0_0.0_0.0"), microduck, cycles=4)
    default = torch.as_tensor(microduck.default_dof_pos).float()
    torch.testing.assert_close(motion.dof_pos, default.expand_as(motion.dof_pos))
    assert float(motion.root_pos.std(dim=0).max()) < 1e-7
    assert float(motion.root_pos[0, 2]) == pytest.approx(microduck.default_root_height, abs=5e-4)
    assert report.stance_slip_max < 1e-9


def test_what_exceeds_a_limit_is_clipped_and_reported_by_joint(references, microduck):
    walk = of(references, "0.09_0.0_0.0")
    knee = microduck.dof_names.index("left_knee")
    limits = np.asarray(microduck.dof_limits).copy()
    limits[knee, 0] = -1.4
    strict = replace(microduck, dof_limits=limits)
    motion, report = motion_from_polynomial(walk, strict)
    assert set(report.limit_excess_by_dof) == {"left_knee"}
    assert report.limit_excess_max > 0.1
    assert float(motion.dof_pos[:, knee].min()) == pytest.approx(-1.4)
    assert any("clipped by up to" in step for step in motion.provenance.steps)


def test_provenance_says_what_was_done(references, microduck):
    motion, _ = motion_from_polynomial(
        of(references, "0.09_0.0_0.0"), microduck, cycles=2, source="f.pkl:x", source_sha256="ab"
    )
    assert motion.provenance.command == (0.09, 0.0, 0.0)
    assert motion.provenance.source == "f.pkl:x"
    assert any("true period 0.5 s kept, 2 cycles" in step for step in motion.provenance.steps)


def test_slips_of_the_caller(references, microduck, g1):
    walk = of(references, "0.09_0.0_0.0")
    with pytest.raises(MotionError, match="cycles 0"):
        motion_from_polynomial(walk, microduck, cycles=0)
    with pytest.raises(MotionError, match="fps nan"):
        motion_from_polynomial(walk, microduck, fps=float("nan"))
    with pytest.raises(RobotError, match="14 joints, robot g1 has 29"):
        motion_from_polynomial(walk, g1)


def test_the_open_ducks_own_references(open_duck, test_data: Path):
    file = read_polynomials(test_data / "polynomial" / "open_duck_mini_v2.pkl", open_duck)
    reports, refused = [], []
    for walk in file.motions[::3]:
        try:
            reports.append(motion_from_polynomial(walk, open_duck)[1])
        except MotionError as error:
            refused.append(str(error))
    pitch = np.degrees(np.mean([report.base_pitch for report in reports]))
    assert pitch == pytest.approx(-4.0, abs=0.2)
    slips = np.array([report.stance_slip_mean for report in reports])
    assert np.quantile(slips, 0.95) < 0.09
    # knees beyond their limits, cycles that do not close, velocities of another fit
    assert 0.25 < np.median([report.limit_excess_max for report in reports]) < 0.45
    assert 0.05 < np.median([report.closure_gap for report in reports]) < 0.12
    assert max(report.closure_rms for report in reports) < 0.04
    assert max(report.velocity_correlation for report in reports) < 0.99
    turn = max(file.motions, key=lambda walk: (walk.command[2], -abs(walk.command[0])))
    _, report = motion_from_polynomial(turn, open_duck)
    assert report.odometry[2] == pytest.approx(turn.command[2], abs=0.35)


def test_a_leg_that_flips_within_the_period_is_refused(open_duck, test_data: Path):
    file = read_polynomials(test_data / "polynomial" / "open_duck_mini_v2.pkl", open_duck)
    broken = file.selected(["0.222_-0.111_-1.111"])[0]
    with pytest.raises(MotionError, match="expected a walking cycle"):
        motion_from_polynomial(broken, open_duck)
