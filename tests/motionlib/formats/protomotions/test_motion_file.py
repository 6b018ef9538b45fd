"""Single `.motion` clips."""

from dataclasses import replace

import pytest
import torch

from motionlib.errors import FormatError, RobotError
from motionlib.formats.protomotions.motion_file import (
    MotionFile,
    load_motion_file,
    motion_from_motion_file,
    save_motion_file,
)
from motionlib.motion import states_from_motion
from motionlib.rotations import quat_angle
from tests.flips import drawn_bits, refused_flips

FIELDS = tuple(MotionFile.__dataclass_fields__)


@pytest.fixture
def content(microduck, make_motion):
    states = states_from_motion(make_motion(microduck))
    return {
        "fps": 50,
        "dof_pos": states.dof_pos,
        "dof_vel": states.dof_vel,
        "rigid_body_pos": states.body_pos,
        "rigid_body_rot": states.body_quat_wxyz[..., [1, 2, 3, 0]],
        "rigid_body_vel": states.body_lin_vel,
        "rigid_body_ang_vel": states.body_ang_vel,
    }


def test_file_without_enum_and_contacts_is_read(tmp_path, microduck, make_motion, content):
    torch.save(content, tmp_path / "turn.motion")
    file = load_motion_file(tmp_path / "turn.motion")
    assert (file.fps, file.body_contact, file.state_conversion) == (50.0, None, "")
    motion, before = motion_from_motion_file(file, microduck), make_motion(microduck)
    assert motion.name == "turn"
    assert torch.equal(motion.dof_pos, before.dof_pos)
    assert quat_angle(motion.root_quat_wxyz, before.root_quat_wxyz).max() < 1e-6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dof_vel": None}, "tensors missing: dof_vel"),
        ({"fps": "fast"}, "fps is 'fast'"),
        ({"fps": 0}, "fps is 0"),
        ({"rigid_body_rot": torch.zeros(40, 19, 3)}, "rigid_body_rot has shape"),
        ({"dof_pos": torch.zeros(40, 14).long()}, "64-bit whole number, expected"),
    ],
)
def test_bad_files_are_refused(tmp_path, content, changes, message):
    torch.save(content | changes, tmp_path / "bad.motion")
    with pytest.raises(FormatError, match=message):
        load_motion_file(tmp_path / "bad.motion")


def test_other_robot_is_refused(tmp_path, g1, microduck, content):
    torch.save(content, tmp_path / "turn.motion")
    file = load_motion_file(tmp_path / "turn.motion")
    with pytest.raises(RobotError, match="g1 has 30 or 33 and 29"):
        motion_from_motion_file(file, g1)
    torch.save(
        content | {"rigid_body_pos": content["rigid_body_pos"].flip(1)}, tmp_path / "b.motion"
    )
    with pytest.raises(RobotError, match="another body order"):
        motion_from_motion_file(load_motion_file(tmp_path / "b.motion"), microduck)


def test_shipped_clips_are_of_the_g1(test_data, g1):
    for name in ("walk", "jumpjack"):
        file = load_motion_file(test_data / "g1_motion" / f"{name}.motion")
        motion = motion_from_motion_file(file, g1)
        assert (motion.name, motion.fps, motion.num_frames) == (name, 30.0, len(file.dof_pos))
        assert "protomotions bodies" in motion.provenance.steps[0]


def test_a_written_motion_comes_back(tmp_path, microduck, make_motion):
    motion = make_motion(microduck)
    save_motion_file(tmp_path / "turn.motion", motion)
    file = load_motion_file(tmp_path / "turn.motion")
    states = states_from_motion(motion, velocity_rule="forward_min3")
    assert torch.equal(file.body_lin_vel, states.body_lin_vel)
    assert file.body_contact is not None
    assert torch.equal(file.body_contact, states.body_contact)
    back = motion_from_motion_file(file, microduck)
    assert (back.name, back.fps) == ("turn", 50.0)
    assert torch.equal(back.dof_pos, motion.dof_pos)


def test_no_flipped_bit_changes_what_is_read(tmp_path, microduck, make_motion):
    path = tmp_path / "turn.motion"
    save_motion_file(path, make_motion(microduck, frames=30))
    expected = load_motion_file(path)

    def same(found):
        values = [(getattr(found, each), getattr(expected, each)) for each in FIELDS]
        return all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in values)

    bits = drawn_bits(path.read_bytes(), 300)
    assert refused_flips(path, load_motion_file, same, bits) > 150


def grown(robot, factor):
    """The same humanoid with longer bones."""
    return replace(robot, body_offset_pos=robot.body_offset_pos * factor)


@pytest.mark.parametrize("name", ["smpl", "smplx"])
def test_a_humanoid_of_other_bones_keeps_its_rotations(tmp_path, request, make_motion, name):
    robot = request.getfixturevalue(name)
    before = make_motion(robot)
    save_motion_file(tmp_path / "tall.motion", replace(before, robot=grown(robot, 1.1)))
    file = load_motion_file(tmp_path / "tall.motion")
    motion = motion_from_motion_file(file, robot)
    assert motion.robot is robot
    assert torch.allclose(motion.dof_pos, before.dof_pos, atol=1e-6)
    assert quat_angle(motion.root_quat_wxyz, before.root_quat_wxyz).max() < 1e-5
    steps = "; ".join(motion.provenance.steps)
    assert "made on bones of another length" in steps
    assert "the floor that it stands on" in steps


def test_a_humanoid_whose_bodies_are_out_of_order_is_refused(tmp_path, smpl, make_motion):
    save_motion_file(tmp_path / "x.motion", make_motion(smpl))
    content = torch.load(tmp_path / "x.motion", weights_only=True)
    for key in ("rigid_body_pos", "rigid_body_rot"):
        content[key][:, 1:] = content[key][:, 1:].flip(1)
    torch.save(content, tmp_path / "x.motion")
    with pytest.raises(RobotError, match=r"rotations are up to .* pass the humanoid that it was"):
        motion_from_motion_file(load_motion_file(tmp_path / "x.motion"), smpl)
