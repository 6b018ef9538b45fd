import dataclasses

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError
from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.protomotions.motion_file import load_motion_file
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions
from motionlib.motion import states_from_motion
from motionlib.stages.store import ClipStore
from retarget.protomotions.intermediate import read_contacts, read_keypoints, read_retargeted
from retarget.quality.gates import RetargetGates
from retarget.settings import RetargetSettings
from retarget.stage import outputs
from retarget.stage.run import retarget_clips
from retarget.stage.sources import sources_of_file
from retarget.stage.table import robot_rows, row_of_source


@pytest.fixture
def solved(walk, smpl, g1, tmp_path):
    """Two clips, the second rejected by hand."""
    motions = [
        dataclasses.replace(
            walk,
            name=name,
            weight=2.5,
            **{k: getattr(walk, k)[rows] for k in ("root_pos", "root_quat_wxyz", "dof_pos")},
        )
        for name, rows in (("CMU/walk", slice(0, 10)), ("CMU/bad", slice(5, 15)))
    ]
    save_motion_lib(tmp_path / "human.pt", library_from_motions(motions))
    clips = sources_of_file(tmp_path / "human.pt", smpl)
    store = ClipStore(tmp_path / "store")
    results = retarget_clips(
        clips,
        source=smpl,
        target=g1,
        settings=RetargetSettings(fps=60.0),
        store=store,
        processes=1,
        progress=False,
    )
    by_id = {result.clip_id: result for result in results}
    table = robot_rows("g1", [row_of_source(clip) for clip in clips], by_id, RetargetGates())
    rows = [
        {**row, "fate": fate} for row, fate in zip(table, ("accepted", "rejected"), strict=True)
    ]

    def load(outcome):
        return outputs.robot_motion(outcome, g1, store, step="retargeted")

    return outputs.kept(clips, rows), load


def test_what_is_rejected_is_not_kept(solved):
    kept, load = solved
    assert [outcome.clip.clip_id for outcome in kept] == ["CMU/walk"]
    motion = load(kept[0])
    assert (motion.name, motion.weight, motion.fps) == ("CMU/walk", 2.5, 60.0)
    assert motion.foot_contact is not None
    assert motion.provenance.steps[-1] == "retargeted"


def test_libraries_hold_robot_and_human_alike(solved, g1, smpl, tmp_path):
    kept, load = solved
    outputs.write_library(tmp_path / "motions.pt", g1, kept, load, step="retargeted")
    outputs.write_library(
        tmp_path / "source.pt", smpl, kept, lambda each: outputs.source_motion(each, smpl)
    )
    robot = load_motion_lib(tmp_path / "motions.pt", g1)
    human = load_motion_lib(tmp_path / "source.pt", smpl)
    assert robot.names == human.names == ("CMU/walk",)
    assert robot.num_frames.tolist() == human.num_frames.tolist() == [19]
    assert robot.fps.tolist() == human.fps.tolist() == [60.0]
    assert robot.weights.tolist() == human.weights.tolist() == [2.5]
    assert robot.provenances[0].steps[-1] == "retargeted"
    wanted = states_from_motion(load(kept[0]), velocity_rule="forward_min3")
    torch.testing.assert_close(robot.states.body_lin_vel, wanted.body_lin_vel)
    assert torch.equal(robot.states.body_contact, wanted.body_contact)


def test_clips_lie_in_folders_by_name(solved, g1, tmp_path):
    kept, load = solved
    for kind in ("npz", "motion"):
        outputs.write_clips(tmp_path / kind, kept, load, kind=kind)
    (clip,) = load_npz(tmp_path / "npz" / "CMU" / "walk.npz", g1)
    assert torch.equal(clip.dof_pos, load(kept[0]).dof_pos)
    assert load_motion_file(tmp_path / "motion" / "CMU" / "walk.motion").fps == 60.0


def test_a_name_that_leads_out_of_the_folder_is_refused(solved, tmp_path):
    kept, load = solved
    escape = dataclasses.replace(kept[0].clip, clip_id="../../walk")
    out = [dataclasses.replace(kept[0], clip=escape)]
    with pytest.raises(MotionError, match="lies outside"):
        outputs.write_clips(tmp_path / "a" / "npz", out, load, kind="npz")
    assert not list(tmp_path.rglob("walk.npz"))


def test_every_stage_of_theirs_can_start_from_our_files(solved, g1, smpl, tmp_path):
    kept, load = solved
    outputs.write_intermediate(tmp_path, kept, load, source=smpl, target=g1)
    stem = "CMU_walk_keypoints"
    keypoints = read_keypoints(tmp_path / "keypoints-for-retarget" / f"{stem}.npy")
    assert (len(keypoints.positions), keypoints.fps) == (19, 60.0)
    motion = read_retargeted(
        tmp_path / "pyroki-retargeted-g1" / f"{stem}_retargeted.npz",
        g1,
        contacts=tmp_path / "contacts",
    )
    assert torch.equal(motion.dof_pos, load(kept[0]).dof_pos)
    labels = read_contacts(tmp_path / "contacts" / f"{stem}_contacts.npz")
    assert motion.foot_contact is not None
    np.testing.assert_array_equal(motion.foot_contact.numpy(), labels.touching > 0.5)


def test_two_names_that_become_one_are_refused(solved, g1, smpl, tmp_path):
    kept, load = solved
    twin = dataclasses.replace(kept[0].clip, clip_id="CMU_walk")
    both = [kept[0], dataclasses.replace(kept[0], clip=twin)]
    with pytest.raises(MotionError, match="CMU_walk: two clips"):
        outputs.write_intermediate(tmp_path, both, load, source=smpl, target=g1)
