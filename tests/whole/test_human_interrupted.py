"""A graph of human motions whose process dies while it converts is finished by the next run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.tables import read_json, read_rows
from pipelines.home import open_instance

TESTS = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "pipelines", "dying_amass"]
CLIPS = 120


def entries(home: Path) -> int:
    return len(list((home / "cache" / "clips").glob("??/*.safetensors")))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_what_was_converted_is_not_converted_again(
    number: signal.Signals,
    motion_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_recording: Callable[..., Path],
) -> None:
    for clip in range(CLIPS):
        file = tmp_path / "amass" / f"{('CMU', 'KIT')[clip % 2]}/{clip:03}_poses.npz"
        write_recording(file, seconds=20.0, seed=clip)
    recipe = yaml.safe_load((TESTS / "recipes" / "amass_tiny.yaml").read_text())
    recipe |= {"name": "dying_amass", "gates": {"airborne_s_max": 99.0}}
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "dying.yaml").write_text(yaml.safe_dump(recipe))
    monkeypatch.setenv("DAGSTER_HOME", "")
    environment = {
        **os.environ,
        "AMASS_TINY": str(tmp_path / "amass"),
        "MOTION_RECIPES": str(tmp_path / "recipes"),
        "OMP_NUM_THREADS": "1",
    }
    options = {"cwd": TESTS.parent, "env": environment, "text": True}
    with subprocess.Popen(COMMAND, stderr=subprocess.PIPE, **options) as process:
        limit = time.monotonic() + 120
        while process.poll() is None and not entries(motion_home) and time.monotonic() < limit:
            time.sleep(0.001)
        assert process.poll() is None, process.communicate()
        process.send_signal(number)
        process.communicate(timeout=60)
    kept = entries(motion_home)
    assert 0 < kept < CLIPS
    again = subprocess.run(COMMAND, capture_output=True, check=False, timeout=240, **options)
    assert again.returncode == 0, again.stderr
    with open_instance() as instance:
        event = instance.get_latest_materialization_event(
            dg.AssetKey(["dying_amass", "human_motions"])
        )
        assert not instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["run_recomputed"].value == CLIPS - kept
    reports = motion_home / "reports" / "dying_amass"
    assert len(read_rows(reports / "clips.parquet")) == CLIPS
    assert read_json(reports / "books.json")["balanced"] is True
