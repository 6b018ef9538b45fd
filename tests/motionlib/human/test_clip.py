"""Slices of a recording: they tile it, keep its frames, and are never empty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionlib.errors import MotionError
from motionlib.human.clip import HumanClip

RATES = (60.0, 100.0, 120.0, 250.0, 59.94, 29.97)


def clip_of(frames: int, fps: float = 120.0) -> HumanClip:
    numbers = np.arange(frames * 6, dtype=np.float64).reshape(frames, 6)
    return HumanClip(
        fps=fps,
        root_pos=numbers[:, :3],
        rotvec=numbers,
        columns=np.array([[0, 1, 2], [3, 4, 5], [-1, -1, -1]]),
        root_post_quat_wxyz=np.array([0.5, -0.5, -0.5, -0.5]),
        format="amass_smplh",
        gender="female",
        betas=(0.1,),
        notes=("a note",),
    )


def rows(clip: HumanClip) -> list[int]:
    return (clip.root_pos[:, 0] / 6).astype(int).tolist()


clips = st.builds(clip_of, st.integers(1, 2000), st.sampled_from(RATES))


@settings(max_examples=200, deadline=None)
@given(clips, st.lists(st.floats(0.0, 1.0), max_size=6), st.booleans())
def test_parts_that_meet_tile_the_clip(clip: HumanClip, shares: list[float], open_end: bool):
    cuts = sorted({0.0, *(share * clip.num_frames / clip.fps for share in shares)})
    ends: list[float | None] = [*cuts[1:], None if open_end else float("inf")]
    seen: list[int] = []
    for start, end in zip(cuts, ends, strict=True):
        try:
            part = clip.part(start, end)
        except MotionError:
            # the cuts lie within one frame, or the last one at the very end
            stop = clip.num_frames if end in (None, float("inf")) else int(end * clip.fps)
            assert int(start * clip.fps) >= min(stop, clip.num_frames)
            continue
        seen += rows(part)
        np.testing.assert_array_equal(part.rotvec[:, :3], part.root_pos)
    assert seen == list(range(clip.num_frames))


@settings(max_examples=200, deadline=None)
@given(clips, st.data())
def test_a_part_holds_protomotions_frames(clip: HumanClip, data: st.DataObject):
    start = data.draw(st.floats(0.0, clip.num_frames / clip.fps))
    end = data.draw(st.floats(0.0, 2.0 * clip.num_frames / clip.fps))
    expected = list(range(clip.num_frames))[int(start * clip.fps) : int(end * clip.fps)]
    if expected:
        assert rows(clip.part(start, end)) == expected
    else:
        with pytest.raises(MotionError, match="holds no frame"):
            clip.part(start, end)


@settings(max_examples=100, deadline=None)
@given(clips, st.integers(0, 1999), st.sampled_from((0.1, 0.5, 0.9)))
def test_a_time_between_two_frames_means_the_earlier(clip: HumanClip, frame: int, between: float):
    frame = min(frame, clip.num_frames - 1)
    assert rows(clip.part((frame + between) / clip.fps))[0] == frame
    if frame:
        assert rows(clip.part(0.0, (frame + between) / clip.fps))[-1] == frame - 1


def test_a_part_of_a_part_and_what_it_keeps():
    clip = clip_of(240)
    part = clip.part(0.5, 1.5)
    assert rows(part) == list(range(60, 180))
    assert rows(part.part(0.25, 0.5)) == list(range(90, 120))
    assert np.shares_memory(part.rotvec, clip.rotvec)
    assert (part.fps, part.gender, part.betas, part.notes) == (120.0, "female", (0.1,), ("a note",))
    assert part.seconds == pytest.approx(119 / 120)
    assert clip.part() is clip
    assert clip.part(0.0, 2.0) is clip


def test_one_and_two_frames():
    one, two = clip_of(1, 60.0), clip_of(2, 60.0)
    assert one.seconds == 0.0
    assert rows(one.part(0.0, 1.0)) == [0]
    assert [rows(two.part(0.0, 1 / 60)), rows(two.part(1 / 60))] == [[0], [1]]


@pytest.mark.parametrize(
    ("start", "end"), [(1.0, 1.0), (1.0, 0.5), (2.0, None), (5.0, 9.0), (-1.0, 1.0), (0.0, -1.0)]
)
def test_a_part_without_frames_is_refused(start, end):
    with pytest.raises(MotionError, match="holds no frame of 240 at 120 fps"):
        clip_of(240).part(start, end)


@pytest.mark.parametrize("fps", [0.0, -30.0, float("inf"), float("nan")])
def test_a_rate_must_be_positive(fps):
    with pytest.raises(MotionError, match="expected a positive number"):
        clip_of(3, fps)


def test_arrays_must_have_as_many_frames():
    with pytest.raises(MotionError, match="at least one"):
        clip_of(0)
    clip = clip_of(3)
    with pytest.raises(MotionError, match="3 frames of the root and 2 of the joints"):
        HumanClip(
            fps=clip.fps, root_pos=clip.root_pos, rotvec=clip.rotvec[:2], columns=clip.columns,
            root_post_quat_wxyz=clip.root_post_quat_wxyz, format=clip.format,
        )  # fmt: skip
