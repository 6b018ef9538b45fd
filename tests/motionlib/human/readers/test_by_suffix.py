from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.human.readers.by_suffix import probe_human_clip, read_human_clip

ROBOT = SimpleNamespace(body_names=("Pelvis", "L_Hip"), rest_root_pos=(0.0, 0.0, 0.0))


def test_npz_is_amass_whatever_the_case_of_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, poses=np.zeros((4, 156)), trans=np.zeros((4, 3)), mocap_framerate=60.0)
    path = path.rename(tmp_path / "a.NPZ")
    assert read_human_clip(path, ROBOT).format == "amass_smplh"
    assert probe_human_clip(path).frames == 4


def test_another_suffix_is_refused_with_the_ones_that_are_read(tmp_path: Path) -> None:
    for call in (lambda: read_human_clip(tmp_path / "a.fbx", ROBOT), lambda: probe_human_clip(tmp_path / "a")):  # fmt: skip
        with pytest.raises(FormatError, match=r"\.bvh"):
            call()
