"""Depths against MuJoCo's own distances between the same shapes."""

import mujoco
import numpy as np
import pytest

from motionlib.human.collision_capsules import robot_capsules
from motionlib.human.conversion import convert_clip
from motionlib.human.self_penetration import DEEP, measure_self_penetration
from motionlib.human.settings import HumanSettings
from motionlib.human.states import human_states


def depths_by_mujoco(robot, states, frames):
    """Of every pair that we look at, both as capsules in a model of nothing else."""
    shapes = robot_capsules(robot)
    spec = mujoco.MjSpec()
    for number, (ends, radius) in enumerate(zip(shapes.ends, shapes.radii, strict=True)):
        body = spec.worldbody.add_body(name=f"b{number}", mocap=True)
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=ends.ravel(), size=[radius, 0.0, 0.0]
        )
    model = spec.compile()
    data, out = mujoco.MjData(model), []
    for frame in frames:
        data.mocap_pos[:] = states.body_pos[frame].numpy()[shapes.bodies]
        data.mocap_quat[:] = states.body_quat_wxyz[frame].numpy()[shapes.bodies]
        mujoco.mj_forward(model, data)
        gaps = [mujoco.mj_geomDistance(model, data, a, b, 1.0, None) for a, b in shapes.pairs]
        out.append(max(0.0, -min(gaps)))
    return np.array(out)


def test_depths_are_those_of_mujoco(smpl, make_clip):
    settings = HumanSettings(self_penetration=False)
    motion = convert_clip(make_clip(smpl, frames=241, size=1.3), smpl, settings)
    states = human_states(motion, smpl, settings)
    wanted = depths_by_mujoco(smpl, states, range(motion.num_frames))
    arrays = [states.body_pos.double().numpy(), states.body_quat_wxyz.double().numpy()]
    for frame, depth in enumerate(wanted):
        one = measure_self_penetration(smpl, *[a[frame : frame + 1] for a in arrays])
        assert one[0] == pytest.approx(depth, abs=2e-5)
    deepest, frame, deep_frames = measure_self_penetration(smpl, *arrays)
    assert deepest == pytest.approx(wanted.max(), abs=2e-5)
    assert deepest > DEEP
    assert wanted[frame] == pytest.approx(deepest, abs=2e-5)
    assert deep_frames == (wanted > DEEP).sum()


def test_a_hand_in_the_pelvis_is_seen_and_the_rest_pose_is_clean(smpl, make_clip):
    clip = make_clip(smpl, frames=90, fps=30.0, size=0.0)
    assert convert_clip(clip, smpl, HumanSettings()).measures["self_penetration_max"] == 0.0
    # the left arm down and inwards, straight: the hand ends in the pelvis
    clip.rotvec[40:50, clip.columns[15]] = [-1.9, 0.0, 0.0]
    found = convert_clip(clip, smpl, HumanSettings()).measures
    assert found["self_penetration_max"] > DEEP
    assert 40 <= found["self_penetration_max_frame"] < 50
    assert found["self_penetration_frames"] == 10


def test_measures_are_left_out_when_not_asked_for(smpl, make_clip):
    found = convert_clip(make_clip(smpl), smpl, HumanSettings(self_penetration=False)).measures
    assert not any(name.startswith("self_penetration") for name in found)
