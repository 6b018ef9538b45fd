"""How far robots are from a reference: bodies in the world, or against targets moved to them.

Linear measures are named as BeyondMimic logs them, `error_...`; squares are what its rewards weigh.
"""

from torch import Tensor

from training.envs.geometry import (
    length,
    relative_targets,
    rotation_distance,
    up_angle,
    up_component,
)
from training.envs.measures.base import measure
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot


def reference(now: Moment) -> Snapshot:
    """What the goal asks robots to be.

    Raises:
        ValueError: The command asks for something else than a pose.
    """
    found = getattr(now.goal, "reference", None)
    if not isinstance(found, Snapshot):
        raise ValueError(
            f"a measure of tracking needs a reference, {type(now.goal).__name__} has none; choose "
            "measures of what this command asks"
        )
    return found


def has_reference(now: Moment) -> bool:
    """Whether the goal asks for a pose."""
    return isinstance(getattr(now.goal, "reference", None), Snapshot)


def away(now: Moment) -> Tensor:
    """(E, N, 3) m from every selected body to its reference, world."""
    return reference(now).bodies.pos - now.robot.bodies.pos


def heights_away(now: Moment) -> Tensor:
    """(E, N) m, |height error| of every selected body."""
    return now.of(away)[..., 2].abs()


def relative(now: Moment) -> tuple[Tensor, Tensor]:
    """The reference moved to where the robot is, see `relative_targets`."""
    return relative_targets(reference(now).bodies, now.robot.bodies, anchor=now.facts.anchor)


def body_distances(now: Moment) -> Tensor:
    """(E, K) m of tracked bodies against relative targets."""
    apart = length(now.of(relative)[0] - now.robot.bodies.pos)
    return apart[:, : now.facts.num_tracked]


def body_angles(now: Moment) -> Tensor:
    """(E, K) rad of tracked bodies against relative targets."""
    turned = rotation_distance(now.of(relative)[1], now.robot.bodies.quat_wxyz)
    return turned[:, : now.facts.num_tracked]


def lin_vel_distances(now: Moment) -> Tensor:
    """(E, N) m/s of selected bodies, world."""
    return length(reference(now).bodies.lin_vel - now.robot.bodies.lin_vel)


def ang_vel_distances(now: Moment) -> Tensor:
    """(E, N) rad/s of selected bodies, world."""
    return length(reference(now).bodies.ang_vel - now.robot.bodies.ang_vel)


@measure(unit="m")
def error_anchor_pos(now: Moment) -> Tensor:
    """Distance of the anchor from its reference, world.

    Does not see the pose: limbs may be anywhere.
    """
    return length(now.of(away)[:, now.facts.anchor])


@measure(unit="rad")
def error_anchor_rot(now: Moment) -> Tensor:
    """Angle between the anchor and its reference, heading included.

    Does not see about which axis: a heading drift and a topple of the same angle are the same.
    """
    anchor = now.facts.anchor
    own, wanted = now.robot.bodies.quat_wxyz, reference(now).bodies.quat_wxyz
    return rotation_distance(wanted[:, anchor], own[:, anchor])


@measure(unit="m/s")
def error_anchor_lin_vel(now: Moment) -> Tensor:
    """Difference of the anchor's velocity from its reference's, world.

    Does not see position: a robot far behind at the right speed has none.
    """
    return now.of(lin_vel_distances)[:, now.facts.anchor]


@measure(unit="rad/s")
def error_anchor_ang_vel(now: Moment) -> Tensor:
    """Difference of the anchor's angular velocity from its reference's, world.

    Does not see orientation.
    """
    return now.of(ang_vel_distances)[:, now.facts.anchor]


@measure(unit="m")
def error_body_pos(now: Moment) -> Tensor:
    """Mean over tracked bodies of the distance to relative targets.

    Does not see where the robot is, nor its heading: targets are moved there.
    """
    return now.of(body_distances).mean(-1)


@measure(unit="rad")
def error_body_rot(now: Moment) -> Tensor:
    """Mean over tracked bodies of the angle to relative targets.

    Does not see the robot's heading.
    """
    return now.of(body_angles).mean(-1)


@measure(unit="m/s")
def error_body_lin_vel(now: Moment) -> Tensor:
    """Mean over tracked bodies of the difference of velocities, world.

    Does not see position: a robot that fell beside a standing reference soon has none.
    """
    return now.of(lin_vel_distances)[:, : now.facts.num_tracked].mean(-1)


@measure(unit="rad/s")
def error_body_ang_vel(now: Moment) -> Tensor:
    """Mean over tracked bodies of the difference of angular velocities, world.

    Does not see orientation.
    """
    return now.of(ang_vel_distances)[:, : now.facts.num_tracked].mean(-1)


@measure(unit="m²")
def anchor_pos_sq(now: Moment) -> Tensor:
    """Square of the anchor's distance from its reference, world.

    Does not see the pose.
    """
    return now.of(error_anchor_pos).square()


@measure(unit="rad²")
def anchor_ori_sq(now: Moment) -> Tensor:
    """Square of the anchor's angle to its reference.

    Does not see about which axis.
    """
    return now.of(error_anchor_rot).square()


@measure(unit="m²")
def body_pos_sq(now: Moment) -> Tensor:
    """Mean over tracked bodies of the squared distance to relative targets.

    Does not see where the robot is, nor its heading.
    """
    return now.of(body_distances).square().mean(-1)


@measure(unit="rad²")
def body_ori_sq(now: Moment) -> Tensor:
    """Mean over tracked bodies of the squared angle to relative targets.

    Does not see the robot's heading.
    """
    return now.of(body_angles).square().mean(-1)


@measure(unit="m²/s²")
def body_lin_vel_sq(now: Moment) -> Tensor:
    """Mean over tracked bodies of the squared difference of velocities, world.

    Does not see position.
    """
    return now.of(lin_vel_distances)[:, : now.facts.num_tracked].square().mean(-1)


@measure(unit="rad²/s²")
def body_ang_vel_sq(now: Moment) -> Tensor:
    """Mean over tracked bodies of the squared difference of angular velocities, world.

    Does not see orientation.
    """
    return now.of(ang_vel_distances)[:, : now.facts.num_tracked].square().mean(-1)


@measure(unit="m")
def anchor_height(now: Moment) -> Tensor:
    """|height error| of the anchor.

    Does not see where it is horizontally: a robot left behind at the right height has none.
    """
    return now.of(heights_away)[:, now.facts.anchor]


@measure(unit="m")
def end_height(now: Moment) -> Tensor:
    """Largest |height error| of the end bodies, 0 without any.

    Does not see where they are horizontally.
    """
    ends = now.facts.ends
    heights = now.of(heights_away)
    return heights[:, ends].amax(-1) if len(ends) else heights.new_zeros(len(heights))


@measure(unit="m")
def anchor_distance(now: Moment) -> Tensor:
    """Horizontal error of the anchor.

    Does not see height.
    """
    return length(now.of(away)[:, now.facts.anchor, :2])


@measure(unit="1")
def anchor_tilt(now: Moment) -> Tensor:
    """|difference of gravity's z in the anchor's and its reference's frame|, 0 to 2.

    Does not see heading, nor to which side: two leans of the same size have none.
    """
    anchor = now.facts.anchor
    own, wanted = now.robot.bodies.quat_wxyz, reference(now).bodies.quat_wxyz
    return (up_component(wanted[:, anchor]) - up_component(own[:, anchor])).abs()


@measure(unit="rad")
def anchor_lean(now: Moment) -> Tensor:
    """Angle between the world's up as seen from the anchor and from its reference.

    Does not see heading: turning about the vertical is no lean.
    """
    anchor = now.facts.anchor
    own, wanted = now.robot.bodies.quat_wxyz, reference(now).bodies.quat_wxyz
    return up_angle(own[:, anchor], wanted[:, anchor])


@measure(unit="m")
def anchor_drop(now: Moment) -> Tensor:
    """Depth of the anchor under its reference, negative above it.

    Does not see where it is horizontally, nor a lean.
    """
    return now.of(away)[:, now.facts.anchor, 2]


@measure(unit="m")
def world_body_pos(now: Moment) -> Tensor:
    """Mean over tracked bodies of the distance to the reference, world.

    Does not see which body is wrong, nor whether the pose is right in the wrong place: a robot that
    walks perfectly half a metre to the side has half a metre.
    """
    return length(now.of(away)[:, : now.facts.num_tracked]).mean(-1)


@measure(unit="rad")
def world_body_rot(now: Moment) -> Tensor:
    """Mean over tracked bodies of the angle to the reference, world.

    Does not see about which axis.
    """
    tracked = slice(now.facts.num_tracked)
    own, wanted = now.robot.bodies.quat_wxyz, reference(now).bodies.quat_wxyz
    return rotation_distance(wanted[:, tracked], own[:, tracked]).mean(-1)


@measure(unit="m")
def error_root_pos(now: Moment) -> Tensor:
    """Distance of the root from its reference, world.

    Does not see the pose.
    """
    return length(now.of(away)[:, 0])


@measure(unit="rad")
def error_root_rot(now: Moment) -> Tensor:
    """Angle between the root and its reference, heading included.

    Does not see about which axis.
    """
    return rotation_distance(
        reference(now).bodies.quat_wxyz[:, 0], now.robot.bodies.quat_wxyz[:, 0]
    )
