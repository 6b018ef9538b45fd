import pytest
import torch

from training.agents.config import NetworkConfig
from training.agents.networks import NoNormalizer, RunningNormalizer, build_mlp


def test_normaliser_in_parts_equals_the_whole() -> None:
    rows = torch.randn(1000, 3, generator=torch.Generator().manual_seed(0)) * 7 + 100
    normalizer = RunningNormalizer(3, clamp=10.0)
    for part in rows.split([1, 300, 699]):
        normalizer.update(part)
    assert torch.allclose(normalizer.mean.float(), rows.mean(0), rtol=1e-5)
    assert torch.allclose(normalizer.variance.float(), rows.var(0, unbiased=False), rtol=1e-3)
    seen = normalizer(rows)
    assert seen.mean(0).abs().max() < 1e-3
    assert (seen.std(0) - 1).abs().max() < 1e-2


def test_normaliser_is_the_identity_before_data_and_clamps_after() -> None:
    normalizer = RunningNormalizer(1, clamp=5.0)
    assert normalizer(torch.tensor([[3.0]])).item() == 3.0
    normalizer.update(torch.tensor([[0.0], [2.0]]))
    assert normalizer(torch.tensor([[2.0]])).item() == pytest.approx(1.0)
    assert normalizer(torch.tensor([[1e6]])).item() == 5.0


def test_a_constant_column_does_not_explode() -> None:
    normalizer = RunningNormalizer(1, clamp=10.0)
    normalizer.update(torch.full((100, 1), 0.7))
    assert normalizer(torch.tensor([[0.701]])).abs().item() <= 0.2


def test_no_normaliser_changes_nothing() -> None:
    rows = torch.randn(4, 2)
    normalizer = NoNormalizer()
    normalizer.update(rows)
    assert normalizer(rows) is rows


def test_mlp_has_the_stated_layers_and_seed() -> None:
    def build(seed: int) -> torch.nn.Sequential:
        return build_mlp(
            NetworkConfig(hidden=(8, 4), activation="tanh"),
            5,
            num_outputs=2,
            generator=torch.Generator().manual_seed(seed),
        )

    one, same, other = build(0), build(0), build(1)
    assert [type(layer).__name__ for layer in one] == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
    assert one(torch.zeros(3, 5)).shape == (3, 2)
    assert torch.equal(one[0].weight, same[0].weight)
    assert not torch.equal(one[0].weight, other[0].weight)
