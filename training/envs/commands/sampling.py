"""Where episodes start: by failures (BeyondMimic's adaptive sampling), uniformly, or at the start."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from motionlib.library import MotionLib
from training.ranges import Count, Positive, Share
from training.values import check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """Where episodes start."""

    mode: Literal["adaptive", "uniform", "start"] = "adaptive"
    """Start by failures, uniformly over frames, or at the first frame of a clip."""
    kernel_size: Count = 5
    """Bins; a failure raises its own bin and those before it."""
    decay: Share = 0.8
    """λ of the kernel λ^i."""
    uniform_ratio: Positive = 0.1
    """Shared by all bins, added to their failures."""
    alpha: Share = 0.001
    """Rate of the running mean of failures, by control step."""
    uniform_share: Share = 0.0
    """Share of adaptive draws that are uniform over frames whatever the failures."""

    def __post_init__(self) -> None:
        check_fields(self)


def bin_edges(num_frames: int, rate: float) -> list[int]:
    """First frame of every bin of a clip, and the number of frames at the end.

    A clip of T frames has floor(T / rate) + 1 bins; frame t lies in bin floor(t · bins / T).
    """
    bins = int(num_frames / rate) + 1
    return [-(-b * num_frames // bins) for b in range(bins)] + [num_frames]


def smoothed(values: Tensor, successors: Tensor, decay: float) -> Tensor:
    """Convolve with λ^i over each bin and those after it, so that a failure raises what led to it.

    Args:
        values: (N,) by bin.
        successors: (N, kernel) the bin itself and those after it, its clip's last bin repeated.
        decay: λ.
    """
    kernel = decay ** torch.arange(successors.shape[1], device=values.device)
    return values[successors] @ (kernel / kernel.sum()).to(values)


def normalized_entropy(probabilities: Tensor) -> Tensor:
    """H / log N, 1 for a uniform distribution and 0 for a single bin."""
    if len(probabilities) < 2:
        return torch.zeros((), device=probabilities.device)
    return torch.special.entr(probabilities).sum() / math.log(len(probabilities))


def failures_by_motion(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Failure statistics in a `MotionSampler.state_dict()`: (bins,) of each motion, by name."""
    return dict(zip(state["names"], state["failed"].split(state["bins"].tolist()), strict=True))


class MotionSampler:
    """Failure statistics of bins of about a second, and draws from them."""

    def __init__(
        self, lib: MotionLib, config: SamplingConfig, *, rate: float, generator: torch.Generator
    ) -> None:
        if bool((lib.weights < 0).any()) or not bool(lib.weights.sum() > 0):
            raise ValueError("motion weights: expected none negative and one above zero")
        device = lib.starts.device
        self._config, self._names, self._generator = config, lib.names, generator
        edges = [bin_edges(int(frames), rate) for frames in lib.num_frames]
        counts = [len(clip) - 1 for clip in edges]
        self._counts = torch.tensor(counts, device=device)
        self._offsets = self._counts.cumsum(0) - self._counts
        self._num_frames = lib.num_frames
        self._first = torch.tensor([e for clip in edges for e in clip[:-1]], device=device)
        ends = torch.tensor([e for clip in edges for e in clip[1:]], device=device)
        self._motion = torch.repeat_interleave(
            torch.arange(len(counts), device=device), self._counts
        )
        # an episode needs a next frame: none starts at the last one
        ends = torch.minimum(ends, (lib.num_frames - 1)[self._motion])
        self._size = (ends - self._first).clamp(min=1)
        last = (self._offsets + self._counts - 1)[self._motion]
        steps = torch.arange(config.kernel_size, device=device)
        own = torch.arange(len(self._motion), device=device)
        self._successors = torch.minimum(own[:, None] + steps, last[:, None])
        self._weights = (lib.weights / lib.weights.mean())[self._motion]
        self._failed = torch.zeros(len(self._motion), device=device)
        self._step_failed = torch.zeros_like(self._failed)
        self._frame_share = self._size * self._weights
        self._start_share = torch.zeros_like(self._failed)
        self._start_share[self._offsets] = lib.weights / lib.weights.sum()

    def probabilities(self) -> Tensor:
        """(N,) chance of every bin to be drawn, sum 1."""
        if self._config.mode == "start":
            return self._start_share
        uniform = self._frame_share / self._frame_share.sum()
        if self._config.mode != "adaptive":
            return uniform
        floor = self._config.uniform_ratio / len(self._failed)
        chance = smoothed(self._failed + floor, self._successors, self._config.decay)
        chance = chance * self._weights
        share = self._config.uniform_share
        return (1.0 - share) * chance / chance.sum() + share * uniform

    def sample(self, count: int) -> tuple[Tensor, Tensor]:
        """Draw starts: (count,) motion ids and frames in them, int64."""
        bins = torch.multinomial(
            self.probabilities(), count, replacement=True, generator=self._generator
        )
        if self._config.mode == "start":
            return self._motion[bins], torch.zeros_like(bins)
        inside = torch.rand(count, generator=self._generator, device=bins.device)
        offsets = torch.minimum((inside * self._size[bins]).long(), self._size[bins] - 1)
        return self._motion[bins], self._first[bins] + offsets

    def record_failures(self, motion_ids: Tensor, frames: Tensor) -> None:
        """Count episodes that failed in this step at (K,) motions and frames; calls add up."""
        bins = frames * self._counts[motion_ids] // self._num_frames[motion_ids]
        bins = self._offsets[motion_ids] + bins
        self._step_failed.index_add_(0, bins, torch.ones_like(bins, dtype=torch.float32))

    def end_step(self) -> None:
        """Blend the step's failures into the running mean."""
        self._failed.lerp_(self._step_failed, self._config.alpha)
        self._step_failed.zero_()

    def metrics(self) -> dict[str, Tensor]:
        """`sampling_entropy` (normalised) and `sampling_top1_prob`, 0-dim."""
        chance = self.probabilities()
        return {
            "sampling_entropy": normalized_entropy(chance),
            "sampling_top1_prob": chance.max(),
        }

    def state_dict(self) -> dict[str, Any]:
        """Failure statistics: `failed` of all bins, those of each of `names` beside each other.

        One tensor, not one for each motion: a file of thousands of small ones takes seconds.
        """
        return {
            "names": list(self._names),
            "bins": self._counts.clone(),
            "failed": self._failed.clone(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over statistics of motions known by name with as many bins; others start anew."""
        saved = failures_by_motion(state)
        parts = self._failed.split(self._counts.tolist())
        for name, part in zip(self._names, parts, strict=True):
            if name in saved and len(saved[name]) == len(part):
                part.copy_(saved[name])
