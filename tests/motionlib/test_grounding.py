"""Vertical placement of clips."""

import torch

from motionlib.contacts import sole_heights
from motionlib.grounding import shifted_to_floor
from motionlib.motion import states_from_motion


def test_lowest_sole_touches_the_ground_and_velocities_stay(microduck, make_motion):
    before = make_motion(microduck)
    after = shifted_to_floor(before)
    old, new = states_from_motion(before), states_from_motion(after)
    heights = sole_heights(microduck, new.body_pos, new.body_quat_wxyz)
    assert abs(float(heights.min())) < 1e-6
    assert torch.allclose(old.body_lin_vel, new.body_lin_vel, atol=1e-4)
    assert torch.equal(before.root_pos[:, :2], after.root_pos[:, :2])
    assert "lowest sole corner" in after.provenance.steps[-1]
