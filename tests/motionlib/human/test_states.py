"""Compiled states against those of `states_from_motion`."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.human.as_motion import as_motion
from motionlib.human.conversion import HumanMotion, convert_clip
from motionlib.human.settings import ContactRule, HumanSettings
from motionlib.human.states import human_states
from motionlib.motion import Motion, Provenance, states_from_motion
from motionlib.rules import VELOCITY_RULES


def motion_of(converted: HumanMotion, robot) -> Motion:
    return as_motion(converted, robot, name="sway", provenance=Provenance(source="made here"))


@pytest.mark.parametrize("rule", VELOCITY_RULES)
@pytest.mark.parametrize("frames", [1, 5, 9, 13, 401])
def test_states_are_those_of_torch(smpl, make_clip, rule, frames):
    settings = HumanSettings(velocity_rule=rule, self_penetration=False)
    converted = convert_clip(make_clip(smpl, frames=frames, size=1.5), smpl, settings)
    ours = human_states(converted, smpl, settings)
    wanted = states_from_motion(motion_of(converted, smpl), velocity_rule=rule)
    for name in ("dof_pos", "body_pos", "body_quat_wxyz"):
        assert (getattr(ours, name) - getattr(wanted, name)).abs().max() < 1e-6, name
    for name in ("dof_vel", "body_lin_vel", "body_ang_vel"):
        assert (getattr(ours, name) - getattr(wanted, name)).abs().max() < 4e-6, name
    assert torch.equal(ours.body_contact, wanted.body_contact)


def test_fingers_move_too(smplx, make_clip):
    settings = HumanSettings(self_penetration=False)
    converted = convert_clip(make_clip(smplx), smplx, settings)
    ours = human_states(converted, smplx, settings)
    wanted = states_from_motion(motion_of(converted, smplx), velocity_rule="forward_min3")
    finger = smplx.body_names.index("R_Thumb3")
    assert ours.dof_vel[:, 3 * finger - 3 : 3 * finger].abs().max() > 0.1
    assert (ours.body_pos - wanted.body_pos).abs().max() < 1e-6
    assert (ours.dof_vel - wanted.dof_vel).abs().max() < 4e-6


def test_offsets_that_are_turned_are_handled(smpl, make_clip):
    quats = np.random.default_rng(0).normal(size=(smpl.num_bodies, 4))
    quats[0] = [1.0, 0.0, 0.0, 0.0]
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    robot = replace(smpl, body_offset_quat_wxyz=quats)
    settings = HumanSettings(self_penetration=False)
    straight = convert_clip(make_clip(smpl), smpl, settings)
    converted = convert_clip(make_clip(robot), robot, settings)
    ours = human_states(converted, robot, settings)
    # the recording says where bodies point, whatever a dof of zero is
    assert (ours.body_pos - human_states(straight, smpl, settings).body_pos).abs().max() < 2e-6
    wanted = states_from_motion(motion_of(converted, robot), velocity_rule="forward_min3")
    assert (ours.body_pos - wanted.body_pos).abs().max() < 1e-6
    assert (ours.dof_vel - wanted.dof_vel).abs().max() < 4e-6


def test_contact_groups_have_their_own_limits(smpl, make_clip):
    rules = {"*_Toe": ContactRule(speed=99.0, height=99.0), "L_*": ContactRule(speed=0.0)}
    settings = HumanSettings(contacts_of=rules, self_penetration=False)
    converted = convert_clip(make_clip(smpl), smpl, settings)
    contact = human_states(converted, smpl, settings).body_contact
    toes = [name.endswith("_Toe") for name in smpl.body_names]
    assert contact[:, toes].all()
    left = [n.startswith("L_") and not n.endswith("_Toe") for n in smpl.body_names]
    assert not contact[:, left].any()
    assert converted.measures["contact_share"] == pytest.approx(float(contact.float().mean()))
