"""Measures above thresholds."""

import math
from collections.abc import Callable

import pytest
import torch

from training.envs.mimic import mimic_failures
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.terms.terminations import Failure, FailureTerms
from training.values import ConfigError

TERMS = {
    "low": Failure(measure="anchor_height", above=0.1),
    "astray": Failure(measure="anchor_distance", above=0.3),
    "never": Failure(measure="anchor_tilt", above=math.inf),
}


def test_each_cause_alone(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    reference = snapshot(1, count=4)
    pos = reference.bodies.pos.clone()
    pos[1, :, 2] -= 0.11
    pos[2, :, 0] += 0.31
    pos[3, :, 2] += 0.09
    robot = reference._replace(bodies=reference.bodies._replace(pos=pos))
    failures = FailureTerms(TERMS, device="cpu")
    found = failures(moment_of(robot, reference))
    assert failures.names == ("low", "astray", "never")
    assert found.tolist() == [
        [False, False, False],
        [True, False, False],
        [False, True, False],
        [False, False, False],
    ]


def test_no_terms_no_failures(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    found = FailureTerms({}, device="cpu")(moment_of(snapshot(0), snapshot(1)))
    assert found.shape == (5, 0)
    assert not found.any(-1).any()


def test_infinity_is_never_and_less_than_nothing_is_refused() -> None:
    assert mimic_failures()["anchor_distance"].above == math.inf
    for above in (-0.1, math.nan):
        with pytest.raises(ConfigError, match="above"):
            Failure(measure="anchor_height", above=above)
    with pytest.raises(ConfigError, match=r"anchor_hight.*anchor_height"):
        Failure(measure="anchor_hight", above=0.1)


def test_nan_is_no_failure_the_engine_s_word_counts(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    broken = snapshot(0)
    broken.bodies.pos[:] = torch.nan
    assert not FailureTerms(TERMS, device="cpu")(moment_of(broken, snapshot(1))).any()
