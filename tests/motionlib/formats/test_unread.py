"""What nobody reads is named, with a way out."""

from pathlib import Path

from motionlib.formats.unread import unread_note


def test_known_suffixes_say_what_to_do():
    assert "export it as .bvh" in unread_note(Path("a/DANCE.FBX"))
    assert "markers without a skeleton" in unread_note(Path("x.c3d"))
    assert "numpy.savez" in unread_note(Path("x.h5"))
    assert unread_note(Path("robot.xml")).endswith("which is not read as a motion")


def test_others_are_told_by_their_suffix_however_long():
    assert unread_note(Path("x.odd")) == "suffix '.odd' is of no format known here"
    assert unread_note(Path("x")) == "has no suffix"
    assert len(unread_note(Path("x." + "a" * 5000))) < 80
