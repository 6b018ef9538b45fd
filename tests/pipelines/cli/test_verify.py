from pathlib import Path

import pytest

from motionlib.files import HOST_TAG
from motionlib.home import HOME_VERSION, MARK
from motionlib.sealed import write_sealed


@pytest.fixture
def published(motion, npz_folder, motion_home) -> Path:
    motion("publish", npz_folder / "0.0_0.0_0.0.npz", "--name", "stand")
    return motion_home


def test_a_sound_home_is_zero(motion, published):
    done = motion("verify")
    assert done.status == 0
    assert done.output == ""
    assert "things checked, 0 found, nothing to be mended" in done.errors


def test_damage_is_told_with_its_remedy_and_one(motion, published):
    file = published / "artifacts/names/local/motions/stand/v0/motion.npz"
    file.chmod(0o644)
    file.write_bytes(b"changed")
    left = published / "reports" / f".x.999999999-{HOST_TAG}456789ab.tmp"
    left.parent.mkdir()
    left.touch()
    done = motion("verify", "--home", published)
    assert done.status == 1
    text = " ".join(done.output.split())
    assert "its bytes changed since it was published" in text
    assert "publish the original files" in text
    assert "left by a killed process" in text
    assert text.index("registry") < text.index("leftovers"), "what has to be mended comes first"
    assert "to be mended" in done.errors
    assert not left.exists()
    original = motion("verify", "--home", published)
    assert original.status == 1
    assert "leftovers" not in original.output


def test_what_mends_itself_is_zero(motion, published):
    layer = published / "cache" / "mine" / "clips" / "0123456789abcdef"
    layer.mkdir(parents=True)
    done = motion("verify")
    assert done.status == 0
    assert "made_from.json is missing" in done.output
    assert "it is made again when a run wants it" in " ".join(done.output.split())


def test_of_many_things_that_mend_themselves_some_are_shown(motion, published):
    for number in range(30):
        (published / "cache" / "mine" / "clips" / f"{number:016x}").mkdir(parents=True)
    done = motion("verify")
    assert done.status == 0
    assert done.output.count("made_from.json is missing") == 24
    assert "and 6 more that mend themselves" in done.errors


def test_no_home_and_a_newer_one_are_refused(motion, tmp_path):
    done = motion("verify", "--home", tmp_path / "nowhere")
    assert done.status == 2
    assert "nowhere: no such folder" in done.errors
    write_sealed(tmp_path / MARK, {"version": HOME_VERSION + 1})
    done = motion("verify", "--home", tmp_path)
    assert done.status == 2
    assert "newer" in done.errors
