"""Marker bodies in their foreign places."""

from dataclasses import replace

import pytest
import torch

from motionlib.errors import RobotError
from motionlib.formats.protomotions.marker_layout import body_layout, layout_or_error
from motionlib.motion import states_from_motion
from motionlib.rotations import quat_apply


def test_g1_layout_is_protomotions_order(g1):
    layout = body_layout(g1, "protomotions")
    assert len(layout.body_names) == 33
    places = {0: "pelvis", 1: "head", 2: "left_hip_pitch_link", 16: "torso_link",
              23: "left_wrist_yaw_link", 24: "left_rubber_hand", 32: "right_rubber_hand"}  # fmt: skip
    assert {place: layout.body_names[place] for place in places} == places
    ours = tuple(layout.body_names[place] for place in layout.native)
    assert ours == g1.body_names


def test_markers_ride_on_their_carriers(g1, make_motion):
    states = states_from_motion(make_motion(g1))
    positions, quats = body_layout(g1, "protomotions").place(states.body_pos, states.body_quat_wxyz)
    offset = torch.tensor([0.12, 0.0, 0.0]).expand(40, 3)
    expected = positions[:, 31] + quat_apply(quats[:, 31], offset)
    assert torch.allclose(positions[:, 32], expected, atol=1e-6)
    assert torch.equal(quats[:, 32], quats[:, 31])


def test_native_layout_changes_nothing(microduck, make_motion):
    states = states_from_motion(make_motion(microduck))
    positions, _ = body_layout(microduck, "native").place(states.body_pos, states.body_quat_wxyz)
    assert torch.equal(positions, states.body_pos)


def test_layout_is_told_by_its_counts(g1):
    assert layout_or_error(g1, 33, 29, "x").name == "protomotions"
    assert layout_or_error(g1, 30, 29, "x").name == "native"
    with pytest.raises(RobotError, match="x: has 24 bodies and 69 dofs; g1 has 30 or 33 and 29"):
        layout_or_error(g1, 24, 69, "x")


def test_marker_without_a_place_is_refused(g1):
    lost = replace(g1.marker_bodies[0], after="nowhere")
    with pytest.raises(RobotError, match="'nowhere'"):
        body_layout(replace(g1, marker_bodies=(lost,)), "protomotions")
