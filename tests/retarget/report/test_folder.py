"""What a run leaves behind comes back as rows and pictures, or as a refusal that says what to do."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.protomotions.writer import PackedClip, write_motion_lib
from motionlib.motion import Motion, Provenance, states_from_motion
from motionlib.robot import Robot
from retarget.report.folder import TABLE, pictures_of, read_folder


def write_library(path: Path, robot: Robot, names: list[str], *, height: float = 0.0) -> None:
    def motion(name: str) -> Motion:
        return Motion(
            name=name,
            robot=robot,
            fps=10.0,
            root_pos=torch.tensor([0.0, 0.0, robot.default_root_height + height]).repeat(12, 1),
            root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(12, 1),
            dof_pos=torch.as_tensor(robot.default_dof_pos).float().repeat(12, 1),
            foot_contact=torch.tensor([[True, False]]).repeat(12, 1),
            provenance=Provenance(source="test"),
        )

    clips = [
        PackedClip(
            name=name, fps=10.0, num_frames=12, weight=1.0, provenance=Provenance(source="test"),
            load=lambda name=name: states_from_motion(motion(name)),
        )
        for name in names
    ]  # fmt: skip
    write_motion_lib(path, robot, clips, velocity_rule="central")


def write_run(folder: Path, robot: Robot, *, height: float = 0.0) -> None:
    folder.mkdir()
    facts = {"robot": robot.name, "source": robot.name, "method": "native"}
    rows = [
        {"name": "a", **facts, "fate": "accepted", "reason": "", "seconds": 1.1},
        {"name": "b", **facts, "fate": "rejected", "reason": "sinks", "seconds": 1.1},
        {"name": "c", **facts, "fate": "rejected", "reason": "NaN", "seconds": None},
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / TABLE)
    write_library(folder / "motions.pt", robot, ["a"], height=height)
    write_library(folder / "source.pt", robot, ["a"])
    write_library(folder / "rejected.pt", robot, ["b"], height=height)
    write_library(folder / "rejected_source.pt", robot, ["b"])


def test_rows_of_a_folder_or_of_its_table(microduck: Robot, tmp_path: Path) -> None:
    write_run(tmp_path / "run", microduck)
    run = read_folder(tmp_path / "run")
    assert [(row["clip_id"], row["seconds"]) for row in run.rows] == [
        ("a", 1.1), ("b", 1.1), ("c", 0.0)
    ]  # fmt: skip
    assert run.label == "native"
    assert read_folder(tmp_path / "run" / TABLE).rows == run.rows


def test_kept_and_rejected_clips_have_pictures(microduck: Robot, tmp_path: Path) -> None:
    write_run(tmp_path / "run", microduck, height=0.1)
    write_run(tmp_path / "other", microduck, height=0.3)
    load = pictures_of(read_folder(tmp_path / "run"), read_folder(tmp_path / "other"))
    for clip in ("a", "b"):
        found = load(clip)
        assert found is not None
        assert found.other is not None
        heights = [float(m.root_pos[0, 2]) for m in (found.human, found.robot, found.other)]
        assert heights == pytest.approx([microduck.default_root_height + h for h in (0, 0.1, 0.3)])
        assert found.robot.foot_contact is not None
        assert found.robot.foot_contact[0].tolist() == [True, False]
    assert load("c") is None


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such table; `motion retarget"):
        read_folder(tmp_path)
    (tmp_path / TABLE).write_bytes(b"nothing")
    with pytest.raises(FormatError, match="no Parquet table"):
        read_folder(tmp_path)
    pq.write_table(pa.table({"x": [1]}), tmp_path / TABLE)
    with pytest.raises(FormatError, match="no column clip_id or name"):
        read_folder(tmp_path)
