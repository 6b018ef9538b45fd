from types import SimpleNamespace
from typing import Any

import dagster as dg
import pydantic
import pytest

from assets.launch import PolicyLaunch, launch_config

TRAINING = SimpleNamespace(seed=7, max_steps=5000, num_envs=64)
SEEN: list[PolicyLaunch] = []


def policy_of(launch: type[PolicyLaunch]) -> dg.AssetsDefinition:
    @dg.asset
    def policy(config: launch) -> None:  # type: ignore[valid-type] - how a recipe's asset names it
        SEEN.append(config)

    return policy


def launched(config: dict[str, Any]) -> PolicyLaunch:
    SEEN.clear()
    asset = policy_of(launch_config(TRAINING))
    assert dg.materialize([asset], run_config={"ops": {"policy": {"config": config}}}).success
    (seen,) = SEEN
    return seen


def test_an_untouched_launch_takes_the_recipe() -> None:
    config = launched({})
    assert (config.seed, config.max_steps, config.num_envs) == (7, 5000, 64)
    assert config.overrides == {}
    assert config.retrain is False


def test_a_launch_changes_what_it_names() -> None:
    config = launched({"seed": 1, "overrides": {"agent.clip": "0.3"}, "retrain": True})
    assert (config.seed, config.max_steps, config.retrain) == (1, 5000, True)
    assert config.overrides == {"agent.clip": "0.3"}


@pytest.mark.parametrize("wrong", [{"max_steps": 0}, {"num_envs": -1}, {"seed": -1}])
def test_a_number_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(pydantic.ValidationError, match="greater than"):
        launched(wrong)
    assert not SEEN


@pytest.mark.parametrize("wrong", [{"seeds": 1}, {"seed": "x"}])
def test_a_form_that_cannot_be_read_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        launched(wrong)
    assert not SEEN


def test_recipes_do_not_share_their_defaults() -> None:
    other = SimpleNamespace(seed=0, max_steps=1, num_envs=1)
    first, second = launch_config(TRAINING), launch_config(other)
    assert first().max_steps == 5000
    assert second().max_steps == 1


def test_the_launchpad_shows_defaults_and_descriptions() -> None:
    """What the UI prefills and explains: the fields of the job's schema."""
    asset = policy_of(launch_config(TRAINING))
    field = asset.op.config_schema.config_type.fields  # type: ignore[union-attr]
    assert field["max_steps"].default_value == 5000
    assert field["num_envs"].default_value == 64
    assert field["retrain"].default_value is False
    assert all(each.description for each in field.values())
    assert all(not each.is_required for each in field.values())
