"""A Dagster home of the test's own, the recipes of `tests/recipes`, and a run of small parts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
import torch
import yaml

from assets.layers import build_layer, newest_layer, remember_layer
from assets.tables import read_rows, write_json, write_rows
from motionlib.corpus.index import IndexSettings, build_index
from motionlib.corpus.row import ClipRow
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.human.conversion import HumanMotion
from motionlib.human.settings import HumanSettings
from motionlib.library import library_from_motions
from motionlib.motion import Motion
from motionlib.registry.local import LocalRegistry
from motionlib.robot import Robot
from motionlib.stages.conversion import convert_clips
from motionlib.stages.store import ClipStore
from pipelines.home import open_instance, prepare_dagster_home
from training.checkpoint import CheckpointFacts, load_checkpoint, save_checkpoint
from training.learning_curve import read_progress
from training.progress import ProgressFile
from training.runs import only_run, run_folder

EPOCHS = (1, 2, 3)
RECIPES = Path(__file__).resolve().parents[1] / "recipes"


@pytest.fixture
def instance(motion_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    del motion_home
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("MOTION_RECIPES", str(RECIPES))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with open_instance() as instance:
        yield instance


def rewritten(recipe: str, folder: Path, changes: dict[str, object]) -> None:
    """A copy of a test recipe whose paths are absolute and some of whose keys differ."""
    content = yaml.safe_load((RECIPES / f"{recipe}.yaml").read_text())
    for section, key in (("source", "path"), ("training", "experiment")):
        content[section][key] = str((RECIPES / content[section][key]).resolve())
    for section, change in changes.items():
        merged = isinstance(change, dict)
        content[section] = {**content.get(section, {}), **change} if merged else change
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_text(yaml.safe_dump(content))


@pytest.fixture
def rewrite_recipe() -> Callable[[str, Path, dict[str, object]], None]:
    """`rewrite_recipe("smoke", folder, {"name": "mine", "training": {"max_steps": 1}})`."""
    return rewritten


def still_motion(path: Path, row: ClipRow, robot: Robot, settings: HumanSettings) -> HumanMotion:
    """A stand-in for the conversion: as many frames as the row says, nothing moves."""
    del path, settings
    frames = row.frames
    still = np.zeros((frames, 3), np.float32)
    return HumanMotion(
        fps=30.0,
        root_pos=still,
        root_quat_wxyz=np.tile(np.float32([1, 0, 0, 0]), (frames, 1)),
        dof_pos=np.zeros((frames, len(robot.dof_names)), np.float32),
        measures={"frames": frames, "height": 1.5},
        notes=("stands still",),
    )


@pytest.fixture
def small_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_recording: Callable[..., Path],
    make_motion: Callable[..., Motion],
    microduck: Robot,
    smpl: Robot,
) -> Callable[[Path], None]:
    """`small_run(home)` takes a home through every writer and reader that a recipe's run has.

    Index with its memory, store of clips, layers with their pointers, a packed library, the
    registry, a checkpoint with its curve, reports; conversion and training are stood in for.
    """
    source = tmp_path / "amass"
    for number, name in enumerate(("CMU/01/01_01_poses.npz", "KIT/3/walk_poses.npz")):
        write_recording(source / name, seconds=0.2, fps=30.0, seed=number)
    library = library_from_motions([make_motion(microduck, frames=8)])
    facts = CheckpointFacts(
        robot_name="microduck", robot_sha256="", robot_semantic_sha256="", motions_reference="",
        motions_sha256="", artifact_sha256="", num_motions=1, obs_dims={"actor": 1}, num_actions=1,
        experiment_yaml="", code_version="", seed=0,
    )  # fmt: skip
    monkeypatch.setenv("DAGSTER_HOME", "")

    def convert(home: Path) -> list[dict[str, object]]:
        memory, store = home / "cache/scans/small.json", ClipStore(home / "cache/clips")
        rows = build_index(source, IndexSettings(), memory=memory, processes=1)
        results = convert_clips(
            rows, root=source, robot=smpl, settings=HumanSettings(), store=store, processes=1,
            progress=False, convert=still_motion,
        )  # fmt: skip
        heights = [float(store.load(each.cache_path).measures["height"]) for each in results]
        return [
            {"clip_id": each.clip_id, "height": height, **each.measures}
            for each, height in zip(results, heights, strict=True)
        ]

    def train(home: Path) -> None:
        run = run_folder("small")
        with only_run(run):
            if run.last.exists():
                assert load_checkpoint(run.last).facts == facts
            else:
                state = {"w": torch.arange(40.0)}
                save_checkpoint(run.last, facts, agent=state, env={})
            whole = len(read_progress(run.progress)) == len(EPOCHS)
            curve = ProgressFile(run.progress, total_epochs=3, step=EPOCHS[-1] if whole else 0)
            for epoch in () if whole else EPOCHS:
                measures = {"train/reward": epoch / 7}
                curve.epoch(epoch=epoch, step=epoch, seconds=epoch, measures=measures)
            curve.close()

    def once(home: Path) -> None:
        monkeypatch.setenv("MOTION_HOME", str(home))
        prepare_dagster_home()
        rows = convert(home)
        stages = home / "cache" / "small"
        table = build_layer(
            stages / "clips", {"rows": rows}, lambda to: write_rows(to / "clips.parquet", rows)
        )
        remember_layer(stages / "clips", table)
        told = read_rows(newest_layer(stages / "clips", "clips").path / "clips.parquet")
        packed = build_layer(
            stages / "library", {"n": 1}, lambda to: save_motion_lib(to / "small.pt", library)
        )
        files = {
            "small.pt": packed.path / "small.pt",
            "clips.parquet": table.path / "clips.parquet",
        }
        registry = LocalRegistry(home / "artifacts")
        registry.publish(files, name="small", metadata={"robot": "microduck"})
        load_motion_lib(registry.pull("small").files["small.pt"], microduck)
        train(home)
        write_rows(home / "reports" / "small" / "clips.parquet", told)
        write_json(home / "reports" / "small" / "books.json", {"clips": len(told)})

    return once


@pytest.fixture
def content_of() -> Callable[[Path], dict[str, bytes]]:
    """`content_of(home)`: its files with content, Dagster's own left out."""

    def read(home: Path) -> dict[str, bytes]:
        files = [path for path in sorted(home.rglob("*")) if path.is_file() and path.stat().st_size]
        found = {path.relative_to(home).as_posix(): path.read_bytes() for path in files}
        return {name: content for name, content in found.items() if not name.startswith("dagster/")}

    return read
