import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from motionlib.corpus.row import ClipRow
from motionlib.files import sha256_of_file
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot
from motionlib.stages.conversion import Convert, convert_clips
from motionlib.stages.result import StageResult
from motionlib.stages.store import ClipStore

STAND_IN = Path(__file__).parent / "stand_in"


def row_of(clip_id: str, **changes: Any) -> ClipRow:
    """A row of the clip index."""
    values: dict[str, Any] = {
        "clip_id": clip_id, "dataset": "CMU", "subset": "CMU", "path": f"{clip_id}.json",
        "sha256": "0" * 64, "bytes": 1, "mtime_ns": 1, "frames": 120, "source_fps": 60.0,
        "seconds": 2.0, "gender": "neutral", "format": "amass_smplh", "start_s": 0.0,
        "end_s": float("inf"), "split": "train", "weight": 1.0, "fate": "indexed", "reason": "",
        "gate": "",
    }  # fmt: skip
    return ClipRow(**{**values, **changes})


def result_of(clip_id: str, **changes: Any) -> StageResult:
    """A converted clip that meets every gate."""
    measures = {
        "frames": 60, "seconds": 1.9667, "content_sha256": f"of {clip_id}",
        "below_ground_max": 0.0, "sole_depth_max": 0.01, "airborne_s_max": 0.2, "hover_s_max": 0.3,
        "floating_height": 0.05, "root_speed_max": 2.0, "body_speed_max": 6.0,
        "dof_speed_max": 12.0, "limit_excess_max": 0.0, "self_penetration_max": 0.02,
    }  # fmt: skip
    measures["height_shift"] = -0.02
    measures |= {f"{name}_frame": 3 for name in measures if name.endswith(("_max", "_height"))}
    key = clip_id.encode().hex().ljust(64, "0")
    return StageResult(
        clip_id=clip_id,
        key=key,
        cache_path=f"{key[:2]}/{key}.safetensors",
        measures={**measures, **changes.pop("measures", {})},
        **{"reason": "", "recomputed": True, **changes},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A source folder of small JSON files, a store, and the stand-in converter."""

    root: Path
    store: ClipStore
    robot: Robot
    convert: Convert

    def add(self, clip_id: str, *, frames: int = 12, seed: int = 0, action: str = "") -> ClipRow:
        """Write a source file; its row."""
        path = self.root / f"{clip_id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"frames": frames, "seed": seed, "action": action}))
        return self.indexed(clip_id, frames=frames)

    def indexed(self, clip_id: str, *, frames: int = 12) -> ClipRow:
        """Row of a file as it lies there now."""
        path = self.root / f"{clip_id}.json"
        found = path.stat()
        return row_of(
            clip_id,
            sha256=sha256_of_file(path),
            bytes=found.st_size,
            mtime_ns=found.st_mtime_ns,
            frames=frames,
            seconds=frames / 60.0,
        )

    def run(self, rows: list[ClipRow], *, processes: int = 1, **changes: Any) -> list[StageResult]:
        """Convert rows."""
        options = {"settings": HumanSettings(), "store": self.store, "root": self.root, **changes}
        return convert_clips(
            rows, robot=self.robot, processes=processes, progress=False,
            convert=self.convert, **options,
        )  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, microduck: Robot, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.syspath_prepend(STAND_IN)  # workers inherit the path
    from stand_in_conversion import convert

    (tmp_path / "source").mkdir()
    return Bench(
        root=tmp_path / "source",
        store=ClipStore(tmp_path / "store"),
        robot=microduck,
        convert=convert,
    )


@pytest.fixture
def make_row() -> Callable[..., ClipRow]:
    return row_of


@pytest.fixture
def make_result() -> Callable[..., StageResult]:
    return result_of
