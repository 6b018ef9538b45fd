import dataclasses

import pytest
import torch

from motionlib.motion import STATE_FIELDS, states_from_motion
from motionlib.velocities import VELOCITY_RULES
from retarget.states import clip_states


@pytest.mark.parametrize("rule", VELOCITY_RULES)
@pytest.mark.parametrize("robot", ["g1", "microduck", "smpl"])
def test_they_are_those_of_the_slow_way(request, make_motion, robot, rule):
    motion = make_motion(request.getfixturevalue(robot), frames=7)
    labels = torch.arange(14).reshape(7, 2) % 3 == 0
    for clip in (
        motion,
        dataclasses.replace(motion, foot_contact=labels),
        dataclasses.replace(
            motion,
            root_pos=motion.root_pos[:1],
            root_quat_wxyz=motion.root_quat_wxyz[:1],
            dof_pos=motion.dof_pos[:1],
        ),
    ):
        slow = states_from_motion(clip, velocity_rule=rule)
        fast = clip_states(clip, velocity_rule=rule)
        for name in STATE_FIELDS:
            torch.testing.assert_close(
                getattr(fast, name), getattr(slow, name), atol=2e-5, rtol=1e-5, msg=name
            )
