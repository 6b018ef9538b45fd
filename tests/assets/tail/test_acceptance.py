from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets.layers import Layer
from assets.tail.acceptance import acceptance_checks
from assets.tail.evaluation import verdict_of
from assets.tail.tails import tails_of
from pipelines.recipe import load_recipe
from tests.asking_checks import asked
from tests.training.evaluation.test_report import METADATA, result
from training.evaluation.store import Evaluation, load_evaluation, save_evaluation
from training.evaluation.verifications import AcceptBounds

DUCK = Path(__file__).resolve().parents[3] / "pipelines" / "recipes" / "microduck_walk.yaml"
MOTIONS = {"walk": None, "turn": 0.4}


@pytest.fixture
def evaluated(tmp_path: Path) -> Layer:
    """One of two motions succeeds, on the only split."""
    results = [result(name, MOTIONS) for name in ("policy", "zero_action", "open_loop")]
    save_evaluation(tmp_path / "train", results, METADATA)
    return Layer(path=tmp_path, sha256="ab")


def outcome(evaluated: Layer, name: str, *, share: float, required: bool) -> dg.AssetCheckResult:
    recipe = load_recipe(DUCK)
    evaluation = replace(recipe.evaluation, success_rate=share, required=required)
    (tail,) = tails_of(replace(recipe, evaluation=evaluation))
    (check,) = [each for each in acceptance_checks(tail) if each.check_key.name == name]
    return asked(check, full_evaluation=evaluated)


@pytest.mark.parametrize("required", [True, False])
def test_the_recipes_share_of_success_decides(evaluated: Layer, required: bool) -> None:
    missed = outcome(evaluated, "success", share=0.6, required=required)
    error, warning = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
    assert (missed.passed, missed.severity) == (False, error if required else warning)
    assert missed.description == (
        "success: share of motions: 50.0 %, 1 of 2; fall on turn (bound ≥ 60 %)"
    )
    assert outcome(evaluated, "success", share=0.5, required=required).passed


def test_none_asked_is_said(evaluated: Layer) -> None:
    free = outcome(evaluated, "success", share=0.0, required=True)
    assert free.passed
    assert "(bound none asked)" in str(free.description)


def test_survival_is_a_check_of_its_own(evaluated: Layer) -> None:
    assert not outcome(evaluated, "survival", share=0.0, required=True).passed


def test_the_verdict_has_both_rates(evaluated: Layer) -> None:
    evaluation: Evaluation = load_evaluation(evaluated.path / "train")
    said = verdict_of({"train": evaluation})
    assert said == "train: 50.0 % success, 50.0 % survival of 2 motions, 10.0 cm off"


def test_the_demo_states_what_it_reaches() -> None:
    assert load_recipe(DUCK).evaluation.bounds() == AcceptBounds(success_rate=0.4)
