from pathlib import Path

import pytest
import torch

from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.library import MotionLib
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.evaluation.controllers import ZERO_ACTION, ZeroActionController
from training.evaluation.full_evaluation import evaluate_controllers
from training.evaluation.predicted import PredictedMotions


def test_the_robots_motions_are_a_library_of_the_same_names_and_lengths(
    small_lib: MotionLib, tmp_path: Path
) -> None:
    experiment = Experiment(name="x", robot="microduck", env=small_biped_config())
    path = tmp_path / "out" / "predicted.pt"
    with PredictedMotions(path, small_lib) as sink:
        (result,) = evaluate_controllers(
            experiment,
            small_lib,
            [ZeroActionController()],
            num_envs=1,
            sinks={ZERO_ACTION: [sink]},
        )
    found = load_motion_lib(path, small_lib.robot)
    assert found.names == small_lib.names
    assert found.num_frames.tolist() == small_lib.num_frames.tolist()
    assert found.lengths_s.tolist() == pytest.approx([59 / 50, 44 / 50])
    assert [path.name for path in path.parent.iterdir()] == ["predicted.pt"]
    rows = {row["case"]: row for row in result.table.to_pylist()}
    for name in ("stand", "glide"):
        index = small_lib.names.index(name)
        own, wanted = found.motion(index), small_lib.motion(index)
        torch.testing.assert_close(own.root_pos[0], wanted.root_pos[0], rtol=0, atol=1e-6)
        apart = (own.root_pos - wanted.root_pos).norm(dim=-1)
        assert float(apart[1:].mean()) == pytest.approx(rows[name]["root_pos_error_mean"], rel=1e-4)
        assert float(apart.max()) == pytest.approx(rows[name]["root_pos_error_max"], rel=1e-4)


def test_an_error_leaves_nothing_behind(small_lib: MotionLib, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), PredictedMotions(tmp_path / "p.pt", small_lib):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
