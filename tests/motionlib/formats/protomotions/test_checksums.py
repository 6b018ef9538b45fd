"""Damage in a packed library: found on opening, or when a motion is first touched; never used."""

import zlib
from pathlib import Path
from typing import Any

import pytest
import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import FormatError
from motionlib.formats.protomotions import motion_lib as protomotions
from motionlib.formats.protomotions.checksums import (
    FRAME_KEYS,
    HEADER_CRC,
    HEADER_KEY,
    MOTION_CRC,
    MotionChecksums,
    check_header,
    header_crc32,
    motion_crc32,
)
from motionlib.formats.protomotions.edits import open_packed, subset
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.inspection.contents import inspect_file
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import STATE_FIELDS
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from tests.flips import drawn_bits, refused_flips

NAMES, COUNTS = ("a", "b", "c"), (20, 90, 20)


@pytest.fixture(scope="module")
def robot() -> Robot:
    return load_robot("smpl")


@pytest.fixture
def path(tmp_path: Path, robot: Robot, make_motion) -> Path:
    clips = [make_motion(robot, frames=n, name=m) for m, n in zip(NAMES, COUNTS, strict=True)]
    save_motion_lib(tmp_path / "x.pt", library_from_motions(clips, velocity_rule="forward_min3"))
    return tmp_path / "x.pt"


@pytest.fixture
def as_if_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is small enough to be gone through when it is opened."""
    monkeypatch.setattr(protomotions, "WHOLE_BYTES", 0)
    monkeypatch.setattr("motionlib.containers.torch_file.CHECKED_BYTES", 1000)


def flip_in_frames(path: Path, key: str, frame: int) -> None:
    """Change the lowest bit of a tensor's row: too little for any check of the numbers."""
    tensor = load_torch_dict(path)[key]
    content = bytearray(path.read_bytes())
    row = tensor[0].numel() * tensor.dtype.itemsize
    start = content.index(tensor.contiguous().view(torch.uint8).numpy().tobytes())
    content[start + frame * row] ^= 1
    path.write_bytes(content)


def test_what_is_written_is_what_is_documented(path: Path) -> None:
    content = load_torch_dict(path)
    header = content[HEADER_KEY]
    assert set(FRAME_KEYS) <= set(content)
    start = 0
    for count, stated in zip(COUNTS, header[MOTION_CRC].tolist(), strict=True):
        rows = {key: content[key][start : start + count] for key in FRAME_KEYS}
        assert stated == motion_crc32(rows)
        assert stated == zlib.crc32(b"".join(rows[key].numpy().tobytes() for key in FRAME_KEYS))
        start += count
    assert header[HEADER_CRC].tolist() == [header_crc32(content)]
    assert check_header(content, path)


@pytest.mark.parametrize("key", FRAME_KEYS)
@pytest.mark.usefixtures("as_if_large")
def test_a_motion_is_checked_at_its_first_touch(path: Path, robot: Robot, key: str) -> None:
    flip_in_frames(path, key, 50)
    lib = load_motion_lib(path, robot)
    refusal = r"x\.pt: motion b has the checksum .* pull it or make it again"
    for motion in (0, 2):
        lib.get_motion_state(torch.tensor([motion]), torch.tensor([0.1]))
        assert lib.motion(motion).num_frames == 20
    for touch in (
        lambda: lib.get_motion_state(torch.tensor([0, 1]), torch.tensor([0.1, 0.0])),
        lambda: lib.motion(1),
        lambda: lib.frames(torch.tensor([0, 129, 21])),
        lambda: lib.frames(slice(0, 130, 5)),
        lambda: lib.source.local_quats(torch.tensor([30])),
        lambda: lib.states,
        lib.loaded,
        lambda: lib.to("cpu"),
        lambda: lib.at_fps(30.0),
    ):
        with pytest.raises(FormatError, match=refusal):
            touch()


@pytest.mark.usefixtures("as_if_large")
def test_a_motion_is_checked_once(path: Path, robot: Robot, monkeypatch) -> None:
    checked: list[int] = []
    found = MotionChecksums._found
    monkeypatch.setattr(
        MotionChecksums, "_found", lambda self, m: checked.append(m) or found(self, m)
    )
    lib = load_motion_lib(path, robot)
    assert checked == []
    for _ in range(3):
        lib.get_motion_state(torch.tensor([1, 1]), torch.tensor([0.1, 1.2]))
    assert checked == [1]
    lib.loaded()
    lib.frames(slice(None))
    assert checked == [1, 0, 2]


def test_a_small_file_is_checked_when_it_is_opened(path: Path, robot: Robot) -> None:
    flip_in_frames(path, "dps", 125)
    with pytest.raises(FormatError, match=r"x\.pt: .*damaged"):
        load_motion_lib(path, robot)


@pytest.mark.usefixtures("as_if_large")
def test_damage_is_the_reason_also_where_numbers_cannot_be(path: Path, robot: Robot) -> None:
    tensor = load_torch_dict(path)["gts"]
    content = bytearray(path.read_bytes())
    start = content.index(tensor.numpy().tobytes())
    content[start + 3] = 0x7F  # the first of all numbers is not a number
    content[start + 2] = 0xC0
    path.write_bytes(content)
    with pytest.raises(FormatError, match="motion a has the checksum"):
        load_motion_lib(path, robot)


def changed(content: dict[str, Any], key: str) -> dict[str, Any]:
    """The content with one thing in it different."""
    other = dict(content)
    if key in content[HEADER_KEY]:
        value = content[HEADER_KEY][key]
        value = value + 1 if isinstance(value, int | torch.Tensor) else value[:-1]
        other[HEADER_KEY] = {**content[HEADER_KEY], key: value}
    elif isinstance(content[key], torch.Tensor):
        other[key] = content[key].double()
    else:
        other[key] = content[key][:-1]
    return other


def test_everything_but_the_frames_is_under_the_header_checksum(path: Path, robot: Robot) -> None:
    content = dict(load_torch_dict(path))
    for key in (*content, *content[HEADER_KEY]):
        if key == HEADER_KEY:
            continue
        with pytest.raises(FormatError, match=rf"x\.pt: .*{HEADER_CRC}.*pull it"):
            check_header(changed(content, key), path)
    for gone in (MOTION_CRC, HEADER_CRC):
        half = {k: v for k, v in content[HEADER_KEY].items() if k != gone}
        with pytest.raises(FormatError, match=f"{gone} is no list"):
            check_header(content | {HEADER_KEY: half}, path)
    torch.save(changed(content, "motion_weights"), path)
    with pytest.raises(FormatError, match=f"another program changed it.*leave out '{HEADER_KEY}'"):
        load_motion_lib(path, robot)


@pytest.mark.usefixtures("as_if_large")
def test_older_and_foreign_files_are_read_as_before(path: Path, robot: Robot) -> None:
    content = dict(load_torch_dict(path))
    header = {k: v for k, v in content[HEADER_KEY].items() if k not in (MOTION_CRC, HEADER_CRC)}
    expected = load_motion_lib(path, robot)
    for name, each in (("old", {HEADER_KEY: header}), ("foreign", {HEADER_KEY: None})):
        kept = {k: v for k, v in (content | each).items() if v is not None}
        torch.save(kept, path.with_name(name))
        lib = load_motion_lib(path.with_name(name), robot)
        assert torch.equal(lib.states.body_pos, expected.states.body_pos)


def test_a_foreign_file_is_held_against_the_checksums_of_its_zip(path: Path, robot: Robot) -> None:
    content = {k: v for k, v in load_torch_dict(path).items() if k != HEADER_KEY}
    torch.save(content, path)
    load_motion_lib(path, robot)
    flip_in_frames(path, "gavs", 3)
    with pytest.raises(FormatError, match=r"x\.pt: .*checksum.* it is damaged"):
        load_motion_lib(path, robot)


def test_an_edited_library_has_checksums_of_its_own(path: Path, robot: Robot) -> None:
    part = subset(open_packed(path, robot), names=("b", "c"))
    part.write(path.with_name("y.pt"))
    old, new = (load_torch_dict(path.with_name(n))[HEADER_KEY] for n in ("x.pt", "y.pt"))
    assert new[MOTION_CRC].tolist() == old[MOTION_CRC].tolist()[1:]
    assert new[HEADER_CRC].tolist() != old[HEADER_CRC].tolist()
    assert load_motion_lib(path.with_name("y.pt"), robot).names == ("b", "c")


@pytest.mark.usefixtures("as_if_large")
def test_an_edit_does_not_write_a_damaged_motion(path: Path, robot: Robot) -> None:
    flip_in_frames(path, "gvs", 5)
    with pytest.raises(FormatError, match="motion a has the checksum"):
        open_packed(path, robot).write(path.with_name("y.pt"))
    assert not path.with_name("y.pt").exists()


def test_inspection_says_whether_checksums_are_there_and_hold(
    path: Path, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inspect_file(path)["checksums"] == {"by": "motion", "hold": True}
    foreign = {k: v for k, v in load_torch_dict(path).items() if k != HEADER_KEY}
    torch.save(foreign, path.with_name("f.pt"))
    assert inspect_file(path.with_name("f.pt"))["checksums"] == {"by": "member", "hold": True}
    monkeypatch.setattr("motionlib.containers.torch_file.CHECKED_BYTES", 1000)
    for name in ("x.pt", "f.pt"):
        flip_in_frames(path.with_name(name), "grs", 50)
    report = inspect_file(path)
    assert report["checksums"] == {"by": "motion", "hold": False}
    assert report["problems"][0].startswith("1 of 3 motions are damaged: b; pull")
    report = inspect_file(path.with_name("f.pt"), robot)
    assert report["checksums"] == {"by": "member", "hold": False}
    assert sum("damaged" in problem for problem in report["problems"]) == 1


def same(a: MotionLib, b: MotionLib) -> bool:
    fields = ("starts", "num_frames", "fps", "weights")
    return (
        (a.names, a.provenances, a.velocity_rule) == (b.names, b.provenances, b.velocity_rule)
        and all(torch.equal(getattr(a, f), getattr(b, f)) for f in fields)
        and all(torch.equal(getattr(a.states, f), getattr(b.states, f)) for f in STATE_FIELDS)
        and torch.equal(a.source.local_quats(slice(None)), b.source.local_quats(slice(None)))
    )


@pytest.mark.parametrize("large", [False, True])
def test_no_flipped_bit_changes_what_a_library_holds(
    path: Path, robot: Robot, large: bool, request: pytest.FixtureRequest
) -> None:
    if large:
        request.getfixturevalue("as_if_large")
    content, expected = path.read_bytes(), load_motion_lib(path, robot).loaded()
    head = content.index(b"PK\x07\x08")  # behind the pickle
    directory = content.index(b"PK\x01\x02")
    bits = drawn_bits(content, 60) + drawn_bits(content[:head], 90)
    bits += drawn_bits(content, 60, first=directory)
    refused = refused_flips(
        path,
        lambda file: load_motion_lib(file, robot).loaded(),
        lambda found: same(found, expected),
        bits,
    )
    assert refused > 100
