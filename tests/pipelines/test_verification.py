import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from assets.layers import NEWEST, RECORD, build_layer, remember_layer
from assets.tables import write_json, write_rows
from motionlib.files import HOST_TAG
from motionlib.home import MARK, mark_home
from motionlib.registry.local import LocalRegistry
from motionlib.registry.objects import object_path
from motionlib.sealed import write_sealed
from motionlib.stages.store import ClipStore
from pipelines.findings import Finding
from pipelines.verification import home_checks, tidy
from training.checkpoint import CheckpointFacts, save_checkpoint
from training.learning_curve import line_of

CURVE = line_of({"event": "epoch", "step": 1}).encode()
ROWS = [{"clip_id": "a", "seconds": 1.0}]


def found_in(home: Path) -> dict[str, Finding]:
    findings = [finding for check in home_checks(home) for finding in check()]
    return {finding.path.relative_to(home).as_posix(): finding for finding in findings}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A sound home with one of everything, results left out."""
    home = tmp_path / "home"
    stage = home / "cache" / "mine" / "clips"
    layer = build_layer(stage, {"n": 1}, lambda folder: write_rows(folder / "clips.parquet", ROWS))
    remember_layer(stage, layer)
    write_sealed(home / "cache" / "mine" / "clip_index" / "seen_files-0a1b2c3d", {"version": 2})
    mark_home(home)
    store = ClipStore(home / "cache" / "clips")
    store.put_arrays("ab" * 32, {"x": np.arange(5.0)}, fps=30.0, measures={"m": 1.0})
    store.put_failure("cd" * 32, "no")
    write_rows(home / "reports" / "mine" / "clips.parquet", ROWS)
    write_rows(home / "reports" / "mine" / "per_motion.parquet", ROWS)
    write_json(home / "reports" / "mine" / "books.json", {"balanced": True})
    (home / "reports" / "mine" / "report.html").write_text("<html>")
    source = tmp_path / "source"
    source.write_bytes(b"one")
    LocalRegistry(home / "artifacts").publish({"motion.npz": source}, name="walk")
    return home


def flip(path: Path, *, at: float = 0.5) -> None:
    """One bit, the times kept."""
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 4
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_sound_home_and_an_empty_one_have_nothing_to_say(home: Path, tmp_path: Path) -> None:
    assert found_in(home) == {}
    assert len(list(home_checks(home))) >= 11
    assert found_in(tmp_path / "nowhere") == {}


def test_damage_in_the_cache_and_the_mark_mends_itself(home: Path) -> None:
    (layer,) = (path.parent for path in home.glob(f"cache/mine/clips/*/{RECORD}"))
    names = {
        layer / "clips.parquet": layer,
        home / "cache/mine/clip_index/seen_files-0a1b2c3d": None,
        home / MARK: None,
        home / "cache/clips/ab" / f"{'ab' * 32}.safetensors": None,
        home / "cache/clips/cd" / f"{'cd' * 32}.safetensors": None,
        home / "cache/mine/clips" / NEWEST: None,
    }
    for path, shown in names.items():
        sound = path.read_bytes()
        flip(path)
        found = found_in(home)
        assert found.pop(str((shown or path).relative_to(home))).heals
        # a pointer to a damaged layer is told as well
        assert all(finding.heals for finding in found.values())
        path.write_bytes(sound)
    flip(layer / RECORD)
    assert "damaged" in found_in(home)[str(layer.relative_to(home))].found
    (layer / RECORD).unlink()
    assert "is missing" in found_in(home)[str(layer.relative_to(home))].found


def test_reports_are_held_against_what_they_are_copies_of(home: Path) -> None:
    write_rows(home / "reports" / "mine" / "clips.parquet", [{**ROWS[0], "seconds": 2.0}])
    (home / "reports" / "mine" / "per_motion.parquet").write_bytes(b"PAR1")
    (home / "reports" / "mine" / "books.json").write_text("{")
    found = found_in(home)
    assert {Path(name).name for name in found} == {
        "clips.parquet",
        "per_motion.parquet",
        "books.json",
    }
    assert all(finding.heals and finding.area == "reports" for finding in found.values())
    assert "differs from the table" in found["reports/mine/clips.parquet"].found


def test_damage_in_the_registry_has_to_be_mended(home: Path) -> None:
    flip(home / "artifacts/names/local/motions/walk/v0/motion.npz")
    found = found_in(home)
    assert [finding.area for finding in found.values() if not finding.heals] == ["registry"]


def test_checkpoints_are_loaded_and_curves_read(home: Path) -> None:
    facts = CheckpointFacts(
        robot_name="", robot_sha256="", robot_semantic_sha256="", motions_reference="",
        motions_sha256="", artifact_sha256="", num_motions=1, obs_dims={}, num_actions=1,
        experiment_yaml="", code_version="", seed=0,
    )  # fmt: skip
    folder = home / "results" / "mine"
    (folder / "logs").mkdir(parents=True)
    save_checkpoint(folder / "last.ckpt", facts, agent={"x": torch.zeros(99)}, env={})
    (folder / "score_based.ckpt").write_bytes((folder / "last.ckpt").read_bytes()[:1000])
    (folder / "logs" / "progress.jsonl").write_bytes(CURVE + b"\xff\n")
    (home / "results" / "killed" / "logs").mkdir(parents=True)
    (home / "results" / "killed" / "logs" / "progress.jsonl").write_bytes(CURVE + CURVE[:9])
    found = found_in(home)
    assert set(found) == {
        "results/mine/score_based.ckpt",
        "results/mine/logs/progress.jsonl",
    }
    assert not found["results/mine/score_based.ckpt"].heals
    assert found["results/mine/score_based.ckpt"].remedy
    assert found["results/mine/logs/progress.jsonl"].heals


def test_leftovers_and_unused_bytes_are_removed(
    home: Path, dead_pid: int, run_child: Callable
) -> None:
    lefts = [home / folder / f".x.{dead_pid}-{HOST_TAG}456789ab.tmp"
             for folder in ("cache/mine/clips", "results/mine/logs", "reports/mine",
                            "artifacts/names/local/motions/walk", "artifacts/objects/ab")]  # fmt: skip
    unused = object_path(home / "artifacts", "ab" * 32)
    child = run_child("import time; time.sleep(60)")
    busy = home / "reports" / "mine" / f".x.{child.process.pid}-{HOST_TAG}456789ab.tmp"
    stranger = home / "reports" / "mine" / ".x.tmp"
    for path in (*lefts, unused, busy, stranger):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    removed = tidy(home)
    assert {finding.path for finding in removed} == {*lefts, unused}
    assert not any(path.exists() for path in (*lefts, unused))
    assert busy.exists()
    assert stranger.exists()
    assert tidy(home) == []
    assert found_in(home) == {}
