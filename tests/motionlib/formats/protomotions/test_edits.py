"""Libraries joined, thinned, weighted, renamed and divided."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import MotionError, RobotError
from motionlib.formats.protomotions.edits import (
    PackedLibrary,
    merge,
    open_packed,
    rename,
    reweight,
    split,
    subset,
)
from motionlib.formats.protomotions.motion_lib import HEADER_KEY, load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions
from motionlib.motion import STATE_FIELDS
from motionlib.resampling import resample_motion

Library = PackedLibrary


@pytest.fixture
def library(tmp_path: Path, g1, make_motion) -> PackedLibrary:
    motions = [make_motion(g1, frames=10 + n, name=f"walk{n}") for n in range(4)]
    motions.append(resample_motion(make_motion(g1, frames=60, name="slow turn"), 30.0))
    save_motion_lib(
        tmp_path / "x.pt",
        library_from_motions(motions, velocity_rule="forward_min3"),
        layout="protomotions",
    )
    return open_packed(tmp_path / "x.pt", g1)


def test_what_is_written_again_is_what_was_read(tmp_path: Path, library: Library) -> None:
    assert library.layout == "protomotions"
    library.write(tmp_path / "y.pt")
    assert (tmp_path / "y.pt").read_bytes() == (tmp_path / "x.pt").read_bytes()
    assert library.seconds == pytest.approx(sum((9 + n) / 50 for n in range(4)) + 35 / 30)


def test_merged_libraries_keep_everything(tmp_path: Path, library: Library, g1) -> None:
    with pytest.raises(MotionError, match="5 names in more than one library: slow turn, walk0"):
        merge([library, library])
    merge([library, library], prefixes=("a/", "b/")).write(tmp_path / "y.pt")
    both, one = load_motion_lib(tmp_path / "y.pt", g1), load_motion_lib(tmp_path / "x.pt", g1)
    assert both.names == tuple(f"{p}/{name}" for p in "ab" for name in one.names)
    assert both.provenances == one.provenances * 2
    assert both.fps.tolist() == one.fps.tolist() * 2
    for name in STATE_FIELDS:
        assert torch.equal(
            getattr(both.states, name)[: one.source.num_frames], getattr(one.states, name)
        )
    twice = merge([library, library], number_twice=True)
    assert twice.names[5:] == ("walk0 (2)", "walk1 (2)", "walk2 (2)", "walk3 (2)", "slow turn (2)")
    again = rename(library, {"walk1": "walk0 (2)"})
    assert "walk0 (3)" in merge([again, library], number_twice=True).names


def test_what_cannot_be_merged(library: Library, microduck) -> None:
    with pytest.raises(MotionError, match="of robots g1 and microduck"):
        merge([library, replace(library, robot=microduck)])
    with pytest.raises(MotionError, match="velocities by forward_min3 and central"):
        merge([library, replace(library, velocity_rule="central")])
    with pytest.raises(MotionError, match="1 prefixes for 2"):
        merge([library, library], prefixes=("a",))
    with pytest.raises(MotionError, match="at least one"):
        merge([])


def test_subsets(library: Library) -> None:
    assert subset(library, names=["walk3", "walk0"]).names == ("walk0", "walk3")
    assert subset(library, patterns=["*turn", "walk[01]"]).names == ("walk0", "walk1", "slow turn")
    assert subset(library, every=2).names == ("walk0", "walk2", "slow turn")
    drawn = subset(library, count=2, seed=3).names
    assert drawn == subset(library, count=2, seed=3).names
    assert len({subset(library, count=2, seed=seed).names for seed in range(20)}) > 3
    for options, message in (
        ({"names": ["wolk0"]}, "'wolk0' for one; nearest: walk0"),
        ({"patterns": ["run*"]}, "no clip's name matches 'run\\*'"),
        ({"every": 0}, "at least 1"),
        ({"count": 6}, "expected 1 to 5"),
    ):
        with pytest.raises(MotionError, match=message):
            subset(library, **options)


def test_weights_and_names(library: Library) -> None:
    weighted = reweight(library, {"walk1": 3.0, "slow turn": 0.0})
    assert [clip.weight for clip in weighted.clips] == [1.0, 3.0, 1.0, 1.0, 0.0]
    with pytest.raises(MotionError, match="not in the library"):
        reweight(library, {"run": 1.0})
    with pytest.raises(MotionError, match="weight -1"):
        reweight(library, {"walk1": -1.0})
    with pytest.raises(MotionError, match="every weight would be 0"):
        reweight(library, dict.fromkeys(library.names, 0.0))
    assert rename(library, {"walk0": "walk1", "walk1": "walk0"}).names[:2] == ("walk1", "walk0")
    with pytest.raises(MotionError, match="used twice: walk1"):
        rename(library, {"walk0": "walk1"})
    with pytest.raises(MotionError, match="is empty"):
        rename(library, {"walk0": ""})


def test_parts(library: Library) -> None:
    parts = split(library, lambda name: {"w": "a", "s": ""}[name[0]])
    assert list(parts) == ["a"]
    assert parts["a"].names == ("walk0", "walk1", "walk2", "walk3")


def test_a_foreign_library_is_taken_for_the_named_robot(
    tmp_path: Path, library: Library, g1, microduck
) -> None:
    content = dict(load_torch_dict(tmp_path / "x.pt"))
    del content[HEADER_KEY]
    torch.save(content, tmp_path / "foreign.pt")
    foreign = open_packed(tmp_path / "foreign.pt", g1)
    assert (foreign.layout, foreign.velocity_rule) == ("protomotions", "forward_min3")
    foreign.write(tmp_path / "y.pt")
    assert load_motion_lib(tmp_path / "y.pt", g1).names == library.names
    with pytest.raises(RobotError, match="microduck"):
        open_packed(tmp_path / "foreign.pt", microduck)
