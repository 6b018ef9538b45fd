"""Frames where a file maps them."""

from pathlib import Path

import pytest
import torch

from motionlib.contacts import label_contacts
from motionlib.containers.torch_file import load_torch_dict
from motionlib.formats.protomotions.frames import MappedFrames, chunks
from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import STATE_FIELDS


@pytest.fixture
def lib(g1, make_motion) -> MotionLib:
    clips = [make_motion(g1, frames=n, name=str(n)) for n in (10, 30)]
    return library_from_motions(clips, velocity_rule="forward_min3")


@pytest.mark.parametrize("layout", ["native", "protomotions"])
def test_mapped_and_loaded_frames_are_the_written_ones(tmp_path, g1, lib, layout) -> None:
    save_motion_lib(tmp_path / "x.pt", lib, layout=layout)
    mapped = load_motion_lib(tmp_path / "x.pt", g1)
    assert isinstance(mapped.source, MappedFrames)
    rows = torch.tensor([39, 0, 12, 12])
    for source in (mapped.source, mapped.source.loaded(), mapped.source):
        for index in (rows, slice(5, 25), slice(None)):
            got = source.frames(index)
            for name in STATE_FIELDS:
                assert torch.equal(getattr(got, name), getattr(lib.states, name)[index]), name
    assert mapped.source.loaded() is mapped.source.loaded()
    assert mapped.loaded().loaded().source is mapped.source.loaded()
    assert mapped.to("cpu").states is not None


def test_loaded_frames_are_copies_of_the_file(tmp_path: Path, g1, lib) -> None:
    save_motion_lib(tmp_path / "x.pt", lib)
    mapped = load_motion_lib(tmp_path / "x.pt", g1)
    states = mapped.states
    before = (tmp_path / "x.pt").read_bytes()
    with (tmp_path / "x.pt").open("r+b") as file:
        file.truncate(100)
    for name in STATE_FIELDS:
        assert torch.equal(getattr(states, name), getattr(lib.states, name))
    (tmp_path / "x.pt").write_bytes(before)


def test_foreign_labels_may_be_numbers_or_missing(tmp_path, g1, lib) -> None:
    save_motion_lib(tmp_path / "x.pt", lib)
    content = dict(load_torch_dict(tmp_path / "x.pt"))
    bodies = body_layout(g1, "native")
    everything = slice(None)
    as_numbers = content | {"contacts": content["contacts"].float() * 0.75}
    got = MappedFrames(as_numbers, g1, bodies).frames(everything)
    assert torch.equal(got.body_contact, lib.states.body_contact)
    del content["contacts"]
    got = MappedFrames(content, g1, bodies).frames(everything)
    assert torch.equal(got.body_contact, label_contacts(got.body_pos, got.body_lin_vel))


def test_chunks_cover_every_frame_once() -> None:
    assert chunks(5, 2) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert chunks(4, 4) == [slice(0, 4)]
