"""One folder of recordings, retargeted by a recipe and by the command: one account of each clip."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from assets.layers import newest_layer
from assets.tables import read_rows
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.library import MotionLib
from motionlib.motion import STATE_FIELDS
from motionlib.robot import Robot
from pipelines.cli.main import main
from pipelines.cli.retarget_sources import gather
from pipelines.definitions import definitions_of
from pipelines.home import open_instance
from pipelines.recipe import load_recipe
from pipelines.stages import run_stages

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "motions" / "amass_sample"
NAME = "both_ways"
RECIPE = {
    "name": NAME,
    "description": "What the command does, as a recipe that says nothing of its own.",
    "robot": "smpl",
    "source": {"kind": "amass", "path": ""},
    "libraries": {"splits": ["train"]},
    "max_rejected_share": 0.9,
    "processes": 1,
    "artifact": {"name": "both-smpl"},
    "retarget": {
        "robots": ["g1"],
        "artifact": {"name": "both-{robot}"},
        "max_rejected_share": 0.9,
        "report_clips": 0,
    },
}
FATE = ("fate", "reason", "gate", "value", "threshold", "frame", "notes")
PLACES = {"library", "library_file", "library_index"}
"""Columns of the recipe alone: the command packs one library, and lays its files elsewhere."""
RUN = {"source", "method"}
"""Columns of the command alone: the same in all rows, and for a recipe in its own file."""

pytestmark = pytest.mark.slow


def recordings(folder: Path) -> None:
    """Good clips, and one of each kind that the two ways could tell differently."""
    with np.load(SAMPLE / "SFU/0005/0005_walk_poses.npz") as file:
        walk = dict(file)
    with np.load(SAMPLE / "ACCAD/Female1/A1_squat_poses.npz") as file:
        squat = dict(file)

    def write(name: str, arrays: Mapping[str, np.ndarray], **changes: np.ndarray) -> None:
        path = folder / f"{name}_poses.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{**arrays, **changes})

    def part(arrays: Mapping[str, np.ndarray], frames: slice) -> dict[str, np.ndarray]:
        length = len(arrays["poses"])
        return {k: x[frames] if x.ndim and len(x) == length else x for k, x in arrays.items()}

    write("CMU/01/walk", walk)
    write("KIT/3/squat", squat)
    write("KIT/3/twin", walk)
    later = part(walk, slice(20, None))
    write("CMU/01/high", later, trans=later["trans"] + (0.0, 0.0, 1.0))
    bare = part(walk, slice(0, -20))
    write("CMU/01/bare", bare, poses=bare["poses"][:, :66])
    broken = walk["poses"].copy()
    broken[7, 10] = np.nan
    write("CMU/01/nan", walk, poses=broken)
    fps, frames = float(squat["mocap_framerate"]), len(squat["poses"])
    still = {k: np.repeat(x[:1], round(4 * fps), 0) if x.ndim and len(x) == frames else x
             for k, x in squat.items()}  # fmt: skip
    time = np.arange(round(4 * fps)) / fps
    lift = 0.6 * np.clip(2.0 - np.abs(time - 2.0) / 0.4, 0.0, 1.0)
    up = still["trans"] + np.stack([0.0 * lift, 0.0 * lift, lift], axis=-1)
    write("KIT/3/airborne", still, trans=up)
    (folder / "KIT/3/text_poses.npz").write_text("no archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one way made of the folder."""

    home: Path
    human: list[dict[str, Any]]
    robot: list[dict[str, Any]]
    library: MotionLib


def by_recipe(file: Path, home: Path, g1: Robot) -> Way:
    recipe = load_recipe(file)
    with open_instance() as instance:
        runs = run_stages(recipe, instance, definitions=definitions_of([recipe]))
        assert all(run.success for run in runs)
    reports = home / "reports" / NAME
    packed = newest_layer(home / "cache" / NAME / "robot_motion_lib_train" / "g1", "library").path
    return Way(
        home=home,
        human=read_rows(reports / "clips.parquet"),
        robot=read_rows(reports / "robot_clips.parquet"),
        library=load_motion_lib(packed / "train.pt", g1),
    )


def by_command(folder: Path, home: Path, output: Path, g1: Robot) -> Way:
    command = ["retarget", str(folder), "--robot", "g1", "--output", str(output)]
    assert main([*command, "--processes", "1"]) == 1, "clips were rejected"
    return Way(
        home=home,
        human=gather(folder, source="", fps=None, csv_fps=30.0, processes=1).human,
        robot=read_rows(output / "retargeted.parquet"),
        library=load_motion_lib(output / "motions.pt", g1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    recipe: Way
    command: Way
    again_by_command: Callable[[], Way]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, g1: Robot) -> Iterator[Both]:
    work = tmp_path_factory.mktemp("both")
    folder, file = work / "recordings", work / "recipe.yaml"
    recordings(folder)
    file.write_text(yaml.safe_dump({**RECIPE, "source": {"kind": "amass", "path": str(folder)}}))
    homes = {"recipe": work / "home of the recipe", "command": work / "home of the command"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", "")

        def at(name: str) -> Path:
            patch.setenv("MOTION_HOME", str(homes[name]))
            return homes[name]

        command = by_command(folder, at("command"), work / "out", g1)
        recipe = by_recipe(file, at("recipe"), g1)
        yield Both(
            recipe=recipe,
            command=command,
            again_by_command=lambda: by_command(folder, at("recipe"), work / "again", g1),
        )


def without(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_the_folder_holds_one_clip_of_each_kind(both: Both) -> None:
    human = {row["clip_id"]: row for row in both.recipe.human}
    gates = {name: (row["fate"], row["gate"]) for name, row in human.items()}
    assert gates == {
        "CMU/01/walk_poses": ("accepted", ""),
        "KIT/3/squat_poses": ("accepted", ""),
        "CMU/01/bare_poses": ("accepted", ""),
        "CMU/01/high_poses": ("flagged", "height_shift"),
        "KIT/3/twin_poses": ("rejected", "duplicate"),
        "CMU/01/nan_poses": ("rejected", "nan"),
        "KIT/3/airborne_poses": ("rejected", "airborne_s_max"),
        "KIT/3/text_poses": ("rejected", "unreadable"),
    }
    assert "no rotations in the source" in human["CMU/01/bare_poses"]["notes"]
    assert human["CMU/01/nan_poses"]["frame"] == 7


def test_the_human_tables_are_the_same_cell_by_cell(both: Both) -> None:
    assert [without(row, PLACES) for row in both.recipe.human] == both.command.human


def test_the_robot_tables_are_the_same_cell_by_cell(both: Both) -> None:
    came = {row["clip_id"] for row in both.command.human if row["fate"] != "rejected"}
    recipe = [without(row, PLACES) for row in both.recipe.robot]
    command = [without(row, RUN) for row in both.command.robot]
    assert recipe == [row for row in command if row["clip_id"] in came]
    assert [row["clip_id"] for row in command] == [row["clip_id"] for row in both.command.human]
    for row, human in zip(command, both.command.human, strict=True):
        if row["clip_id"] not in came:
            assert {name: row[name] for name in FATE} == {name: human[name] for name in FATE}
            assert (row["key"], row["human_key"]) == ("", human["key"])
    high = next(row for row in command if row["clip_id"] == "CMU/01/high_poses")
    assert high["fate"] == "flagged"
    assert "the floor lay at 1.0" in high["reason"]


def test_the_motions_are_the_same_to_the_last_bit(both: Both) -> None:
    recipe, command = both.recipe.library, both.command.library
    assert recipe.names == command.names != ()
    assert recipe.provenances == command.provenances
    for name in ("num_frames", "fps", "weights"):
        assert torch.equal(getattr(recipe, name), getattr(command, name)), name
    for name in STATE_FIELDS:
        assert torch.equal(getattr(recipe.states, name), getattr(command.states, name)), name


def test_either_way_finds_what_the_other_made(both: Both) -> None:
    """Equal keys and bytes; and the command makes nothing anew in the recipe's home."""

    def entries(home: Path) -> dict[str, bytes]:
        found = (home / "cache").rglob("*.safetensors")
        return {file.relative_to(home).as_posix(): file.read_bytes() for file in found}

    made = entries(both.recipe.home)
    assert made == entries(both.command.home)
    assert len(made) == 5 + 1 + 4, "converted, failed for good, retargeted"
    times = {name: (both.recipe.home / name).stat().st_mtime_ns for name in made}
    assert both.again_by_command().robot == both.command.robot
    assert entries(both.recipe.home).keys() == made.keys()
    assert {name: (both.recipe.home / name).stat().st_mtime_ns for name in made} == times
