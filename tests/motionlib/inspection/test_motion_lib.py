"""What is found wrong with packaged libraries."""

from pathlib import Path

import pytest
import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.formats.protomotions.checksums import HEADER_CRC, HEADER_KEY, MOTION_CRC
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.inspection.contents import inspect_file
from motionlib.inspection.motion_lib import (
    library_notes,
    library_problems,
    local_rotation_errors,
)
from motionlib.library import library_from_motions
from motionlib.resampling import resample_motion
from motionlib.robots.files import load_robot


@pytest.fixture
def content(tmp_path: Path, make_motion) -> dict:
    robot = load_robot("smpl")
    motions = [make_motion(robot, frames=n, name=str(n)) for n in (10, 30)]
    save_motion_lib(tmp_path / "x.pt", library_from_motions(motions))
    return dict(load_torch_dict(tmp_path / "x.pt"))


def test_a_sound_library_has_neither_problems_nor_notes(tmp_path: Path, content) -> None:
    content["contacts"][3, 4] = True
    assert library_problems(content, 2) == library_notes(content, [50.0, 50.0]) == []
    report = inspect_file(tmp_path / "x.pt", load_robot("smpl"))
    assert report["kinematics"]["position_error_max_m"] < 1e-5
    assert report["kinematics"]["lrs_error_max_rad"] < 1e-5


def problem(content: dict, tmp_path: Path) -> str:
    torch.save(content, tmp_path / "y.pt")
    return "\n".join(inspect_file(tmp_path / "y.pt", load_robot("smpl"))["problems"])


def test_local_rotations_that_contradict_the_rest(tmp_path: Path, content) -> None:
    errors = local_rotation_errors(content)
    assert errors is not None
    assert max(errors.from_dofs, errors.root) < 1e-5
    half = torch.tensor([0.1, 0.0, 0.0, 0.995**0.5 * 1.0])
    content["lrs"][7, 5] = half / half.norm()
    found = problem(content, tmp_path)
    assert "rad from dps" in found
    assert "rad from grs along the tree" in found
    content["lrs"][:, 0] = half / half.norm()
    assert "rad from grs of the root" in problem(content, tmp_path)
    del content["lrs"]
    assert local_rotation_errors(content) is None
    assert any("lrs is missing" in each for each in library_notes(content, [50.0] * 2))


def test_lengths_that_count_frames_instead_of_steps(tmp_path: Path, content) -> None:
    right = content["motion_lengths"].clone()
    content["motion_lengths"] = content["motion_num_frames"] * content["motion_dt"]
    assert "motion_lengths of 2 motions are frames x dt, one step too long" in problem(
        content, tmp_path
    )
    content["motion_lengths"] = right * torch.tensor([1.0, 1.5])
    found = problem(content, tmp_path)
    assert "motion_lengths of 1 motion are not (frames - 1) x dt; motion 1" in found


def test_weights_labels_and_poses(tmp_path: Path, content) -> None:
    content["motion_weights"] = torch.tensor([-1.0, float("nan")])
    content["contacts"][:] = False
    content["gts"][12, 3, 2] += 0.2
    found = problem(content, tmp_path)
    assert "motion_weights: 1 NaN or infinite" in found
    assert "motion_weights: 1 negative" in found
    assert "contacts are all false" in found
    assert "kinematics: " in found
    assert "in frame 12 is 0.200 m" in found
    content["motion_weights"] = torch.ones(3)
    assert "not one number for each motion" in problem(content, tmp_path)


def test_mixed_rates_zero_weights_and_missing_labels_are_notes(tmp_path: Path, make_motion) -> None:
    robot = load_robot("smpl")
    fast = make_motion(robot, frames=20, name="a")
    lib = library_from_motions([fast, resample_motion(make_motion(robot), 30.0)])
    save_motion_lib(tmp_path / "x.pt", lib)
    content = dict(load_torch_dict(tmp_path / "x.pt"))
    content["motion_weights"] = torch.tensor([0.0, 1.0])
    del content["contacts"]
    for key in (MOTION_CRC, HEADER_CRC):
        del content[HEADER_KEY][key]
    torch.save(content, tmp_path / "y.pt")
    report = inspect_file(tmp_path / "y.pt", robot)
    told = [each for each in report["notes"] if each.startswith("doubtful: ")]
    assert "sole_below_ground" in "".join(told), "its root lies near the ground"
    assert [each for each in report["notes"] if each not in told] == [
        "rates are mixed; fps (motions): 30 (1), 50 (1)",
        "motion_weights: 1 are zero, those motions are never sampled",
        "contacts are missing; bodies are labelled by speed and height when read",
    ]
    assert report["problems"] == []
