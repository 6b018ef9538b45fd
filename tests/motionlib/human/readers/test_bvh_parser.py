"""The text of BVH files: spellings that exist, and what is refused with its line."""

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.human.readers.bvh_parser import parse_bvh

TEXT = """HIERARCHY
ROOT Hips
{
  OFFSET 0 1 0
  CHANNELS 6 Xposition Yposition ZPosition Zrotation xrotation Yrotation
  JOINT Left Leg {
    OFFSET 1e-1 0 -2.5
    CHANNELS 2 Yrotation Xposition
    End Site
    {
      OFFSET 0 0 1
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.01
1 2 3 4 5 6 7 8
-1 -2 -3 -4 -5 -6 -7 -8e1
"""


@pytest.fixture
def parse(tmp_path):
    def write(text, **options):
        path = tmp_path / "a.bvh"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return parse_bvh(path, **options)

    return write


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace("  ", "\t\t").replace(" 2 3", "\t2\t3").replace("Time: ", "Time:\t"),
        "\ufeff" + TEXT + "\n\n",
        TEXT.replace("Left Leg {", "Left Leg\n{").replace("HIERARCHY", "hierarchy"),
    ],
)
def test_every_spelling_reads_alike(parse, text):
    bvh = parse(text)
    hips, leg = bvh.joints
    assert hips.channels == (
        *("Xposition", "Yposition", "Zposition"),
        *("Zrotation", "Xrotation", "Yrotation"),
    )
    assert (leg.name, leg.parent, leg.offset) == ("Left Leg", 0, (0.1, 0.0, -2.5))
    assert (leg.channels, leg.first_channel) == (("Yrotation", "Xposition"), 6)
    assert bvh.end_sites == {1: (0.0, 0.0, 1.0)}
    assert (bvh.num_frames, bvh.frame_time) == (2, "0.01")
    np.testing.assert_array_equal(bvh.values[0], np.arange(1.0, 9.0))
    assert bvh.values[1, 7] == -80.0


def test_head_alone_needs_no_frames(parse):
    head = TEXT.partition("0.01\n")[0] + "0.01\n"
    for rest in ("", "1 2 3 4 5 6 7 8\n1 2", "1 2\n3 4\n", "a b c d e f g h\n" * 2):
        bvh = parse(head + rest, head_only=True)
        assert bvh.values.shape == (0, 8)
        assert bvh.num_frames == 2
    assert parse(TEXT, head_only=True).values.shape == (2, 8)


def test_head_longer_than_what_is_read_first(parse):
    long = TEXT.replace("ROOT Hips", "\n" * 1_100_000 + "ROOT Hips")
    assert parse(long, head_only=True).num_frames == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HIERARCHY", "hello", r"line 1 is 'hello', expected HIERARCHY"),
        ("Frame Time: 0.01", "", r"no line 'Frame Time"),
        ("Frames: 2", "Frames: two", r"line 16: expected 'Frames: NUMBER'"),
        ("Frames: 2", "Frames: 0", r"line 16: expected at least one frame"),
        ("Frames: 2", "Frames: 3", r"head says 3 frames, found 2 rows"),
        ("1 2 3 4 5 6 7 8", "1 2 3", r"line 18: expected 8 numbers, one a channel, found '3'"),
        ("-8e1", "-8e1 9", r"line 19: expected 8 numbers, one a channel, found '9'"),
        ("-8e1", "eight", r"line 19: expected numbers only, found 'eight'"),
        ("CHANNELS 2", "CHANNELS 3", r"line 8: expected CHANNELS N and N different names"),
        ("Yrotation Xposition", "Yrotation Wposition", r"line 8: expected CHANNELS N"),
        ("Yrotation Xposition", "Yrotation Yrotation", r"line 8: expected CHANNELS N"),
        ("OFFSET 0 0 1", "OFFSET 0 0", r"line 11: expected OFFSET and three finite numbers"),
        ("OFFSET 0 0 1", "OFFSET 0 0 inf", r"line 11: expected OFFSET and three finite numbers"),
        ("Left Leg", "Hips", r"line 6: expected a name of its own for each joint, found 'Hips'"),
        ("End Site", "Ende Site", r"line 9: expected one of ROOT, JOINT"),
        ("    }\n  }\n}\n", "    }\n  }\n", r"line 14: expected a closed hierarchy"),
        ("MOTION", "}\nMOTION", r"line 15: expected no } without its {"),
        ("MOTION\n", "", r"line 15: expected one of ROOT"),
        ("JOINT Left Leg", "{ JOINT Left Leg", r"line 6: expected ROOT, JOINT or End Site before"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(parse, old, new, message):
    assert old in TEXT
    with pytest.raises(FormatError, match=message):
        parse(TEXT.replace(old, new, 1))


def test_other_files_are_refused(parse, tmp_path):
    with pytest.raises(FormatError, match="expected HIERARCHY"):
        parse(b"\x00\x93NUMPY\xff\xfe" * 50)
    with pytest.raises(FormatError, match="expected HIERARCHY"):
        parse("")
    with pytest.raises(FormatError, match=r"gone\.bvh: cannot be read: No such file"):
        parse_bvh(tmp_path / "gone.bvh")
