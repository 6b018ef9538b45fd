import json
import math
import subprocess
import sys

import pytest

from training.evaluation.comparison import verify
from training.evaluation.verifications import (
    VERIFICATIONS,
    AcceptBounds,
    bounds_in,
    failure_rules,
)
from training.values import ConfigError


def test_every_verification_is_found_by_its_key_and_has_its_name() -> None:
    assert {each.key: each.name for each in verify([])} == VERIFICATIONS


def test_bounds_come_back_from_a_files_metadata() -> None:
    bounds = AcceptBounds(success_rate=0.5, global_ratio=math.inf)
    metadata = json.loads(json.dumps({"bounds": bounds.as_dict()}, allow_nan=False))
    assert bounds_in(metadata) == bounds
    assert bounds_in({}) == AcceptBounds()


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"success_rate is 70.*expected 0 to 1"):
        AcceptBounds(success_rate=70.0)


def test_what_a_failure_is_stands_beside_the_numbers_in_centimetres() -> None:
    thresholds = {"fall_tilt": 1.0, "fall_drop": 0.042, "tracking_lost": 0.1004}
    told = failure_rules(
        {"thresholds": thresholds, "measuring": {"tracking_lost_ratio": 0.38, "lost": "mine"}}
    )
    assert "over 1 rad" in told
    assert "4.2 cm below" in told
    assert "mine over 10.0 cm, 38 % of the robot's standing height" in told
    assert failure_rules({}) == ""


def test_names_are_light_enough_for_a_graph_to_load() -> None:
    program = "import sys, training.evaluation.verifications; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
