"""Blended transitions are smooth, stay within limits and move nothing but the placing of clips."""

from dataclasses import replace

import pytest
import torch

from motionlib.contacts import sole_heights
from motionlib.errors import MotionError
from motionlib.formats.beyondmimic import load_npz, save_npz
from motionlib.kinematics import local_quats
from motionlib.motion import states_from_motion
from motionlib.rotations import quat_angle, quat_from_euler_xyz, quat_mul
from motionlib.walking.transitions import chain_with_transitions, is_transition


@pytest.fixture
def clips(microduck, make_motion):
    """The same clip twice, the second elsewhere and turned by two radians."""
    first = make_motion(microduck, frames=40, name="a")
    turn = quat_from_euler_xyz(*torch.tensor([0.0, 0.0, 2.0]))
    second = replace(
        first,
        name="b",
        root_pos=first.root_pos + torch.tensor([5.0, -3.0, 0.01]),
        root_quat_wxyz=quat_mul(turn.expand(40, 4), first.root_quat_wxyz),
    )
    return [first, second]


def test_sequence_is_continuous_in_pose_and_velocity(clips):
    chain = chain_with_transitions(clips, 0.5)
    assert [m.num_frames for m in chain] == [40, 24, 40]
    positions = torch.cat([m.root_pos for m in chain]).double()
    quats = torch.cat([m.root_quat_wxyz for m in chain]).double()
    dofs = torch.cat([m.dof_pos for m in chain]).double()
    inside = {
        "root": clips[0].root_pos.diff(dim=0).norm(dim=-1).max(),
        "dof": clips[0].dof_pos.diff(dim=0).abs().max(),
        "turn": quat_angle(clips[0].root_quat_wxyz[1:], clips[0].root_quat_wxyz[:-1]).max(),
    }
    assert positions.diff(dim=0).norm(dim=-1).max() < 2.0 * inside["root"]
    assert dofs.diff(dim=0).abs().max() < 2.5 * inside["dof"]
    assert quat_angle(quats[1:], quats[:-1]).max() < 2.0 * inside["turn"]
    assert dofs.diff(n=2, dim=0).abs().max() < 3.0 * inside["dof"]


def test_clips_are_only_placed_anew(clips):
    first, _, second = chain_with_transitions(clips, 0.5)
    assert first is clips[0]
    assert torch.equal(second.dof_pos, clips[1].dof_pos)
    assert torch.equal(second.root_pos[:, 2], clips[1].root_pos[:, 2])
    before, after = states_from_motion(clips[1]), states_from_motion(second)
    speed = [s.body_lin_vel.norm(dim=-1) for s in (before, after)]
    assert torch.allclose(speed[0], speed[1], atol=2e-3)
    assert torch.allclose(before.body_pos[..., 2], after.body_pos[..., 2], atol=1e-5)
    assert "follow a blended transition" in second.provenance.steps[-1]


def test_transition_is_labelled_and_keeps_joint_limits(microduck, clips):
    limits = torch.as_tensor(microduck.dof_limits).float()
    at_limit = replace(clips[1], dof_pos=limits[:, 1].expand(40, -1).clone())
    transition = chain_with_transitions([clips[0], at_limit], 0.5)[1]
    assert is_transition(transition.name)
    assert not is_transition("a")
    assert (transition.dof_pos <= limits[:, 1]).all()
    assert (transition.dof_pos >= limits[:, 0]).all()
    assert "blended over 0.5 s" in transition.provenance.steps[0]


def on_lowest_corner(clip):
    """The clip with its lowest sole corner on the ground."""
    states = states_from_motion(clip)
    lowest = sole_heights(clip.robot, states.body_pos, states.body_quat_wxyz).min()
    return replace(clip, root_pos=clip.root_pos - torch.tensor([0.0, 0.0, float(lowest)]))


def test_soles_stay_above_the_ground(microduck, clips):
    grounded = [on_lowest_corner(clip) for clip in clips]
    bent = grounded[1].dof_pos.flip(0).contiguous()
    grounded[1] = on_lowest_corner(replace(grounded[1], dof_pos=bent))
    states = states_from_motion(chain_with_transitions(grounded, 0.5)[1])
    assert sole_heights(microduck, states.body_pos, states.body_quat_wxyz).min() > -1e-6


def test_file_keeps_the_labels(tmp_path, microduck, clips):
    save_npz(tmp_path / "x.npz", chain_with_transitions(clips, 0.5))
    names = [motion.name for motion in load_npz(tmp_path / "x.npz", microduck)]
    assert names == ["a", "transition:001:a>b", "b"]


def test_one_frame_clips_can_be_blended(microduck, make_motion):
    stills = [make_motion(microduck, frames=1, name=name) for name in "ab"]
    assert [m.num_frames for m in chain_with_transitions(stills, 0.1)] == [1, 4, 1]


def test_impossible_blends_are_refused(clips):
    with pytest.raises(MotionError, match=r"shorter than two frames.*at least 0\.04 s"):
        chain_with_transitions(clips, 0.02)
    with pytest.raises(MotionError, match="a has 50 fps, b 30"):
        chain_with_transitions([clips[0], replace(clips[1], fps=30.0)], 0.5)


def test_rotation_vectors_take_the_short_way_past_half_a_turn(smpl, make_motion):
    """One clip ends just before half a turn of a joint, the next begins just after it."""
    still = make_motion(smpl, frames=10, name="a")
    ends = []
    for name, angle in (("a", 3.1), ("b", -3.1)):
        dof_pos = torch.zeros(10, smpl.num_dofs)
        dof_pos[:, 0] = angle
        ends.append(replace(still, name=name, dof_pos=dof_pos))
    chain = chain_with_transitions(ends, 0.5)
    quats = local_quats(torch.cat([m.dof_pos for m in chain]))
    assert float(quat_angle(quats[1:], quats[:-1]).max()) < 0.02
    assert max(float(m.dof_pos.norm(dim=-1).max()) for m in chain) <= torch.pi + 1e-5
