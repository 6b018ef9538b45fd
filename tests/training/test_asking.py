import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from training.asking import ask_motions
from training.building import find_motions
from training.config import Experiment, MotionLibConfig
from training.envs.presets import small_biped_config
from training.fitting import open_motions


def lifted(lib: MotionLib, heights: dict[str, float]) -> MotionLib:
    """The second motion of a library at several heights."""
    clip = lib.motion(1)
    up = torch.tensor([0.0, 0.0, 1.0])
    motions = [
        replace(clip, name=name, root_pos=clip.root_pos + height * up)
        for name, height in heights.items()
    ]
    return library_from_motions(motions)


def fast(lib: MotionLib) -> MotionLib:
    """A sound motion and one in millimetres."""
    clip = lib.motion(1)
    millimetres = replace(clip, name="mm", root_pos=clip.root_pos * 1000.0)
    return library_from_motions([clip, millimetres])


def test_a_sound_library_is_trained_on_without_a_word(small_lib, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        ask_motions(small_lib, "x.pt")
        ask_motions(lifted(small_lib, {"a": 0.03, "b": -0.03}), "x.pt")
    assert caplog.text == ""


def test_motions_under_and_over_the_floor_are_named(small_lib, caplog) -> None:
    heights = {"ok": 0.0, "high": 0.5, "under": -0.3, "also_under": -0.1}
    with caplog.at_level(logging.WARNING):
        ask_motions(lifted(small_lib, heights), "x.pt")
    over, below = caplog.messages
    assert over.startswith("doubtful: high: sole_above_ground is 0.5 m, expected at most 0.05")
    assert below.startswith("doubtful: under: sole_below_ground is 0.3 m")
    assert below.endswith("; beyond it too: also_under")


def test_what_cannot_be_true_is_refused_by_name_with_the_way_round(small_lib, caplog) -> None:
    wrong = fast(small_lib)
    with pytest.raises(MotionError) as caught:
        ask_motions(wrong, "x.pt")
    said = str(caught.value)
    assert re.match(r"x\.pt: holds motions that cannot be true:\n  mm: root_speed_held", said)
    assert small_lib.names[1] not in said
    assert "--overrides motion_lib.accept_implausible=true" in said
    assert caught.value.gate == "implausible"
    with caplog.at_level(logging.WARNING):
        ask_motions(wrong, "x.pt", accept=True)
    assert caplog.messages[0].startswith("impossible: mm: root_speed_held")


def test_only_who_trains_asks(small_lib, tmp_path: Path) -> None:
    path = tmp_path / "mm.pt"
    save_motion_lib(path, fast(small_lib))
    config = MotionLibConfig(motion_file=str(path))
    experiment = Experiment(
        name="x", robot=small_lib.robot.name, env=small_biped_config(), motion_lib=config
    )
    source = find_motions(config)
    with pytest.raises(MotionError, match="cannot be true"):
        open_motions(experiment, small_lib.robot, source, ask=True)
    assert open_motions(experiment, small_lib.robot, source)[1].num_motions == 2
    accepting = replace(experiment, motion_lib=replace(config, accept_implausible=True))
    assert open_motions(accepting, small_lib.robot, source, ask=True)[1].num_motions == 2
