"""States of robots at which a training stopped, because a number was infinite or NaN, as `.npz`."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.containers.array_zip import read_arrays
from motionlib.errors import FormatError
from motionlib.files import write_bytes
from motionlib.showing import cut, listed

BROKEN_STATES = "states of robots at which a training stopped"
_FIELDS = (
    *("env_ids", "reasons", "motion_names", "seconds", "robot_name", "dof_names"),
    *("root_pos", "root_quat_wxyz", "root_lin_vel", "root_ang_vel", "dof_pos", "dof_vel"),
    *("action", "dof_target"),
)
STATE_KEYS = tuple(f"state_{name}" for name in _FIELDS)
"""Arrays of a file: fields of `BrokenStates`, by names that no layout of motions has."""
_TEXTS = ("reasons", "motion_names", "dof_names")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BrokenStates:
    """K robots, each before (0) and after (1) the control step in which it was seen."""

    robot_name: str
    dof_names: tuple[str, ...]
    env_ids: np.ndarray
    """(K,) int64."""
    reasons: tuple[str, ...]
    """(K,) what was not finite."""
    motion_names: tuple[str, ...]
    """(K,) what each followed; empty of a task without motions."""
    seconds: np.ndarray
    """(K,) f32 s in its motion, after the step; NaN without motions."""
    root_pos: np.ndarray
    """(K, 2, 3) m, world."""
    root_quat_wxyz: np.ndarray
    """(K, 2, 4) unit, world."""
    root_lin_vel: np.ndarray
    """(K, 2, 3) m/s, world, of the root body's origin."""
    root_ang_vel: np.ndarray
    """(K, 2, 3) rad/s, world."""
    dof_pos: np.ndarray
    """(K, 2, D) rad."""
    dof_vel: np.ndarray
    """(K, 2, D) rad/s."""
    action: np.ndarray
    """(K, D) what the policy said."""
    dof_target: np.ndarray
    """(K, D) rad, what the servos were asked."""

    def lines(self) -> list[str]:
        """One line for each robot, for people."""
        rows = zip(
            self.env_ids.tolist(),
            self.motion_names,
            self.seconds.tolist(),
            self.reasons,
            strict=True,
        )
        return [
            f"environment {env_id}{f', {cut(name)} at {at:.2f} s' if name else ''}: {cut(reason)}"
            for env_id, name, at, reason in rows
        ]


def save_broken_states(path: Path, states: BrokenStates) -> None:
    """Write atomically.

    Raises:
        OSError: It cannot be written.
    """
    arrays = {name: np.asarray(getattr(states, name)) for name in _FIELDS}
    arrays |= {name: np.array(getattr(states, name), dtype=np.str_) for name in _TEXTS}
    buffer = io.BytesIO()
    named = {f"state_{name}": array for name, array in arrays.items()}
    np.savez(buffer, allow_pickle=False, **named)
    write_bytes(path, buffer.getvalue())


def load_broken_states(path: Path) -> BrokenStates:
    """Read `save_broken_states` back.

    Raises:
        FormatError: Damaged, or arrays are missing or of other lengths.
    """
    named = read_arrays(path, STATE_KEYS)
    if missing := [name for name in STATE_KEYS if name not in named]:
        raise FormatError(f"{path}: {listed(missing)} missing, expected {BROKEN_STATES}")
    arrays = {name: named[key] for name, key in zip(_FIELDS, STATE_KEYS, strict=True)}
    rows = [name for name in _FIELDS if name not in ("robot_name", "dof_names")]
    count = arrays["env_ids"].shape[:1]
    if odd := [name for name in rows if arrays[name].shape[:1] != count or not count]:
        raise FormatError(f"{path}: {listed(odd)} not of {count[0] if count else 'K'} robots")
    texts = {name: tuple(map(str, arrays[name].ravel().tolist())) for name in _TEXTS}
    return BrokenStates(**{**arrays, **texts, "robot_name": str(arrays["robot_name"])})
