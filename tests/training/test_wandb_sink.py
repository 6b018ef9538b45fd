import sys
from pathlib import Path

import pytest

from training.values import ConfigError
from training.wandb_sink import WandbSink


@pytest.mark.slow
def test_an_offline_run_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    sink = WandbSink(tmp_path / "logs", project="p", name="run", config={"seed": 0})
    sink.epoch(epoch=1, step=100, seconds=1.0, measures={"train/reward": 0.5})
    sink.score(step=100, measures={"score/score": 0.5})
    sink.close()
    (file,) = (tmp_path / "logs" / "wandb").glob("offline-run-*/run-run.wandb")
    assert file.stat().st_size > 0


def test_a_missing_package_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ConfigError, match=r"pip install -e '\.\[wandb\]'"):
        WandbSink(tmp_path, project="p", name="run", config={})
