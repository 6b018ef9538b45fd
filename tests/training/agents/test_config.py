import pytest

from training.agents.config import NetworkConfig, PPOConfig
from training.values import ConfigError


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("gamma", 1.5, "0 to 1"),
        ("num_steps", 0, "1 or more"),
        ("batch_size", -1, "0 or more"),
        ("clip", 0.0, "more than 0, finite"),
        ("learning_rate", float("inf"), "more than 0, finite"),
        ("critic_learning_rate", -1e-3, "more than 0, finite"),
        ("entropy_coef", float("nan"), "a number"),
        ("schedule", "fxied", "one of adaptive, fixed"),
        ("min_std", 2.0, "at most init_std, 1.0"),
        ("min_learning_rate", 0.5, "at most max_learning_rate, 0.01"),
    ],
)
def test_every_value_has_its_range(field: str, value: object, expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"^PPOConfig\.{field} is .*, expected {expected}"):
        PPOConfig(**{field: value})


def test_a_layer_has_neurons() -> None:
    with pytest.raises(ConfigError, match=r"NetworkConfig\.hidden\[1\] is 0, expected 1 or more"):
        NetworkConfig(hidden=(8, 0))


@pytest.mark.parametrize(
    ("changes", "num_envs", "message"),
    [
        ({"num_steps": 1}, 1, r"agent\.num_steps is 1, expected 2 or more with num_envs 1"),
        (
            {"num_mini_batches": 50, "normalize_advantage": "mini_batch"},
            1,
            r"agent\.num_mini_batches is 50, expected mini-batches of two samples .* out of 24",
        ),
        (
            {"batch_size": 1, "normalize_advantage": "mini_batch"},
            8,
            r"agent\.batch_size is 1, expected mini-batches of two",
        ),
    ],
)
def test_too_few_samples_are_refused(changes: dict, num_envs: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PPOConfig(**changes).check_samples(num_envs)


def test_single_samples_are_fine_where_nothing_asks_for_their_spread() -> None:
    config = PPOConfig(num_mini_batches=50)
    config.check_samples(1)
    assert config.samples_of_batch(1) == 1
    assert PPOConfig().samples_of_batch(512) == 24 * 512 // 4
