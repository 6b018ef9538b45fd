"""What is impossible is refused, what is doubtful is told, what is sound is left alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError
from motionlib.formats.beyondmimic import load_npz, load_npz_library, save_npz
from motionlib.library import library_from_motions
from motionlib.plausibility import (
    DOUBTFUL,
    IMPOSSIBLE,
    doubts_of,
    library_findings,
    measured,
    plausible,
    rate_step,
)
from motionlib.rotations import quat_from_euler_xyz, quat_mul
from motionlib.velocities import dof_velocity


def swinging(make_motion, robot):
    """Half a second of joints that swing about the default pose, at walking speed."""
    motion = make_motion(robot)
    t = torch.arange(motion.num_frames) / motion.fps
    swing = 0.2 * torch.sin(6.0 * t)[:, None]
    root_pos = torch.stack((1.2 * t, 0.0 * t, 0.0 * t + robot.default_root_height), 1)
    dof_pos = torch.as_tensor(robot.default_dof_pos).float() + swing
    return replace(motion, root_pos=root_pos, dof_pos=dof_pos)


def test_a_sound_motion_is_left_alone(g1, make_motion):
    motion = swinging(make_motion, g1)
    rates = dof_velocity(g1, motion.dof_pos, motion.fps, "forward_min3")
    assert plausible(motion, "x", dof_vel=rates).provenance == motion.provenance
    assert doubts_of(motion) == ()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda m: replace(m, dof_pos=torch.rad2deg(m.dof_pos)), "limit_excess_median.*degrees"),
        (lambda m: replace(m, root_pos=m.root_pos * 100.0), "root_speed_held.*centimetres"),
        (lambda m: replace(m, root_pos=m.root_pos * 1000.0), "root_height_ratio.*millimetres"),
        (lambda m: replace(m, fps=m.fps * 200.0), "root_speed_held.*true --fps"),
    ],
)
def test_impossible_motions_are_refused_with_the_likely_cause(g1, make_motion, edit, message):
    with pytest.raises(MotionError, match=rf"f\.csv: cannot be a motion of g1: .*{message}"):
        plausible(edit(swinging(make_motion, g1)), "f.csv")


def test_what_is_accepted_is_doubtful(g1, make_motion):
    sound = swinging(make_motion, g1)
    motion = plausible(replace(sound, root_pos=sound.root_pos * 100.0), "x", accept=True)
    assert any("root_speed_held is 120 m/s" in each for each in doubts_of(motion))


def test_one_wild_frame_or_joint_is_no_matter_of_units(g1, make_motion):
    motion = swinging(make_motion, g1)
    motion.root_pos[10] += 3.0
    motion.dof_pos[10] += 50.0
    assert measured(motion)["root_speed_held"] < 8.0
    assert measured(motion)["limit_excess_median"] == 0.0


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (
            lambda m: replace(m, root_pos=m.root_pos + torch.tensor([0.0, 0.0, 1.2])),
            "sole_above_ground",
        ),
        (
            lambda m: replace(m, root_pos=m.root_pos - torch.tensor([0.0, 0.0, 0.5])),
            "sole_below_ground",
        ),
        (lambda m: replace(m, root_pos=m.root_pos * 8.0), "root_speed_held"),
        (lambda m: replace(m, dof_pos=m.dof_pos + 1.3 * (torch.arange(29) == 4)), "limit_excess"),
    ],
)
def test_doubts_are_told_by_name(g1, make_motion, edit, name):
    motion = plausible(edit(swinging(make_motion, g1)), "x")
    assert any(each.startswith(DOUBTFUL + name) for each in doubts_of(motion)), doubts_of(motion)


def test_a_world_that_lies_on_its_side_is_doubtful(g1, make_motion):
    motion = swinging(make_motion, g1)
    quarter = quat_from_euler_xyz(*torch.tensor([np.pi / 2, 0.0, 0.0], dtype=torch.float32))
    motion = replace(motion, root_quat_wxyz=quat_mul(quarter, motion.root_quat_wxyz))
    doubts = "".join(doubts_of(plausible(motion, "x", ground=False)))
    assert "root_tilt_median is 1.57 rad" in doubts
    assert "y axis is up" in doubts


def test_a_rate_that_contradicts_velocities(g1, make_motion):
    motion = swinging(make_motion, g1)
    rates = dof_velocity(g1, motion.dof_pos, motion.fps, "central")
    with pytest.raises(MotionError, match=r"rate_ratio is 1\.67.*wrong fps"):
        plausible(motion, "x", dof_vel=rates * 0.6)
    assert "rate_ratio" in doubts_of(plausible(motion, "x", dof_vel=rates * 1.15))[0]
    assert measured(motion, dof_vel=torch.zeros_like(rates))["rate_ratio"] == 1.0
    assert measured(motion, dof_vel=rates.flip(0))["rate_ratio"] == 1.0


def test_exponential_maps_and_single_frames_are_measured_where_they_can_be(smpl, make_motion):
    motion = make_motion(smpl, frames=1)
    assert measured(motion)["limit_excess_median"] == 0.0
    assert "root_speed_held" not in measured(motion)


def test_a_library_is_asked_as_its_motions_are(g1, make_motion):
    sound = swinging(make_motion, g1)
    under = replace(sound, name="under", root_pos=sound.root_pos - torch.tensor([0.0, 0.0, 0.3]))
    degrees = replace(sound, name="degrees", dof_pos=torch.rad2deg(sound.dof_pos))
    library = library_from_motions([sound, under, degrees])
    found = library_findings(library)
    assert sorted(found) == ["degrees", "under"]
    assert [each.gate for each in found["under"]] == ["sole_below_ground"]
    with pytest.raises(MotionError) as caught:
        plausible(degrees, "x")
    assert all(each.reason in str(caught.value) for each in found["degrees"] if each.impossible)
    assert sorted(library_findings(library, ground=False)) == ["degrees"]


def test_velocities_of_a_library_against_its_rate(g1, make_motion):
    library = library_from_motions([swinging(make_motion, g1)])
    assert library_findings(library) == {}
    slower = replace(library, fps=library.fps / 4.0)
    (found,) = library_findings(slower)["turn"]
    assert (found.gate, found.impossible) == ("rate_ratio", True)
    assert found.value == pytest.approx(4.0, rel=0.02)


@pytest.mark.parametrize(
    ("rate", "start"), [(50.0, None), (43.0, DOUBTFUL), (12.5, IMPOSSIBLE), (200.0, IMPOSSIBLE)]
)
def test_an_npz_whose_rate_contradicts_its_velocities_is_found_later(
    g1, make_motion, tmp_path, rate, start
):
    """Its reader makes velocities anew, and hands on what it saw."""
    save_npz(tmp_path / "m.npz", [swinging(make_motion, g1)])
    with np.load(tmp_path / "m.npz") as file:
        arrays = {**file, "fps": np.array([rate])}
    np.savez(tmp_path / "m.npz", **arrays)
    (motion,) = load_npz(tmp_path / "m.npz", g1)
    told = [step for step in motion.provenance.steps if "rate_ratio" in step]
    assert [step.startswith(start or "") for step in told] == [True] * (start is not None)
    found = library_findings(load_npz_library(tmp_path / "m.npz", g1)).get("turn", [])
    levels = [each.impossible for each in found if each.gate == "rate_ratio"]
    assert levels == [start == IMPOSSIBLE] * (start is not None)
    if start == IMPOSSIBLE:
        with pytest.raises(MotionError, match="rate_ratio"):
            plausible(motion, "x")
        accepted = plausible(motion, "x", accept=True)
        assert [each for each in doubts_of(accepted) if "rate_ratio" in each]
        assert IMPOSSIBLE not in "".join(accepted.provenance.steps)


def test_one_frame_has_no_rate(g1):
    assert rate_step(torch.zeros(1, 29), torch.ones(1, 29), 50.0) == ()
