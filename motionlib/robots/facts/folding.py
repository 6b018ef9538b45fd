"""Joints whose zero is not the model's pose, or whose axis misses the body's origin, made plain.

MuJoCo turns a hinge by `q - ref` about an axis through `pos`. Robots here turn by `q` about an axis
through the body's origin. The same motion is written that way: `R1(q1 - r1) R2(q2 - r2)` is
`R1(-r1) R2(-r2) R1'(q1) R2(q2)`, where the axis of `R1'` is that of `R1` turned by `R2(r2)`; and the
body's origin is moved onto the axes, its content back by as much.
"""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Iterator, Sequence
from pathlib import Path

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robots.facts.fact import Fact, vector
from motionlib.robots.yaml_values import robot_problem

_NEAR = 1e-6
"""m by which an axis may miss a point."""
_QUATERNION = mujoco.mjtOrientation.mjORIENTATION_QUAT
_HINGE = mujoco.mjtJoint.mjJNT_HINGE


def fold_joints(path: Path, spec: mujoco.MjSpec, shifts: dict[str, np.ndarray]) -> Iterator[Fact]:
    """Fold every hinge's `ref` and `pos` into its body.

    Args:
        path: The model, for messages.
        spec: Not compiled; a spec that was is not changed as it should.
        shifts: Gets (3,) m by body: how far its origin moved, in its former frame.

    Raises:
        RobotError: Hinges of one body whose axes do not meet in a point.
    """
    for body in list(spec.bodies):
        hinges = [joint for joint in body.joints if joint.type == _HINGE]
        if any(joint.ref or any(joint.pos) for joint in hinges):
            yield from _fold(path, spec, body, hinges, shifts)


def _fold(
    path: Path,
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    hinges: Sequence[mujoco.MjsJoint],
    shifts: dict[str, np.ndarray],
) -> Iterator[Fact]:
    shift = meeting_point(hinges)
    if shift is None:
        raise robot_problem(
            path,
            f"body {body.name!r}",
            "expected joints whose axes meet in one point, found pos "
            f"{' and '.join(vector(joint.pos) for joint in hinges)}; give each joint a body of "
            "its own",
        )
    turn = _rotation(spec, body)
    if refs := [f"{joint.name} {joint.ref:g}" for joint in hinges if joint.ref]:
        unit = "degrees" if spec.compiler.degree else "rad"
        yield Fact(
            name=f"joint ref of {body.name}",
            model=f"{', '.join(refs)} {unit}",
            in_force="the body is turned; angles mean what they meant",
            verdict="absorbed",
        )
    if np.linalg.norm(shift) > 1e-9:
        yield Fact(
            name=f"joint pos of {body.name}",
            model=f"{vector(shift)} m",
            in_force="the body's origin lies on the axis",
            verdict="absorbed",
        )
        shifts[body.name] = shift
        body.pos = body.pos + turn.apply(shift)
        _move_content(body, -shift)
    body.quat = (turn * _fold_refs(spec, hinges)).as_quat(scalar_first=True)
    body.alt.type = _QUATERNION
    for joint in hinges:
        joint.ref, joint.pos = 0.0, np.zeros(3)


def meeting_point(hinges: Sequence[mujoco.MjsJoint]) -> np.ndarray | None:
    """(3,) m, the point on every axis that is nearest to the body's origin; None if there is none."""
    rows, values = [], []
    for joint in hinges:
        axis = joint.axis / np.linalg.norm(joint.axis)
        across = np.eye(3) - np.outer(axis, axis)
        rows.append(across)
        values.append(across @ joint.pos)
    A, b = np.concatenate(rows), np.concatenate(values)
    point = np.linalg.lstsq(A, b, rcond=1e-9)[0]
    return point if np.abs(A @ point - b).max() <= _NEAR else None


def _fold_refs(spec: mujoco.MjSpec, hinges: Sequence[mujoco.MjsJoint]) -> Rotation:
    """Turn that stands before all joints; the axes of all but the last are turned on the way."""
    behind = Rotation.identity()
    for joint in reversed(hinges):
        ref = np.deg2rad(joint.ref) if spec.compiler.degree else joint.ref
        axis = joint.axis / np.linalg.norm(joint.axis)
        joint.axis = behind.inv().apply(joint.axis)
        behind = Rotation.from_rotvec(-ref * axis) * behind
    return behind


def _rotation(spec: mujoco.MjSpec, body: mujoco.MjsBody) -> Rotation:
    quat = body.quat
    if body.alt.type != _QUATERNION:
        quat = mujoco.MjSpec.resolve_orientation(
            degree=spec.compiler.degree, sequence=spec.compiler.eulerseq, orientation=body.alt
        )
    return Rotation.from_quat(quat, scalar_first=True)


def _move_content(body: mujoco.MjsBody, by: np.ndarray) -> None:
    frames = [frame for frame in body.frames if frame.frame is None]
    for frame in frames:
        frame.pos = frame.pos + by
    moved = body.add_frame(pos=by)
    for part in (*body.geoms, *body.sites, *body.cameras, *body.lights, *body.bodies):
        if part.frame is None:
            part.set_frame(moved)
    if body.explicitinertial:
        body.ipos = body.ipos + by
