"""Where episodes start."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion
from motionlib.robot import Robot
from training.envs.commands.sampling import (
    MotionSampler,
    SamplingConfig,
    bin_edges,
    failures_by_motion,
    normalized_entropy,
    smoothed,
)

RATE = 50.0


def sampler(lib: MotionLib, seed: int = 0, **options: object) -> MotionSampler:
    config = replace(SamplingConfig(), **options)
    generator = torch.Generator().manual_seed(seed)
    return MotionSampler(lib, config, rate=RATE, generator=generator)


@pytest.fixture
def two(microduck: Robot, standing_clip: Callable[..., Motion]) -> MotionLib:
    """Clips of 175 and 120 frames: 4 and 3 bins."""
    return library_from_motions(
        [
            standing_clip(microduck, frames=175, name="long"),
            standing_clip(microduck, frames=120, name="brief"),
        ]
    )


@pytest.mark.parametrize("num_frames", [2, 10, 49, 50, 51, 175, 500, 501])
def test_bins_cover_a_clip_by_the_stated_formula(num_frames: int) -> None:
    edges = bin_edges(num_frames, RATE)
    bins = len(edges) - 1
    assert bins == num_frames // 50 + 1
    for frame in range(num_frames):
        inside = frame * bins // num_frames
        assert edges[inside] <= frame < edges[inside + 1]


def test_a_failure_raises_its_bin_and_those_before_it(two: MotionLib) -> None:
    drawn = sampler(two)
    before = drawn.probabilities()
    drawn.record_failures(torch.tensor([0]), torch.tensor([100]))
    drawn.end_step()
    gained = drawn.probabilities() / before
    # frame 100 of 175 lies in bin 2 of 4; relative to the others 2 > 1 > 0 rise, 3 does not
    assert gained[2] > gained[1] > gained[0] > gained[3]
    torch.testing.assert_close(gained[4:], gained[3].expand(3))


def test_bins_never_reach_into_another_clip(two: MotionLib) -> None:
    drawn = sampler(two)
    before = drawn.probabilities()
    drawn.record_failures(torch.tensor([1]), torch.tensor([0]))
    drawn.end_step()
    gained = drawn.probabilities() / before
    assert gained[4] > 1.0, "the first bin of the second clip"
    torch.testing.assert_close(gained[:4], gained[0].expand(4))
    assert gained[0] < 1.0, "the end of the first clip did not rise with it"


def test_the_kernel_by_hand() -> None:
    """Two bins after each other, kernel 2, λ .5: weights 2/3 and 1/3, the last one repeated."""
    successors = torch.tensor([[0, 1], [1, 1]])
    found = smoothed(torch.tensor([0.0, 3.0]), successors, 0.5)
    torch.testing.assert_close(found, torch.tensor([1.0, 3.0]))


def test_failures_of_one_step_add_up(two: MotionLib) -> None:
    once, twice = sampler(two, alpha=0.5), sampler(two, alpha=0.5)
    hit = torch.tensor([0]), torch.tensor([100])
    once.record_failures(torch.tensor([0, 0]), torch.tensor([100, 100]))
    for _ in range(2):
        twice.record_failures(*hit)
    for drawn in (once, twice):
        drawn.end_step()
    expected = torch.tensor([0.0, 0.0, 1.0, 0.0])
    for drawn in (once, twice):
        torch.testing.assert_close(failures_by_motion(drawn.state_dict())["long"], expected)
        drawn.end_step()
        torch.testing.assert_close(failures_by_motion(drawn.state_dict())["long"], 0.5 * expected)


def test_probabilities_follow_the_formula(two: MotionLib) -> None:
    drawn = sampler(two, kernel_size=1, alpha=1.0)
    drawn.record_failures(torch.tensor([0]), torch.tensor([0]))
    drawn.end_step()
    floor = 0.1 / 7
    expected = torch.full((7,), floor)
    expected[0] += 1.0
    torch.testing.assert_close(drawn.probabilities(), expected / expected.sum())


@pytest.mark.parametrize("mode", ["adaptive", "uniform", "start"])
def test_starts_lie_in_their_clip_and_leave_a_next_frame(two: MotionLib, mode: str) -> None:
    motions, frames = sampler(two, mode=mode).sample(4000)
    assert (frames >= 0).all()
    assert (frames < two.num_frames[motions] - 1).all()
    assert set(motions.tolist()) == {0, 1}
    if mode == "start":
        assert (frames == 0).all()
    else:
        assert len(set(frames[motions == 1].tolist())) > 100


def test_uniform_is_uniform_over_frames(two: MotionLib) -> None:
    motions, _ = sampler(two, mode="uniform").sample(40_000)
    share = (motions == 0).float().mean()
    assert abs(share - 174 / (174 + 119)) < 0.01


def test_weights_choose_clips(microduck: Robot, standing_clip: Callable[..., Motion]) -> None:
    lib = library_from_motions(
        [
            standing_clip(microduck, name="a", weight=3.0),
            standing_clip(microduck, name="b", weight=1.0),
            standing_clip(microduck, name="never", weight=0.0),
        ]
    )
    for mode in ("adaptive", "uniform", "start"):
        motions, _ = sampler(lib, mode=mode).sample(20_000)
        counts = torch.bincount(motions, minlength=3) / 20_000
        torch.testing.assert_close(counts, torch.tensor([0.75, 0.25, 0.0]), atol=0.02, rtol=0)


def test_impossible_weights_are_refused(
    microduck: Robot, standing_clip: Callable[..., Motion]
) -> None:
    lib = library_from_motions([standing_clip(microduck, weight=0.0)])
    with pytest.raises(ValueError, match="motion weights"):
        sampler(lib)


def test_a_uniform_share_survives_concentrated_failures(two: MotionLib) -> None:
    drawn = sampler(two, uniform_share=0.5, alpha=1.0)
    drawn.record_failures(torch.zeros(1000, dtype=torch.int64), torch.full((1000,), 100))
    drawn.end_step()
    uniform = sampler(two, mode="uniform").probabilities()
    assert (drawn.probabilities() >= 0.5 * uniform - 1e-6).all()


def test_entropy() -> None:
    assert normalized_entropy(torch.full((8,), 1 / 8)) == pytest.approx(1.0)
    assert normalized_entropy(torch.tensor([1.0, 0.0])) == 0.0
    assert normalized_entropy(torch.tensor([1.0])) == 0.0
    mixed = torch.tensor([0.75, 0.25])
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / math.log(2)
    assert normalized_entropy(mixed) == pytest.approx(expected)


def test_metrics_see_failures_concentrate(two: MotionLib) -> None:
    drawn = sampler(two, alpha=1.0)
    calm = drawn.metrics()
    assert calm["sampling_entropy"] == pytest.approx(1.0)
    assert calm["sampling_top1_prob"] == pytest.approx(1 / 7)
    drawn.record_failures(torch.tensor([1]), torch.tensor([0]))
    drawn.end_step()
    assert drawn.metrics()["sampling_entropy"] < 0.9
    assert drawn.metrics()["sampling_top1_prob"] > 0.5


def test_statistics_travel_by_motion_name(
    two: MotionLib, microduck: Robot, standing_clip: Callable[..., Motion]
) -> None:
    drawn = sampler(two, alpha=1.0)
    drawn.record_failures(torch.tensor([1]), torch.tensor([119]))
    drawn.end_step()
    other = library_from_motions(
        [
            standing_clip(microduck, frames=120, name="brief"),
            standing_clip(microduck, frames=300, name="new"),
            standing_clip(microduck, frames=60, name="long"),  # another number of bins
        ]
    )
    restored = sampler(other)
    restored.load_state_dict(drawn.state_dict())
    failed = failures_by_motion(restored.state_dict())
    torch.testing.assert_close(failed["brief"], torch.tensor([0.0, 0.0, 1.0]))
    assert failed["new"].sum() == failed["long"].sum() == 0.0


def test_same_seed_same_starts(two: MotionLib) -> None:
    one, other = sampler(two, seed=5).sample(50), sampler(two, seed=5).sample(50)
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
