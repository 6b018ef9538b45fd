"""What is wrong with a packaged MotionLib that can be read: gone through whole, chunk by chunk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.errors import RobotError
from motionlib.formats.body_order import pose_tolerance
from motionlib.formats.protomotions.checks import every_row, worst_pose
from motionlib.formats.protomotions.frames import MappedFrames, chunks
from motionlib.formats.protomotions.marker_layout import layout_or_error
from motionlib.kinematics import local_quats
from motionlib.robot import Robot
from motionlib.rotations import quat_angle, quat_mul, wxyz_from_xyzw
from motionlib.showing import counted

_ANGLE_TOLERANCE = 0.01
"""rad; float32 leaves a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRotationErrors:
    """How far `lrs` is from what else the file says, rad, largest over frames and bodies."""

    from_dofs: float
    """Distance from `dps` read as exponential maps, rad."""
    root: float
    """Distance of the first body from its world rotation in `grs`, rad."""


def library_problems(content: Mapping[str, Any], num_motions: int) -> list[str]:
    """What is wrong with labels, weights, lengths and local rotations; needs no robot."""
    problems = [
        *_contact_problems(content.get("contacts")),
        *_weight_problems(content.get("motion_weights"), num_motions),
        *_length_problems(content),
    ]
    if (errors := local_rotation_errors(content)) is not None:
        for what, error in (("dps", errors.from_dofs), ("grs of the root", errors.root)):
            if not error <= _ANGLE_TOLERANCE:
                problems.append(f"lrs is up to {error:.3f} rad from {what}")
    return problems


def library_notes(content: Mapping[str, Any], fps: Sequence[float]) -> list[str]:
    """What is worth knowing and may be meant: mixed rates, weights of zero, tensors left out."""
    notes = []
    if len(counts := Counter(fps)) > 1:
        shown = ", ".join(f"{rate:g} ({counts[rate]})" for rate in sorted(counts))
        notes.append(f"rates are mixed; fps (motions): {shown}")
    weights = content.get("motion_weights")
    if isinstance(weights, Tensor) and (zeros := int((weights == 0).sum())):
        notes.append(f"motion_weights: {zeros} are zero, those motions are never sampled")
    if content.get("contacts") is None:
        notes.append("contacts are missing; bodies are labelled by speed and height when read")
    if content.get("lrs") is None and content["dps"].shape[1] == 3 * (content["gts"].shape[1] - 1):
        notes.append("lrs is missing; ProtoMotions would interpolate rotation vectors linearly")
    return notes


def local_rotation_errors(content: Mapping[str, Any]) -> LocalRotationErrors | None:
    """Compare `lrs` with `dps` and `grs`; None where the file has none, or other dofs."""
    lrs, dps, grs = content.get("lrs"), content["dps"], content["grs"]
    if lrs is None or dps.shape[1] != 3 * (grs.shape[1] - 1):
        return None
    from_dofs = root = 0.0
    for rows in chunks(len(dps)):
        stored = wxyz_from_xyzw(lrs[rows].double())
        made = local_quats(dps[rows].double())
        world = wxyz_from_xyzw(grs[rows, 0].double())
        from_dofs = max(from_dofs, float(quat_angle(stored[:, 1:], made).max()))
        root = max(root, float(quat_angle(stored[:, 0], world).max()))
    return LocalRotationErrors(from_dofs=from_dofs, root=root)


def kinematics_report(
    content: Mapping[str, Any], robot: Robot, path: Path, problems: list[str]
) -> dict[str, Any]:
    """Every frame against a robot's kinematics; adds to `problems`. Empty if the counts differ."""
    try:
        bodies = layout_or_error(robot, content["gts"].shape[1], content["dps"].shape[1], path)
    except RobotError:
        return {}
    rows = every_row(content["gts"].shape[0])
    worst = worst_pose(robot, MappedFrames(content, robot, bodies), rows)
    report: dict[str, Any] = {
        "position_error_max_m": worst.metres,
        "body": worst.body,
        "frame": worst.frame,
    }
    if worst.metres > pose_tolerance(robot):
        problems.append(
            f"kinematics: {worst.body} in frame {worst.frame} is {worst.metres:.3f} m from where "
            f"{robot.name} has it"
        )
    if content.get("lrs") is not None and robot.dof_coordinates == "exponential_map":
        error = _chained_error(content, robot)
        report["lrs_error_max_rad"] = error
        if not error <= _ANGLE_TOLERANCE:
            problems.append(f"kinematics: lrs is up to {error:.3f} rad from grs along the tree")
    return report


def _chained_error(content: Mapping[str, Any], robot: Robot) -> float:
    """Largest angle between a body in `grs` and its parent turned by `lrs`."""
    parents = torch.as_tensor(robot.parents[1:])
    offsets = torch.as_tensor(robot.body_offset_quat_wxyz[1:], dtype=torch.float64)
    worst = 0.0
    for rows in chunks(len(content["lrs"])):
        world = wxyz_from_xyzw(content["grs"][rows].double())
        local = wxyz_from_xyzw(content["lrs"][rows].double())
        parent = world[:, parents]
        chained = quat_mul(quat_mul(parent, offsets.expand_as(parent)), local[:, 1:])
        worst = max(worst, float(quat_angle(chained, world[:, 1:]).max()))
    return worst


def _contact_problems(contacts: Tensor | None) -> list[str]:
    if contacts is None or any(bool(contacts[rows].any()) for rows in chunks(len(contacts))):
        return []
    return ["contacts are all false; ProtoMotions discards them"]


def _weight_problems(weights: object, num_motions: int) -> list[str]:
    if weights is None:
        return []
    if not isinstance(weights, Tensor) or tuple(weights.shape) != (num_motions,):
        return ["motion_weights is not one number for each motion"]
    counts = {
        "NaN or infinite": int((~torch.isfinite(weights)).sum()),
        "negative": int((weights < 0).sum()),
    }
    return [f"motion_weights: {count} {what}" for what, count in counts.items() if count]


def _length_problems(content: Mapping[str, Any]) -> list[str]:
    lengths, counts = content.get("motion_lengths"), content["motion_num_frames"]
    if not isinstance(lengths, Tensor) or lengths.shape != counts.shape:
        return ["motion_lengths is missing or not one number for each motion"]
    step = content["motion_dt"].double()
    expected = (counts - 1).double() * step
    tolerance = 1e-3 * step + 1e-6 * expected
    wrong = (lengths.double() - expected).abs() > tolerance
    if not bool(wrong.any()):
        return []
    whole = (lengths.double() - counts.double() * step).abs() <= tolerance
    first = int(wrong.int().argmax())
    how = "frames x dt, one step too long" if bool(whole[wrong].all()) else "not (frames - 1) x dt"
    motions = counted(int(wrong.sum()), "motion")
    return [f"motion_lengths of {motions} are {how}; motion {first} for one"]
