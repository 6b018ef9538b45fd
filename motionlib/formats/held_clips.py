"""The clips of robots in a dict that a pickle or a torch file holds; what else it may be is named."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motionlib.errors import FormatError
from motionlib.formats.robot_clip import is_robot_clip
from motionlib.showing import cut, listed

_HUMAN = ("pose_quat_global", "smpl_poses", "poses", "body_pose", "trans_orig", "betas")
_NOT_A_NAME = re.compile(r"[/\\\0]+|^\.+")
_READ = (
    "GMR (root_pos, root_rot, dof_pos, fps), ASAP and PHC (clips of root_trans_offset, root_rot, "
    "dof, fps), MimicKit (frames, fps)"
)


def clips_of(held: Any, path: Path, *, kind: str) -> dict[str, Mapping[str, Any]]:
    """The clips of a file by name; a clip that stands alone is called like the file.

    Args:
        held: What the file holds.
        path: File, for names and messages.
        kind: What the file is, `a pickle` for one.

    Raises:
        FormatError: No clips of a robot; says what it is, as far as it is known.
    """
    if isinstance(held, dict) and is_robot_clip(held):
        return {path.stem: held}
    inner = held if isinstance(held, dict) else {}
    # names become those of files
    clips = {
        _NOT_A_NAME.sub("_", str(name)): each for name, each in inner.items() if is_robot_clip(each)
    }
    if clips and len(clips) == len(inner):
        return clips
    first = next(iter(inner.values()), None)
    _refuse_others(inner, first, path)
    found = listed(map(str, inner), 8) if inner else f"a {cut(type(held).__name__)}"
    inside = f", the first of {listed(map(str, first), 8)}" if isinstance(first, dict) else ""
    raise FormatError(
        f"{path}: {kind} of {found}{inside}, which is no layout of a robot's motion known here; "
        f"known: {_READ}. Write root position, quaternion and joints as .csv with a header instead"
    )


def _refuse_others(inner: Mapping[Any, Any], first: Any, path: Path) -> None:
    """Say what a pickle is that is known but holds no robot's trajectory."""
    for held in (inner, first if isinstance(first, dict) else {}):
        if any(key in held for key in _HUMAN):
            raise FormatError(
                f"{path}: a human's motion as PHC packs it for SMPL, which is not read; import the "
                "AMASS .npz that it was made from with --robot smpl, or retarget that .npz with "
                "`motion retarget run`"
            )
        if "gts" in held and "grs" in held:
            raise FormatError(
                f"{path}: a packed library of ProtoMotions; `motion lib` and `motion retarget run` "
                "read it as it is"
            )
        if "coefficients" in held:
            raise FormatError(
                f"{path}: walking references of polynomials; `motion convert` reads them"
            )
