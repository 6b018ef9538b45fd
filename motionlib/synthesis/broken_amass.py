"""Files that an AMASS folder should not hold, one of each kind, to show what becomes of them."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionlib.files import write_bytes
from motionlib.synthesis.amass_writer import AmassRecording, amass_arrays, npz_bytes
from motionlib.synthesis.human import make_human
from motionlib.synthesis.human_body import HumanBody

BROKEN_SUBJECT = "CMU/broken"
_LFS_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{'0123456789abcdef' * 4}\nsize 2345678\n"
)
_FPS = 60.0
_FRAMES = 60


def write_broken_clips(folder: Path, body: HumanBody, *, seed: int = 0) -> dict[str, Path]:
    """Write one file of each kind under `CMU/broken`.

    Returns:
        Kind to file. Unreadable as recordings: `truncated`, `missing_key`, `wrong_shape`,
        `zero_frames`, `absurd_fps`, `text`, `lfs_pointer`, `objects`, `empty`, `symlink_loop`,
        `unreadable`. Readable, but no motion to keep: `nan`, `one_frame`, `too_short`, `floating`,
        `airborne`, `root_jump`, `joint_jump`, `through_itself`. Sound, under names that trip programs up:
        `unicode` and `twin` (two files of one name but for its suffix, with the same content).

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    place = Path(folder) / BROKEN_SUBJECT
    sound = _recording(body, seed)
    whole = _packed(sound)
    contents = {
        "truncated": whole[: len(whole) * 2 // 3],
        "text": b"not an archive: someone saved a web page under this name\n" * 20,
        "lfs_pointer": _LFS_POINTER.encode(),
        "empty": b"",
        **{kind: _with(sound, change) for kind, change in _CHANGES.items()},
        **{kind: _packed(change(sound)) for kind, change in _MOTIONS.items()},
    }
    paths = {kind: place / f"{kind}_poses.npz" for kind in contents}
    for kind, content in contents.items():
        write_bytes(paths[kind], content)
    odd = place / "naïve walk, ¼ speed (試み)_poses.npz"
    write_bytes(odd, _packed(_recording(body, seed + 1)))
    twins = place / "twin_poses.npz", place / "twin_poses.NPZ"
    for twin in twins:
        write_bytes(twin, _packed(_recording(body, seed + 2)))
    return {**paths, "unicode": odd, "twin": twins[1], **_unreachable(place, whole)}


def _recording(body: HumanBody, seed: int) -> AmassRecording:
    rng = np.random.default_rng((seed, 77))
    human = make_human(body, ("squat",), frames=_FRAMES, fps=_FPS, rng=rng)
    return AmassRecording(
        fps=_FPS,
        trans=human.root_pos - body.rest_root_pos,
        body=human.rotvec.reshape(_FRAMES, -1),
        hands=np.zeros((_FRAMES, 90)),
        gender="neutral",
        betas=(0.0,) * 16,
    )


def _packed(recording: AmassRecording) -> bytes:
    return npz_bytes(amass_arrays(recording, "smplh"))


def _with(recording: AmassRecording, change: dict[str, np.ndarray | None]) -> bytes:
    arrays = {**amass_arrays(recording, "smplh"), **change}
    kept = {name: array for name, array in arrays.items() if array is not None}
    return npz_bytes(kept)


_CHANGES: dict[str, dict[str, np.ndarray | None]] = {
    "missing_key": {"trans": None},
    "wrong_shape": {"poses": np.zeros((_FRAMES, 60))},
    "zero_frames": {
        "poses": np.zeros((0, 156)), "trans": np.zeros((0, 3)), "dmpls": np.zeros((0, 8)),
    },
    "absurd_fps": {"mocap_framerate": np.array(1e9)},
    "objects": {"poses": np.array([[0.0], [0.0, 0.0]], dtype=object)},
}  # fmt: skip


def _nan(recording: AmassRecording) -> AmassRecording:
    body = recording.body.copy()
    body[_FRAMES // 2, 10] = np.nan
    return replace(recording, body=body)


def _cut(recording: AmassRecording, frames: int) -> AmassRecording:
    return replace(
        recording,
        trans=recording.trans[:frames],
        body=recording.body[:frames],
        hands=recording.hands[:frames],
    )


def _lifted(recording: AmassRecording, metres: np.ndarray) -> AmassRecording:
    trans = recording.trans.copy()
    trans[:, 2] += metres
    return replace(recording, trans=trans)


def carried_up(recording: AmassRecording) -> AmassRecording:
    """On the ground at first, then carried up: no shift of the whole clip can mend it."""
    frames = np.arange(len(recording.trans))
    return _lifted(recording, 0.8 * np.clip(frames / 12.0 - 0.5, 0.0, 1.0))


def _airborne(recording: AmassRecording) -> AmassRecording:
    """Longer off the ground than any jump lasts, but not most of the time."""
    still = replace(
        recording,
        trans=np.repeat(recording.trans[:1], 4 * _FRAMES, axis=0),
        body=np.repeat(recording.body[:1], 4 * _FRAMES, axis=0),
        hands=np.zeros((4 * _FRAMES, 90)),
    )
    time = np.arange(4 * _FRAMES) / _FPS
    return _lifted(still, 0.6 * np.clip(2.0 - np.abs(time - 2.0) / 0.4, 0.0, 1.0))


def _root_jump(recording: AmassRecording) -> AmassRecording:
    trans = recording.trans.copy()
    trans[_FRAMES // 2 :, 0] += 3.0
    return replace(recording, trans=trans)


def _joint_jump(recording: AmassRecording) -> AmassRecording:
    body = recording.body.copy()
    body[_FRAMES // 2, 3 * 16 : 3 * 17] += 2.5
    return replace(recording, body=body)


def _through_itself(recording: AmassRecording) -> AmassRecording:
    """The left arm hangs across and its forearm points back, through the trunk."""
    body = recording.body.copy()
    body[:, 3 * 16 : 3 * 17] = 0.0, 0.0, -2.2
    body[:, 3 * 18 : 3 * 19] = 0.0, -2.4, 0.0
    return replace(recording, body=body)


_MOTIONS: dict[str, Callable[[AmassRecording], AmassRecording]] = {
    "nan": _nan,
    "one_frame": lambda recording: _cut(recording, 1),
    "too_short": lambda recording: _cut(recording, 4),
    "floating": carried_up,
    "airborne": _airborne,
    "root_jump": _root_jump,
    "joint_jump": _joint_jump,
    "through_itself": _through_itself,
}


def _unreachable(place: Path, whole: bytes) -> dict[str, Path]:
    """A link to itself, and a file without permission to read; where the platform has such."""
    if os.name != "posix":
        return {}
    loop, locked = place / "symlink_loop_poses.npz", place / "unreadable_poses.npz"
    loop.unlink(missing_ok=True)
    loop.symlink_to(loop.name)
    write_bytes(locked, whole)
    locked.chmod(0)
    return {"symlink_loop": loop, "unreadable": locked}
