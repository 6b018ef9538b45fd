import dataclasses
import os

import numpy as np
import pytest
import torch

from motionlib.corpus.index import IndexSettings, build_index
from motionlib.errors import MotionError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.protomotions.motion_file import save_motion_file
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.human.settings import HumanSettings
from motionlib.library import library_from_motions
from motionlib.motion import Motion
from motionlib.robots.files import load_robot
from motionlib.stages.conversion import convert_clips
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.store import ClipStore
from retarget.protomotions.intermediate import write_keypoints, write_retargeted
from retarget.protomotions.keypoints import keypoints_of
from retarget.stage.sources import load_source, motion_sha256, sources_of_file, sources_of_rows
from tests.motionlib.formats.protomotions.test_legacy_motion import save, skeleton_motion


def same(one: Motion, other: Motion) -> None:
    for name in ("root_pos", "root_quat_wxyz", "dof_pos"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), atol=1e-6, rtol=0.0)


def test_a_library_that_is_open_follows_its_robot(make_motion, biped, edit_file, tmp_path):
    robot = load_robot(biped)
    save_motion_lib(tmp_path / "b.pt", library_from_motions([make_motion(robot, frames=4)]))
    (clip,) = sources_of_file(tmp_path / "b.pt", robot)
    edit_file(biped / "robot.yaml", "foot_friction", "default_root_height: 0.9\nfoot_friction")
    changed = load_robot(biped)
    assert changed.semantic_sha256 == robot.semantic_sha256
    assert load_source(clip, robot).robot.default_root_height < 0.8
    assert load_source(clip, changed).robot.default_root_height == 0.9


def test_a_library_keeps_names_weights_and_provenance(make_motion, smpl, tmp_path):
    motions = [
        dataclasses.replace(make_motion(smpl, frames=4 + n, name=f"CMU/{n}"), weight=n + 0.5)
        for n in range(3)
    ]
    save_motion_lib(tmp_path / "human.pt", library_from_motions(motions))
    clips = sources_of_file(tmp_path / "human.pt", smpl)
    assert [clip.clip_id for clip in clips] == ["CMU/0", "CMU/1", "CMU/2"]
    assert [clip.weight for clip in clips] == [0.5, 1.5, 2.5]
    assert [clip.frames for clip in clips] == [4, 5, 6]
    assert clips[0].provenance.source == "made here"
    same(load_source(clips[2], smpl), motions[2])


def test_clips_of_every_kind_are_loaded_again(make_motion, g1, smpl, walk, tmp_path):
    motion = make_motion(g1, frames=9)
    save_npz(tmp_path / "a.npz", [motion])
    save_motion_file(tmp_path / "b.motion", motion)
    columns = [motion.root_pos, motion.root_quat_wxyz, motion.dof_pos]
    np.savetxt(tmp_path / "c.csv", torch.cat(columns, dim=1).numpy(), delimiter=",", fmt="%.9f")
    for name in ("a.npz", "b.motion"):
        (clip,) = sources_of_file(tmp_path / name, g1)
        same(load_source(clip, g1), motion)
        assert motion_sha256(load_source(clip, g1)) == clip.content_sha256
    (clip,) = sources_of_file(tmp_path / "c.csv", g1, csv_fps=50.0)
    assert load_source(clip, g1).fps == 50.0
    write_keypoints(tmp_path / "d_keypoints.npy", keypoints_of(walk))
    (clip,) = sources_of_file(tmp_path / "d_keypoints.npy", smpl)
    assert clip.clip_id == "d"
    assert load_source(clip, smpl).num_frames == walk.num_frames


def test_a_library_that_is_replaced_is_read_anew(make_motion, smpl, tmp_path):
    path = tmp_path / "human.pt"
    for frames in (4, 7):
        save_motion_lib(path, library_from_motions([make_motion(smpl, frames=frames)]))
        os.utime(path, ns=(frames, frames))
        (clip,) = sources_of_file(path, smpl)
        assert load_source(clip, smpl).num_frames == frames


def test_content_is_rate_numbers_and_labels(make_motion, smpl):
    motion = make_motion(smpl, frames=4)
    labels = torch.zeros(4, 2, dtype=torch.bool)
    moved = motion.root_pos + 1e-6
    others = [
        dataclasses.replace(motion, fps=25.0),
        dataclasses.replace(motion, root_pos=moved),
        dataclasses.replace(motion, foot_contact=labels),
        dataclasses.replace(motion, foot_contact=~labels),
    ]
    assert len({motion_sha256(each) for each in (motion, *others)}) == 5
    assert motion_sha256(dataclasses.replace(motion, name="x", weight=3.0)) == motion_sha256(motion)


def test_recordings_come_from_the_store(write_recording, smpl, tmp_path):
    root = tmp_path / "amass"
    write_recording(root / "CMU" / "01" / "a_poses.npz")
    (root / "CMU" / "01" / "b_poses.npz").write_bytes(b"no zip")
    rows = build_index(root, IndexSettings(), memory=None, processes=1, progress=False)
    store = ClipStore(tmp_path / "clips")
    results = convert_clips(
        rows, root=root, robot=smpl, settings=HumanSettings(), store=store, processes=1,
        progress=False,
    )  # fmt: skip
    good = [row for row in judge(rows, results, HumanGates()) if row["fate"] != "rejected"]
    (clip,) = sources_of_rows(good, store, fps=30.0)
    assert (clip.clip_id, clip.frames, clip.fps) == ("CMU/01/a_poses", 30, 30.0)
    assert clip.provenance.source == "CMU/01/a_poses.npz"
    assert clip.provenance.source_sha256 == rows[0].sha256
    motion = load_source(clip, smpl)
    assert motion.num_frames == 30
    assert motion.foot_contact is None
    assert motion_sha256(motion) == clip.content_sha256
    assert clip.provenance.steps == ("resampled from 60 to 30 fps",)


def test_a_file_that_is_away_is_told(make_motion, g1, tmp_path):
    save_npz(tmp_path / "a.npz", [make_motion(g1, frames=4)])
    (clip,) = sources_of_file(tmp_path / "a.npz", g1)
    (tmp_path / "a.npz").unlink()
    with pytest.raises(MotionError, match=r"a\.npz: no such file"):
        load_source(clip, g1)
    gone = dataclasses.replace(clip, folder=str(tmp_path), cache_path="ab/x.safetensors")
    with pytest.raises(MotionError, match="gone"):
        load_source(gone, g1)


def test_what_cannot_be_true_is_found_in_files_of_every_kind(make_motion, g1, tmp_path):
    """Heights are not asked for: retargeting finds the floor."""
    sound = make_motion(g1, frames=40, name="sound")
    along = torch.tensor([100.0, 100.0, 1.0])
    fast = dataclasses.replace(sound, root_pos=sound.root_pos * along, name="fast")
    high = dataclasses.replace(sound, root_pos=sound.root_pos + 1.5, name="high")
    save_motion_lib(tmp_path / "a.pt", library_from_motions([sound, fast, high]))
    save_npz(tmp_path / "b.npz", [sound, fast, high])
    for name in ("a.pt", "b.npz"):
        clips = sources_of_file(tmp_path / name, g1)
        told = {clip.clip_id: [(x.gate, x.impossible) for x in clip.findings] for clip in clips}
        assert told == {"sound": [], "fast": [("root_speed_held", True)], "high": []}
    columns = [fast.root_pos, fast.root_quat_wxyz, fast.dof_pos]
    np.savetxt(tmp_path / "c.csv", torch.cat(columns, dim=1).numpy(), delimiter=",", fmt="%.9f")
    with pytest.raises(MotionError, match="root_speed_held"):
        sources_of_file(tmp_path / "c.csv", g1, csv_fps=50.0)
    (clip,) = sources_of_file(tmp_path / "c.csv", g1, csv_fps=50.0, accept_implausible=True)
    assert [each.gate for each in clip.findings] == ["root_speed_held"]
    assert motion_sha256(load_source(clip, g1)) == clip.content_sha256


def test_robots_of_other_projects_and_older_humans(make_motion, g1, smpl, tmp_path):
    clip, human = make_motion(g1, frames=6), make_motion(smpl, frames=6)
    arrays = {"root_pos": clip.root_pos, "root_quat_wxyz": clip.root_quat_wxyz, "fps": 50.0}
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    np.savez(tmp_path / "a.npz", **arrays, dof_pos=clip.dof_pos.numpy())
    write_retargeted(tmp_path / "b_retargeted.npz", clip)
    for name in ("a.npz", "b_retargeted.npz"):
        (source,) = sources_of_file(tmp_path / name, g1)
        assert torch.allclose(load_source(source, g1).dof_pos, clip.dof_pos)
    (source,) = sources_of_file(save(tmp_path / "v2.npy", skeleton_motion(human, local=True)), smpl)
    assert torch.allclose(load_source(source, smpl).dof_pos, human.dof_pos, atol=1e-5)
