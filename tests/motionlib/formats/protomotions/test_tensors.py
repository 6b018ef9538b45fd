"""Tensors of a packaged library."""

import torch

from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.tensors import clip_tensors, motion_tensors
from motionlib.motion import states_from_motion


def test_kept_velocities_are_untouched_and_markers_get_theirs(g1, make_motion):
    states = states_from_motion(make_motion(g1))
    layout = body_layout(g1, "protomotions")
    tensors = clip_tensors(states, g1, layout, 50.0, "central")
    native = list(layout.native)
    assert torch.equal(tensors["gvs"][:, native], states.body_lin_vel)
    head = layout.body_names.index("head")
    spin = torch.linalg.cross(
        states.body_ang_vel[:, 0], tensors["gts"][:, head] - states.body_pos[:, 0]
    )
    rigid = states.body_lin_vel[:, 0] + spin
    assert (tensors["gvs"][1:-1, head] - rigid[1:-1]).abs().max() < 0.01


def test_lengths_count_intervals():
    tables = motion_tensors([1, 51], [50.0, 50.0], [1.0, 0.5])
    assert tables["motion_lengths"].tolist() == [0.0, 1.0]
    assert tables["length_starts"].tolist() == [0, 1]
    assert tables["motion_weights"].tolist() == [1.0, 0.5]
