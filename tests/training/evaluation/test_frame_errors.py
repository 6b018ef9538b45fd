from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from motionlib.library import MotionLib
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.evaluation.controllers import ZERO_ACTION, ZeroActionController
from training.evaluation.frame_errors import FrameErrors
from training.evaluation.full_evaluation import evaluate_controllers

MEASURES = {"world": "world_body_pos", "root": "error_root_pos"}


def test_a_row_for_each_frame_whose_means_are_the_table_s(
    small_lib: MotionLib, tmp_path: Path
) -> None:
    experiment = Experiment(name="x", robot="microduck", env=small_biped_config())
    path = tmp_path / "frames.parquet"
    with FrameErrors(path, MEASURES, controller=ZERO_ACTION) as sink:
        (result,) = evaluate_controllers(
            experiment,
            small_lib,
            [ZeroActionController()],
            num_envs=2,
            sinks={ZERO_ACTION: [sink]},
        )
    assert pq.read_schema(path).field("world").metadata == {b"unit": b"m"}
    frame = pd.read_parquet(path)
    assert set(frame["controller"]) == {ZERO_ACTION}
    for row in result.table.to_pylist():
        own = frame[frame["case"] == row["case"]]
        assert own["frame"].tolist() == list(range(row["frames"]))
        assert own["world"].iloc[0] == pytest.approx(0.0, abs=1e-3)
        assert own["world"].iloc[1:].mean() == pytest.approx(row["body_pos_error_mean"], rel=1e-5)
        assert own["root"].max() == pytest.approx(row["root_pos_error_max"], rel=1e-5)


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), FrameErrors(tmp_path / "f", MEASURES, controller="x"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
