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
        (lambda rows: ["frame,x,y", *rows], "header names 3 columns, expected 36"),
        (lambda rows: [",".join(["x"] * 36), *rows], "no column for 29 of the 29 joints of g1"),
        (lambda rows: [",".join(["x"] * 36)], "no rows of numbers.*line 1 is 'x,x,"),
        (lambda rows: [rows[0], rows[1].rsplit(",", 1)[0]], "line 2 has 35 columns"),
        (lambda rows: [rows[0], rows[1].rsplit(",", 1)[0] + ",nan"], "line 2, column 36 is nan"),
        (lambda rows: [rows[0].replace(rows[0].split(",")[3], "7")], "norm"),
        (
            lambda rows: [rows[0], rows[1].replace(rows[1].split(",")[8], "9" * 500)],
            r"is '9{70,77}\.\.\., expected a number",
        ),
        (
            lambda rows: [rows[0], rows[1].replace(rows[1].split(",")[8], "1_x")],
            "column 9 is '1_x'",
        ),
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
    for content in (b"\xff\xfe\x00" * 10, b"\xff\xfe\x00", b"\x00\xff\x80" * 10):
        (tmp_path / "b.csv").write_bytes(content)
        with pytest.raises(FormatError, match="not text"):
            load_csv(tmp_path / "b.csv", g1)


def test_wrong_robot_is_refused(tmp_path, g1, microduck, make_motion):
    write_csv(tmp_path / "walk.csv", make_motion(g1))
    with pytest.raises(FormatError, match="36 columns, expected 21 for microduck"):
        load_csv(tmp_path / "walk.csv", microduck)


def table_of(motion):
    """(T, 7 + D) position, wxyz, joints."""
    return torch.cat((motion.root_pos, motion.root_quat_wxyz, motion.dof_pos), 1).double().numpy()


def write_named(path, names, table):
    np.savetxt(path, table, delimiter=",", header=",".join(names), comments="")


ROOT = ("root_pos_x", "root_pos_y", "root_pos_z")
QUAT = ("root_rot_w", "root_rot_x", "root_rot_y", "root_rot_z")


def same(read, motion, atol=2e-6):
    assert torch.allclose(read.root_pos, motion.root_pos, atol=atol)
    assert torch.allclose(read.dof_pos, motion.dof_pos, atol=atol)
    assert quat_angle(read.root_quat_wxyz, motion.root_quat_wxyz).max() < 1e-4


def test_columns_are_found_by_name_in_any_order(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    names = [
        *ROOT,
        *QUAT,
        *(f"dof_{name.removesuffix('_joint').upper()}(rad)" for name in g1.dof_names),
    ]
    table = table_of(motion)
    order = np.random.default_rng(0).permutation(len(names))
    extra = np.full((len(table), 1), 7.0)
    table = np.concatenate((table[:, order], extra), 1)
    write_named(tmp_path / "x.csv", [*(names[at] for at in order), "left_knee_vel"], table)
    read = load_csv(tmp_path / "x.csv", g1, floor="keep")
    same(read, motion)
    assert read.provenance.steps[:2] == (
        "csv: 30 fps (assumed; --fps says otherwise), quaternion columns by name",
        "columns left out: left_knee_vel",
    )


def test_bones_seed_is_read_in_cm_and_degrees_at_its_rate(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    t = torch.linspace(0.0, 0.4, motion.num_frames, dtype=torch.float64)
    angles = torch.stack((0.1 * t, 0.2 * t, t), 1)
    motion = replace(motion, root_quat_wxyz=quat_from_euler_xyz(*angles.unbind(1)).float())
    names = ["Frame", *(f"root_translate{axis}" for axis in "XYZ")]
    names += [f"root_rotate{axis}" for axis in "XYZ"]
    names += [f"{name}_dof" for name in g1.dof_names]
    degrees = np.rad2deg(np.concatenate((angles.numpy(), motion.dof_pos.numpy()), 1))
    frames = np.arange(motion.num_frames)[:, None]
    table = np.concatenate((frames, motion.root_pos.numpy() * 100.0, degrees), 1)
    write_named(tmp_path / "b.csv", names, table)
    read = load_csv(tmp_path / "b.csv", g1, floor="keep")
    same(read, motion)
    assert read.fps == 120.0
    assert load_csv(tmp_path / "b.csv", g1, fps=30.0).fps == 30.0
    table[:, 0] *= 4
    write_named(tmp_path / "every_fourth.csv", names, table)
    assert load_csv(tmp_path / "every_fourth.csv", g1).fps == 30.0
    np.savetxt(tmp_path / "bare.csv", table / [4, *[1] * 35], delimiter=",")
    with pytest.raises(
        FormatError, match=r"BONES-SEED.*without its first line; put its header back"
    ):
        load_csv(tmp_path / "bare.csv", g1)


def test_a_time_column_gives_the_rate_and_units_are_read(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    names = ["time [ms]", *(f"{name} (cm)" for name in ROOT), *QUAT]
    names += [f"{name}_deg" for name in g1.dof_names]
    scales = [1.0, *[100.0] * 3, *[1.0] * 4, *[180.0 / np.pi] * g1.num_dofs]
    times = np.round(np.arange(motion.num_frames) / 50.0 * 1000.0)
    table = np.concatenate((times[:, None], table_of(motion)), 1) * scales
    write_named(tmp_path / "t.csv", names, table)
    read = load_csv(tmp_path / "t.csv", g1, floor="keep")
    same(read, motion)
    assert (read.fps, load_csv(tmp_path / "t.csv", g1, fps=50.0).fps) == (50.0, 50.0)
    with pytest.raises(
        FormatError, match=r"30 frames a second are asked for.*says 50; leave --fps"
    ):
        load_csv(tmp_path / "t.csv", g1, fps=30.0)


def test_a_counter_may_stand_before_columns_without_names(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    frames = np.arange(motion.num_frames)[:, None]
    for counter, fps in ((frames, 30.0), (frames / 60.0, 60.0)):
        np.savetxt(
            tmp_path / "c.csv", np.concatenate((counter, table_of(motion)), 1), delimiter=","
        )
        read = load_csv(tmp_path / "c.csv", g1, quat_order="wxyz", floor="keep")
        same(read, motion)
        assert read.fps == fps


def test_rotations_without_a_stated_meaning_are_refused(tmp_path, g1, make_motion):
    motion = make_motion(g1)
    table = np.delete(table_of(motion), 3, axis=1)
    for names, message in (
        (("rot_x", "rot_y", "rot_z"), "may be roll, pitch, yaw or a rotation vector"),
        (("euler_x", "euler_y", "euler_z"), "do not say about which axes"),
        (("left", "right", "up"), "names no rotation of the root"),
    ):
        write_named(tmp_path / "r.csv", [*ROOT, *names, *g1.dof_names], table)
        with pytest.raises(FormatError, match=message):
            load_csv(tmp_path / "r.csv", g1)
    table[:, 3:6] = [0.0, 5.0, 90.0]
    names = [*ROOT, "roll", "pitch", "yaw", *g1.dof_names]
    write_named(tmp_path / "r.csv", names, table)
    with pytest.raises(FormatError, match="reaches 90 and its columns state no unit"):
        load_csv(tmp_path / "r.csv", g1)


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
