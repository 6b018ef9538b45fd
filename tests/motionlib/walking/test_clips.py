from pathlib import Path

import pytest

from motionlib.errors import FormatError
from motionlib.files import data_folder
from motionlib.robot import Robot
from motionlib.stages.verdicts import at_most
from motionlib.walking.clips import clips_of_polynomials
from motionlib.walking.gates import Gates
from motionlib.walking.table import books_of

SOURCE = data_folder() / "motions" / "microduck" / "reference_motions.pkl"


def test_named_motions_in_their_order(microduck: Robot) -> None:
    names = ("0.09_0.0_0.0", "0.0_0.0_0.0")
    clips = clips_of_polynomials(SOURCE, microduck, fps=50.0, min_seconds=1.0, names=names)
    assert tuple(motion.name for motion in clips.motions) == names
    assert all(motion.seconds >= 1.0 for motion in clips.motions)
    assert [row["fate"] for row in clips.rows] == ["accepted", "accepted"]
    assert clips.rows[0]["source"] == "reference_motions.pkl:0.09_0.0_0.0"
    assert len({tuple(row) for row in clips.rows}) == 1, "rows share their columns"
    assert books_of(clips.rows, motions_in=clips.motions_in, seconds_in=clips.seconds_in).balanced


def test_a_gate_rejects_with_its_reason(microduck: Robot) -> None:
    names = ("0.09_0.0_0.0", "0.0_0.0_0.0")
    gates = Gates(foot_slide_mean=at_most(1e-3))
    clips = clips_of_polynomials(SOURCE, microduck, fps=50.0, names=names, gates=gates)
    fates = {row["motion_name"]: row["fate"] for row in clips.rows}
    assert clips.rows[0]["gate"] == "foot_slide_mean"
    assert fates == {"0.09_0.0_0.0": "rejected", "0.0_0.0_0.0": "accepted"}
    assert [motion.name for motion in clips.motions] == ["0.0_0.0_0.0"]


def test_an_unknown_name_offers_the_nearest(microduck: Robot, tmp_path: Path) -> None:
    del tmp_path
    with pytest.raises(FormatError, match=r"nearest: 0\.09_0\.0_0\.0"):
        clips_of_polynomials(SOURCE, microduck, fps=50.0, names=["0.9_0.0_0.0"])
