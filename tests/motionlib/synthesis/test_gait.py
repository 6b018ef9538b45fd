from dataclasses import replace

import numpy as np
import pytest

from motionlib.errors import MotionError, RobotError
from motionlib.files import data_folder
from motionlib.formats.polynomial import read_polynomials, save_polynomials
from motionlib.motion import states_from_motion
from motionlib.quality import measure_motion
from motionlib.synthesis.gait import default_shape, synthesize_references, synthesize_walks
from motionlib.walking.cycles import motion_from_polynomial


def measures(robot, walks):
    for walk in walks:
        motion, report = motion_from_polynomial(walk, robot, fps=50, cycles=3)
        yield walk, report, measure_motion(motion, states_from_motion(motion))


def test_microduck_extremes_walk_cleanly(microduck):
    commands = [(x, y, w) for x in (-0.09, 0.09) for y in (-0.06, 0.06) for w in (-0.9, 0.9)]
    walks, missed = synthesize_walks(microduck, commands)
    assert missed == []
    for walk, report, quality in measures(microduck, walks):
        assert quality.foot_slide_mean < 0.02, walk.name
        assert quality.penetration_max < 0.005, walk.name
        assert quality.limit_excess_max < 1e-4, walk.name
        assert quality.jump_frames == 0, walk.name
        assert report.base_pitch == pytest.approx(0.0, abs=0.02)
        lift = default_shape(microduck).lift
        assert min(report.foot_lift) == pytest.approx(lift, rel=0.1)


def test_g1_walks_too(g1):
    walks, missed = synthesize_references(
        g1, dx=(-0.3, 0.0, 0.4), dy=(0.0, 0.15), dtheta=(0.0, 0.5)
    )
    assert missed == []
    for walk, report, quality in measures(g1, walks):
        assert quality.foot_slide_mean < 0.02, walk.name
        assert quality.penetration_max < 0.005, walk.name
        assert quality.limit_excess_max < 1e-4, walk.name
        # six dofs keep the soles flat, but for what the polynomials cost
        assert report.sole_tilt_max < 0.01, walk.name


def test_mirrored_commands_give_mirrored_walks(microduck):
    left, right = synthesize_walks(microduck, [(0.06, 0.03, 0.5), (0.06, -0.03, -0.5)])[0]
    phases = np.arange(100) / 100
    powers = np.arange(left.dof_pos.shape[1])[:, None]
    ours, other = left.dof_pos @ phases**powers, right.dof_pos @ ((phases + 0.5) % 1.0) ** powers
    for name in ("hip_yaw", "hip_roll", "hip_pitch", "knee", "ankle"):
        a = ours[microduck.dof_names.index(f"left_{name}")]
        b = other[microduck.dof_names.index(f"right_{name}")]
        np.testing.assert_allclose(a, -b, atol=0.04, err_msg=name)


def test_the_zero_command_stands_in_the_default_pose(microduck):
    (standing,), _ = synthesize_references(microduck, dx=(0.0,), dy=(-0.0,), dtheta=(0.0,))
    assert standing.name == "0.0_0.0_0.0"
    np.testing.assert_allclose(standing.dof_pos[:, 0], microduck.default_dof_pos, atol=1e-12)
    np.testing.assert_allclose(standing.dof_pos[:, 1:], 0.0, atol=1e-9)


def test_commands_out_of_reach_are_named_and_stop_no_other(microduck):
    walks, missed = synthesize_walks(microduck, [(0.1, 0.0, 0.0), (0.8, 0.0, 0.0)])
    assert [walk.name for walk in walks] == ["0.1_0.0_0.0"]
    assert missed[0].command == (0.8, 0.0, 0.0)
    assert "misses its place by" in missed[0].reason


def test_motions_do_exactly_what_their_names_say(microduck):
    (walk,), _ = synthesize_references(microduck, dx=(0.1,), dy=(0.0,), dtheta=(1.0 / 3.0,))
    assert walk.name == "0.1_0.0_0.3333"
    assert walk.command == (0.1, 0.0, 0.3333)


def test_the_committed_references_are_what_the_code_makes(microduck, tmp_path):
    path = data_folder() / "motions" / "microduck" / "reference_motions.pkl"
    stored = read_polynomials(path, microduck)
    assert path.stat().st_size < 3_000_000
    chosen = stored.motions[:: len(stored.motions) // 9]
    made, _ = synthesize_walks(microduck, [walk.command for walk in chosen])
    phases = np.arange(64) / 64
    for old, new in zip(chosen, made, strict=True):
        powers = phases ** np.arange(16)[:, None]
        np.testing.assert_allclose(old.dof_pos @ powers, new.dof_pos @ powers, atol=1e-5)
    first, second = tmp_path / "a.pkl", tmp_path / "b.pkl"
    save_polynomials(first, made, microduck)
    save_polynomials(second, synthesize_walks(microduck, [w.command for w in chosen])[0], microduck)
    assert first.read_bytes() == second.read_bytes()


def test_robots_that_cannot_walk_are_refused(microduck):
    one_leg = replace(microduck, foot_bodies=microduck.foot_bodies[:1], soles=microduck.soles[:1])
    with pytest.raises(RobotError, match="has 1 feet, expected two"):
        default_shape(one_leg)
    swapped = replace(microduck, foot_bodies=microduck.foot_bodies[::-1])
    with pytest.raises(RobotError, match="left foot first"):
        default_shape(swapped)
    tiptoe = microduck.default_dof_pos.copy()
    tiptoe[microduck.dof_names.index("left_ankle")] += 0.6
    with pytest.raises(RobotError, match=r"tilted by 0\.60 rad"):
        default_shape(replace(microduck, default_dof_pos=tiptoe))
    with pytest.raises(MotionError, match="finite"):
        synthesize_walks(microduck, [(float("nan"), 0.0, 0.0)])
