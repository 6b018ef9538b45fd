"""Velocities of packaged libraries made anew, and the clip that tells their rule."""

import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.formats.protomotions.frames import MappedFrames
from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.formats.protomotions.velocities import renewed, telling_clip, velocities_anew
from motionlib.library import library_from_motions
from motionlib.motion import states_from_motion
from motionlib.robots.files import load_robot


def test_renewed_velocities_are_those_of_the_rule(make_motion):
    motion = make_motion(load_robot("smpl"))
    central = states_from_motion(motion)
    other = renewed(central, motion.robot, motion.fps, "forward_min3")
    direct = states_from_motion(motion, velocity_rule="forward_min3")
    assert torch.equal(other.dof_pos, central.dof_pos)
    torch.testing.assert_close(other.dof_vel, direct.dof_vel, atol=2e-4, rtol=0)
    near = (other.body_lin_vel - direct.body_lin_vel).norm(dim=-1) < 1e-3
    assert near.float().mean() > 0.98


def test_tensors_made_anew_fill_every_clip(tmp_path, g1, make_motion):
    motions = [make_motion(g1, frames=n, name=str(n)) for n in (1, 20)]
    lib = library_from_motions(motions, velocity_rule="central")
    save_motion_lib(tmp_path / "x.pt", lib, layout="protomotions", velocity_rule="central")
    content, bodies = load_torch_dict(tmp_path / "x.pt"), body_layout(g1, "protomotions")
    clips = [slice(0, 1), slice(1, 21)]
    made = velocities_anew(
        content, MappedFrames(content, g1, bodies), g1, bodies, clips, [50.0, 50.0]
    )
    source = MappedFrames({**content, **made}, g1, bodies)
    for clip in clips:
        expected = renewed(lib.frames(clip), g1, 50.0, "forward_min3")
        assert torch.equal(source.frames(clip).body_ang_vel, expected.body_ang_vel)
        assert torch.equal(source.frames(clip).dof_vel, expected.dof_vel)


def test_the_longest_clip_that_moves_tells():
    lin_vel = torch.zeros(60, 2, 3)
    lin_vel[35, 1, 2] = -0.2
    clips = [slice(0, 30), slice(30, 40), slice(40, 60)]
    assert telling_clip(lin_vel, clips) == 1
    assert telling_clip(torch.zeros(60, 2, 3), clips) == 0
