"""Numbers of one instant that other projects' definitions need, (E,) each, from all bodies.

What the environment's measures already say (`training/envs/measures`) is taken from there.
"""

from functools import lru_cache

import torch
from torch import Tensor

from training.envs.config import REFERENCE_HEIGHT
from training.envs.geometry import length, rotation_distance
from training.envs.measures import MEASURES
from training.envs.measures.base import length_power
from training.envs.measures.tracking import body_angles, body_distances, reference, relative
from training.envs.mimic import mimic_rewards
from training.evaluation.definitions.scene import (
    Scene,
    away,
    bends,
    distances,
    distances_from_root,
    norm,
    tilts,
    turns,
)

KERNELS = tuple(term for term in mimic_rewards().values() if term.sigma > 0.0)
"""BeyondMimic's tracking terms, each weight · exp(−m/σ²)."""


def gt_err(scene: Scene) -> Tensor:
    """Mean over all bodies of the distance to the reference, world, m."""
    return scene.of(distances).mean(-1)


def max_joint_err(scene: Scene) -> Tensor:
    """Distance of the body that is furthest from its reference, world, m."""
    return scene.of(distances).amax(-1)


def gr_err(scene: Scene) -> Tensor:
    """Mean over all bodies of the angle to the reference, world, rad."""
    return scene.of(turns).mean(-1)


def lr_err(scene: Scene) -> Tensor:
    """Mean over all bodies of the angle to the reference, each seen from its parent, rad."""
    return scene.of(bends).mean(-1)


def root_height(scene: Scene) -> Tensor:
    """|height error| of the root, m."""
    return scene.of(away)[2, :, 0].abs()


def root_tilt(scene: Scene) -> Tensor:
    """|difference of gravity's z in the root's and its reference's frame|, 0 to 2."""
    return scene.of(tilts)[:, 0]


def anchor_height(scene: Scene) -> Tensor:
    """|height error| of the anchor, m."""
    return scene.of(away)[2, :, scene.layout.anchor].abs()


def anchor_tilt(scene: Scene) -> Tensor:
    """|difference of gravity's z in the anchor's and its reference's frame|, 0 to 2."""
    return scene.of(tilts)[:, -1]


def anchor_angle(scene: Scene) -> Tensor:
    """Angle between the anchor and its reference, heading included, rad."""
    return scene.of(turns)[:, scene.layout.anchor]


def root_angle(scene: Scene) -> Tensor:
    """Angle between the root and its reference, heading included, rad."""
    return scene.of(turns)[:, 0]


def end_heights(scene: Scene) -> Tensor:
    """Largest |height error| of feet and hands, m."""
    return scene.of(away)[2][:, scene.layout.ends].abs().amax(-1)


def feet_away(scene: Scene) -> Tensor:
    """Distance of the foot that is furthest from its reference, world, m."""
    return scene.of(distances)[:, scene.layout.feet].amax(-1)


def contact_match(scene: Scene) -> Tensor:
    """Share of all bodies whose touching the ground agrees with the reference's label."""
    return (scene.robot.contact == scene.reference.contact).float().mean(-1)


def from_root(scene: Scene) -> Tensor:
    """Mean over all bodies of the distance to the reference, roots laid upon each other, m."""
    return scene.of(distances_from_root).mean(-1)


def tracked_from_root(scene: Scene) -> Tensor:
    """Mean over tracked bodies of the distance to the reference, roots laid upon each other, m."""
    return scene.of(distances_from_root)[:, scene.layout.tracked].mean(-1)


def step_away(scene: Scene) -> Tensor:
    """Mean over all bodies of the difference of displacements since the frame before, m."""
    return norm(scene.of(away) - scene.earlier[0]).mean(-1)


def bend_away(scene: Scene) -> Tensor:
    """Mean over all bodies of the difference of second differences of positions, m."""
    before, earlier = scene.earlier
    return norm(scene.of(away) - 2.0 * before + earlier).mean(-1)


def from_anchor(scene: Scene) -> Tensor:
    """Mean over tracked bodies of the distance to the reference, anchors laid upon each other, m."""
    now, tracked = scene.now, scene.now.facts.num_tracked
    apart = reference(now).bodies.pos - now.robot.bodies.pos
    return length(apart[:, :tracked] - apart[:, now.facts.anchor, None]).mean(-1)


def ends_off(scene: Scene) -> Tensor:
    """Mean over feet and hands of the distance to relative targets, m."""
    now, (ends, tracked) = scene.now, _shown_ends(scene)
    if tracked:
        return now.of(body_distances)[:, ends].mean(-1)
    return length(now.of(relative)[0][:, ends] - now.robot.bodies.pos[:, ends]).mean(-1)


def ends_turned(scene: Scene) -> Tensor:
    """Mean over feet and hands of the angle to relative targets, rad."""
    now, (ends, tracked) = scene.now, _shown_ends(scene)
    if tracked:
        return now.of(body_angles)[:, ends].mean(-1)
    targets, own = now.of(relative)[1][:, ends], now.robot.bodies.quat_wxyz[:, ends]
    return rotation_distance(targets, own).mean(-1)


def slide(scene: Scene) -> Tensor:
    """Sum over feet that touch the ground of their horizontal speed, m/s."""
    robot, feet = scene.now.robot, scene.now.facts.feet
    return (length(robot.bodies.lin_vel[:, feet, :2]) * robot.foot_contact).sum(-1)


def standing_feet(scene: Scene) -> Tensor:
    """Number of feet that touch the ground."""
    return scene.now.robot.foot_contact.float().sum(-1)


def tracking_reward(scene: Scene) -> Tensor:
    """(E, 2) BeyondMimic's tracking reward in shares of its most: as published, robot-scaled.

    Robot-scaled: every σ of a length grows with the robot's standing height.
    """
    anchor = scene.layout.anchor
    known = {
        "anchor_pos_sq": scene.of(distances)[:, anchor].square(),
        "anchor_ori_sq": scene.of(turns)[:, anchor].square(),
    }
    names = [term.measure for term in KERNELS]
    values = torch.stack(
        [known[name] if name in known else MEASURES[name](scene.now) for name in names], dim=-1
    )
    weights, rates = _weights_and_rates(scene.layout.standing_height)
    kernels = torch.exp(-values.unsqueeze(1) * rates.to(values))
    return (kernels * weights.to(values)).sum(-1)


@lru_cache(maxsize=8)
def _weights_and_rates(standing_height: float) -> tuple[Tensor, Tensor]:
    ratio = standing_height / REFERENCE_HEIGHT
    weights = torch.tensor([term.weight for term in KERNELS])
    published = [term.sigma**-2 for term in KERNELS]
    powers = [length_power(MEASURES[term.measure].unit) for term in KERNELS]
    scaled = [rate / ratio**power for rate, power in zip(published, powers, strict=True)]
    return weights / weights.sum(), torch.tensor([published, scaled])


def _shown_ends(scene: Scene) -> tuple[Tensor, bool]:
    """Rows of feet and hands in a moment, and whether all are tracked bodies.

    Hands that it does not show are left out.
    """
    facts, layout = scene.now.facts, scene.layout
    rows = _rows(facts.body_names, layout.end_names, scene.robot.pos.device)
    return rows, _all_below(facts.body_names, layout.end_names, facts.num_tracked)


@lru_cache(maxsize=8)
def _rows(shown: tuple[str, ...], wanted: tuple[str, ...], device: torch.device) -> Tensor:
    return torch.tensor([shown.index(name) for name in wanted if name in shown], device=device)


@lru_cache(maxsize=8)
def _all_below(shown: tuple[str, ...], wanted: tuple[str, ...], count: int) -> bool:
    return all(shown.index(name) < count for name in wanted if name in shown)
