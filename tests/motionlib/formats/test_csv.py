"""Robot CSV: quaternion order, shapes, and what ProtoMotions' converter makes of the same clips."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.contacts import label_contacts
from motionlib.errors import FormatError
from motionlib.formats.csv import load_csv
from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.motion_lib import load_motion_file
from motionlib.grounding import floor_height
from motionlib.kinematics import Kinematics
from motionlib.rotations import quat_angle, quat_from_euler_xyz
from motionlib.velocities import (
    angular_velocity,
    late_by_one_frame,
    linear_velocity,
    scalar_velocity,
)


def write_csv(path, motion, *, order="wxyz", yaw=0.0):
    t = torch.linspace(0.0, 0.4, motion.num_frames)
    wxyz = quat_from_euler_xyz(0.1 * t, 0.2 * t, t + yaw)
    quat = wxyz if order == "wxyz" else wxyz[:, [1, 2, 3, 0]]
    table = torch.cat((motion.root_pos, quat, motion.dof_pos), 1).double().numpy()
    np.savetxt(path, table, delimiter=",")
    return wxyz


@pytest.mark.parametrize("order", ["wxyz", "xyzw"])
def test_order_is_detected_from_the_upright_reading(tmp_path, g1, make_motion, order):
    motion = make_motion(g1)
    wxyz = write_csv(tmp_path / "walk.csv", motion, order=order)
    read = load_csv(tmp_path / "walk.csv", g1, floor="keep")
    assert torch.allclose(read.root_quat_wxyz, wxyz, atol=1e-6)
    assert torch.equal(read.root_pos, motion.root_pos)
    assert torch.equal(read.dof_pos, motion.dof_pos)
    assert (read.name, read.fps) == ("walk", 30.0)
    assert f"columns {order} (" in read.provenance.steps[0]


def test_turning_clip_is_told_by_standing_upright(tmp_path, g1, make_motion):
    for order in ("wxyz", "xyzw"):
        wxyz = write_csv(tmp_path / "turn.csv", make_motion(g1), order=order, yaw=1.5)
        read = load_csv(tmp_path / "turn.csv", g1)
        assert quat_angle(read.root_quat_wxyz, wxyz).max() < 1e-5
        assert "upright in this reading only" in read.provenance.steps[0]


def test_ambiguous_order_is_an_error_until_it_is_asked_for(tmp_path, g1, make_motion):
    # wxyz, facing and walking backwards: as xyzw it would face forwards and walk backwards
    motion = make_motion(g1)
    motion = replace(motion, root_pos=motion.root_pos * torch.tensor([-1.0, 1.0, 1.0]))
    wxyz = write_csv(tmp_path / "back.csv", motion, yaw=np.pi)
    with pytest.raises(FormatError, match=r"upright in wxyz and xyzw.*--quat-order"):
        load_csv(tmp_path / "back.csv", g1)
    read = load_csv(tmp_path / "back.csv", g1, quat_order="wxyz")
    assert quat_angle(read.root_quat_wxyz, wxyz).max() < 1e-5
    assert "asked for" in read.provenance.steps[0]


def test_lying_robot_is_ambiguous(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    table = torch.cat((motion.root_pos, torch.full((40, 4), 0.5), motion.dof_pos), 1)
    np.savetxt(tmp_path / "lying.csv", table.numpy(), delimiter=",")
    with pytest.raises(FormatError, match="upright in neither reading"):
        load_csv(tmp_path / "lying.csv", g1)


def test_floor_shift_moves_the_whole_clip(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    write_csv(tmp_path / "walk.csv", motion)
    kept = load_csv(tmp_path / "walk.csv", g1, floor="keep")
    moved = load_csv(tmp_path / "walk.csv", g1)
    assert abs(floor_height(kept)) > 0.01
    assert abs(floor_height(moved)) < 1e-5
    offset = moved.root_pos - kept.root_pos
    assert torch.allclose(offset, offset[:1].expand_as(offset), atol=1e-6)
    assert not offset[:, :2].any()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda rows: ["frame,x,y", *rows], "line 1 has 3 columns, expected 36"),
        (lambda rows: [",".join(["x"] * 36), *rows], "line 1, column 1 is 'x'.*header"),
        (lambda rows: [rows[0], rows[1].rsplit(",", 1)[0]], "line 2 has 35 columns"),
        (lambda rows: [rows[0], rows[1].rsplit(",", 1)[0] + ",nan"], "line 2, column 36 is nan"),
        (lambda rows: [rows[0].replace(rows[0].split(",")[3], "7")], "norm"),
        (lambda _rows: [], "no rows"),
    ],
)
def test_bad_files_are_refused(tmp_path, g1, make_motion, edit, message):
    path = tmp_path / "bad.csv"
    write_csv(path, make_motion(g1, frames=2))
    path.write_text("\n".join(edit(path.read_text().splitlines())))
    with pytest.raises(FormatError, match=message):
        load_csv(path, g1)


def test_binary_file_is_refused(tmp_path, g1):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00" * 10)
    with pytest.raises(FormatError, match="not text"):
        load_csv(tmp_path / "b.csv", g1)


def test_wrong_robot_is_refused(tmp_path, g1, microduck, make_motion):
    write_csv(tmp_path / "walk.csv", make_motion(g1))
    with pytest.raises(FormatError, match="36 columns, expected 21 for microduck"):
        load_csv(tmp_path / "walk.csv", microduck)


@pytest.mark.parametrize("clip", ["walk", "jumpjack"])
class TestAgainstProtoMotionsConverter:
    """The shipped `.motion` of the same clip: every difference is one of four stated rules."""

    @pytest.fixture
    def theirs(self, test_data, clip):
        return load_motion_file(test_data / "g1_motion" / f"{clip}.motion")

    @pytest.fixture
    def ours(self, test_data, g1, clip):
        return load_csv(test_data / "g1_csv" / f"{clip}.csv", g1, quat_order="wxyz", floor="keep")

    @pytest.fixture
    def placed(self, g1, ours):
        """Poses of their 33 bodies from our kinematics, float64."""
        poses = Kinematics(g1, dtype=torch.float64).forward(
            ours.root_pos.double(), ours.root_quat_wxyz.double(), ours.dof_pos.double()
        )
        return body_layout(g1, "protomotions").place(*poses)

    @staticmethod
    def lift(body_pos):
        """Rule 1: each frame is moved so that its lowest origin is at .02 m, down by .02 at most."""
        return (0.02 - body_pos[..., 2].amin(1)).clamp(min=-0.02)

    @classmethod
    def lifted(cls, body_pos):
        """Rule 1, then the clip as a whole so that the lowest origin of all is at .04 m."""
        out = body_pos.clone()
        out[..., 2] += cls.lift(body_pos).unsqueeze(-1)
        out[..., 2] += 0.04 - out[..., 2].min()
        return out

    @classmethod
    def lifted_velocity(cls, body_pos):
        """Rule 2: differentiate the file's positions, then add the forward difference of the lift."""
        velocity = linear_velocity(body_pos, 30.0, "forward_min3")
        velocity[:-1, :, 2] += (cls.lift(body_pos).diff() * 30.0).unsqueeze(-1)
        return velocity

    def test_raw_poses_differ_by_the_lift_alone(self, theirs, placed):
        positions, quats = placed
        difference = theirs.body_pos.double() - positions
        assert difference[..., :2].abs().max() < 5e-6
        assert difference[..., 2].std(dim=1).max() < 5e-6  # the same for every body of a frame
        assert (theirs.body_pos.double() - self.lifted(positions)).abs().max() < 5e-6
        assert quat_angle(quats, theirs.body_quat_wxyz.double()).max() < 5e-6

    def test_dofs_agree(self, theirs, ours):
        assert (theirs.dof_pos - ours.dof_pos).abs().max() < 1e-6
        velocity = scalar_velocity(ours.dof_pos.double(), 30.0, "forward_min3")
        assert (theirs.dof_vel - velocity).abs().max() < 1e-5

    def test_linear_velocities_are_of_the_unlifted_positions(self, theirs, placed):
        velocity = self.lifted_velocity(placed[0])
        assert (theirs.body_lin_vel - velocity).norm(dim=-1).max() < 1e-4
        of_their_positions = linear_velocity(theirs.body_pos.double(), 30.0, "forward_min3")
        assert (theirs.body_lin_vel - of_their_positions).abs().max() > 0.1

    def test_angular_velocities_are_one_frame_late(self, theirs, placed):
        ours = angular_velocity(placed[1], 30.0, "forward_min3")
        assert (theirs.body_ang_vel - late_by_one_frame(ours)).norm(dim=-1).max() < 1e-4
        assert (theirs.body_ang_vel - ours).norm(dim=-1).max() > 1.0

    def test_contacts_follow_from_lifted_heights_and_velocities(self, theirs, placed):
        theirs_again = label_contacts(self.lifted(placed[0]), self.lifted_velocity(placed[0]))
        assert torch.equal(theirs.body_contact, theirs_again)

    def test_our_contacts_agree_but_for_lift_and_its_velocity(self, theirs, placed):
        clean = label_contacts(placed[0], linear_velocity(placed[0], 30.0, "forward_min3"))
        assert 0.9 < (clean == theirs.body_contact).float().mean() <= 1.0
