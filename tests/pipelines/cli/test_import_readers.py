"""Human recordings through `motion import`."""

import numpy as np
import pytest
import torch

from motionlib.formats.loading import load_library, load_motions
from motionlib.formats.protomotions.motion_file import save_motion_file
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions
from retarget.protomotions.intermediate import FootLabels, write_contacts, write_retargeted
from tests.motionlib.formats.protomotions.test_legacy_motion import save, skeleton_motion

NAMES = {
    "Hips": ("", (0, 0, 0)), "Spine2": ("Hips", (0, 30, 0)), "Head": ("Spine2", (0, 30, 0)),
    **{
        f"{side}{joint}": (f"{side}{parent}" if parent in {"UpLeg", "Leg", "Arm", "ForeArm"}
                           else parent, (sign * x, y, 0))
        for side, sign in (("Left", 1), ("Right", -1))
        for joint, parent, x, y in (
            ("UpLeg", "Hips", 9, 0), ("Leg", "UpLeg", 0, -42), ("Foot", "Leg", 0, -42),
            ("Arm", "Spine2", 16, 20), ("ForeArm", "Arm", 28, 0), ("Hand", "ForeArm", 25, 0),
        )
    },
}  # fmt: skip


def stick_figure(frames=5):
    """A BVH of someone who turns on the spot, y up, cm, 60 fps."""

    def block(name):
        parent, offset = NAMES[name]
        inner = [line for child in NAMES if NAMES[child][0] == name for line in block(child)]
        rotations = "Zrotation Xrotation Yrotation"
        channels = "3 " + rotations if parent else "6 Xposition Yposition Zposition " + rotations
        end = [] if inner else ["End Site", "{", "OFFSET 0 0 14", "}"]
        head = [f"{'JOINT' if parent else 'ROOT'} {name}", "{"]
        return [*head, f"OFFSET {offset[0]} {offset[1]} {offset[2]}", f"CHANNELS {channels}",
                *inner, *end, "}"]  # fmt: skip

    rows = np.zeros((frames, 6 + 3 * (len(NAMES) - 1)))
    rows[:, 1], rows[:, 5] = 95.0, np.arange(frames) * 3.0
    text = ["HIERARCHY", *block("Hips"), "MOTION", f"Frames: {frames}", "Frame Time: 0.0166667"]
    return "\n".join([*text, *(" ".join(map(str, row)) for row in rows), ""])


@pytest.fixture
def bvh_folder(tmp_path):
    folder = tmp_path / "bvh"
    folder.mkdir()
    (folder / "turn left.bvh").write_text(stick_figure())
    (folder / "b.BVH").write_text(stick_figure(9))
    (folder / "readme.txt").write_text("no motion")
    return folder


def test_bvh_becomes_a_library_or_clips(motion, bvh_folder, tmp_path, smpl):
    done = motion("import", bvh_folder, "--robot", "smpl", "--output", tmp_path / "x.pt")
    assert done.status == 0, done.errors
    library = load_library(tmp_path / "x.pt", smpl)
    assert sorted(library.names) == ["b", "turn left"]
    assert library.fps.tolist() == [60.0, 60.0]
    options = ("--robot", "smpl", "--output", tmp_path / "clips", "--output-fps", 30)
    assert motion("import", bvh_folder / "b.BVH", *options).status == 0
    (clip,) = load_motions(tmp_path / "clips" / "b.npz", smpl)
    assert (clip.fps, clip.num_frames) == (30.0, 5)
    assert "unit cm" in clip.provenance.steps[0]
    assert "joint map humanik" in clip.provenance.steps[0]


def test_a_joint_map_may_be_given(motion, bvh_folder, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("joints: {Pelvis: nowhere}")
    options = ("--robot", "smpl", "--output", tmp_path / "x.pt", "--joint-map", mine)
    assert "no joint for Chest" in motion("import", bvh_folder, *options).errors


def test_height_is_kept_on_request(motion, bvh_folder, tmp_path, smpl):
    heights = []
    for floor in ("shift", "keep"):
        options = ("--robot", "smpl", "--output", tmp_path / floor, "--floor", floor)
        assert motion("import", bvh_folder / "b.BVH", *options).status == 0
        heights.append(float(load_motions(tmp_path / floor / "b.npz", smpl)[0].root_pos[0, 2]))
    assert heights[0] != pytest.approx(heights[1], abs=1e-3)


def test_human_recordings_need_a_humanoid_and_a_known_suffix(motion, bvh_folder, tmp_path):
    options = ("--robot", "microduck", "--output", tmp_path / "x.pt")
    assert "--robot smpl" in motion("import", bvh_folder / "b.BVH", *options).errors
    assert "no .csv, .npz, .pkl, .motion files" in motion("import", bvh_folder, *options).errors
    text = motion("import", bvh_folder / "readme.txt", *options).errors
    assert ".txt is a text, which is not read as a motion" in text
    assert "expected .csv, .npz, .pkl, .motion, .pt for microduck" in text


def test_real_recordings(motion, test_data, tmp_path, smpl):
    done = motion("import", test_data / "bvh", "--robot", "smpl", "--output", tmp_path / "x.pt",
                  "--output-fps", 30)  # fmt: skip
    assert done.status == 0, done.errors
    library = load_library(tmp_path / "x.pt", smpl)
    assert library.names == ("dab", "jumping", "zombie")


def test_what_protomotions_solver_wrote_is_read_with_its_labels(motion, tmp_path, g1, make_motion):
    folder = tmp_path / "pyroki-retargeted-g1"
    write_retargeted(folder / "walk_keypoints_retargeted.npz", make_motion(g1, frames=6))
    labels = FootLabels(fps=50.0, touching=np.array([[1.0, 0.0]] * 6))
    write_contacts(tmp_path / "contacts" / "walk_keypoints_contacts.npz", labels)
    done = motion("import", folder, "--robot", "g1", "--output", tmp_path / "g1")
    assert done.status == 0, done.errors
    (clip,) = load_motions(tmp_path / "g1" / "walk.npz", g1)
    assert clip.foot_contact is not None
    assert clip.foot_contact.tolist() == [[True, False]] * 6


def test_robots_files_are_told_by_their_arrays(motion, tmp_path, g1, make_motion):
    clip = make_motion(g1, frames=6)
    table = np.concatenate((clip.root_pos, clip.root_quat_wxyz, clip.dof_pos), axis=1)
    np.savez(tmp_path / "walk.npz", qpos=table, fps=50)
    done = motion("import", tmp_path / "walk.npz", "--robot", "g1", "--output", tmp_path / "g1")
    assert done.status == 0, done.errors
    assert load_motions(tmp_path / "g1" / "walk.npz", g1)[0].fps == 50.0
    np.savez(tmp_path / "odd.npz", numbers=table)
    done = motion("import", tmp_path / "odd.npz", "--robot", "g1", "--output", tmp_path / "g1")
    assert "holds numbers, which is no layout of a robot's motion" in done.errors
    np.savez(tmp_path / "amass.npz", trans=np.zeros((2, 3)), poses=np.zeros((2, 156)))
    done = motion("import", tmp_path / "amass.npz", "--robot", "g1", "--output", tmp_path / "g1")
    assert "--robot smpl" in done.errors


def test_files_of_protomotions_become_clips(motion, tmp_path, smpl, make_motion):
    clip = make_motion(smpl, frames=6)
    save(tmp_path / "v2.npy", skeleton_motion(clip, local=True))
    save_motion_file(tmp_path / "single.motion", clip)
    save_motion_lib(tmp_path / "packed.pt", library_from_motions([clip]))
    for name in ("v2.npy", "single.motion", "packed.pt"):
        done = motion("import", tmp_path / name, "--robot", "smpl", "--output", tmp_path / "o")
        assert done.status == 0, done.errors
    done = motion("import", tmp_path / "v2.npy", "--robot", "g1", "--output", tmp_path / "o")
    assert "put it onto g1 with `motion retarget run`" in done.errors


def test_a_robots_clip_of_torch(motion, tmp_path, g1, make_motion):
    clip = make_motion(g1, frames=6)
    content = {"root_pos": clip.root_pos, "root_quat_wxyz": clip.root_quat_wxyz, "fps": 50,
               "dof_pos": clip.dof_pos}  # fmt: skip
    torch.save(content, tmp_path / "walk.pt")
    done = motion("import", tmp_path / "walk.pt", "--robot", "g1", "--output", tmp_path / "o")
    assert done.status == 0, done.errors
    assert load_motions(tmp_path / "o" / "walk.npz", g1)[0].num_frames == 6
