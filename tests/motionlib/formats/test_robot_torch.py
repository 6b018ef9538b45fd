"""Robots' clips that people wrote by `torch.save`."""

import pytest
import torch

from motionlib.errors import FormatError, MotionError
from motionlib.formats.robot_torch import load_robot_torch
from motionlib.rotations import quat_angle, xyzw_from_wxyz


@pytest.fixture
def clip(g1, make_motion):
    motion = make_motion(g1)
    return motion, {
        "root_pos": motion.root_pos,
        "root_quat_xyzw": xyzw_from_wxyz(motion.root_quat_wxyz),
        "dof_pos": motion.dof_pos,
        "fps": torch.tensor(50),
    }


def test_one_clip_and_several(tmp_path, g1, clip):
    motion, content = clip
    torch.save(content, tmp_path / "walk.pt")
    torch.save({"a": content, "b": content}, tmp_path / "both.pt")
    (found,) = load_robot_torch(tmp_path / "walk.pt", g1, floor="keep")
    assert (found.name, found.fps) == ("walk", 50.0)
    assert torch.allclose(found.dof_pos, motion.dof_pos)
    assert quat_angle(found.root_quat_wxyz, motion.root_quat_wxyz).max() < 1e-3
    names = [each.name for each in load_robot_torch(tmp_path / "both.pt", g1)]
    assert names == ["a", "b"]


def test_what_holds_no_robot_is_named(tmp_path, g1):
    torch.save({"poses": torch.zeros(3, 72), "trans": torch.zeros(3, 3)}, tmp_path / "x.pt")
    with pytest.raises(FormatError, match="a human's motion"):
        load_robot_torch(tmp_path / "x.pt", g1)
    torch.save({"policy.weight": torch.zeros(3)}, tmp_path / "x.pt")
    with pytest.raises(FormatError, match=r"a torch file of policy\.weight, which is no layout"):
        load_robot_torch(tmp_path / "x.pt", g1)


def test_what_cannot_be_true_is_refused_or_told(tmp_path, g1, clip):
    _, content = clip
    along = torch.tensor([1000.0, 1000.0, 1.0])
    torch.save(content | {"root_pos": content["root_pos"] * along}, tmp_path / "mm.pt")
    with pytest.raises(MotionError, match="root_speed_held"):
        load_robot_torch(tmp_path / "mm.pt", g1)
    (found,) = load_robot_torch(tmp_path / "mm.pt", g1, accept_implausible=True)
    assert any("root_speed_held" in step for step in found.provenance.steps)
