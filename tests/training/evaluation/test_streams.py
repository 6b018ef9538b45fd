import pytest
import torch

from training.evaluation.metrics import normalized_jerk
from training.evaluation.streams import JerkStream, SeriesBins

ON = torch.tensor([True, True])


def test_jerk_stream_equals_the_whole_clip_even_when_environments_start_apart():
    generator = torch.Generator().manual_seed(1)
    clips = torch.rand((2, 60, 3, 3), generator=generator, dtype=torch.float64)
    stream = JerkStream(2, 3, 0.02)
    late = 7  # the second clip starts later and the first is cut off and begun again
    for tick in range(70):
        if tick == 5:
            stream.clear(torch.tensor([0]))
        frames = (tick if tick < 5 else tick - 5, tick - late)
        active = torch.tensor([0 <= frame < 60 for frame in frames])
        rows = torch.stack([clips[i, max(0, min(f, 59))] for i, f in enumerate(frames)])
        stream.add(rows, active)
    for env in range(2):
        expected = float(normalized_jerk(clips[env], 0.02).mean())
        assert stream.mean(env) == pytest.approx(expected, rel=1e-9)


def test_the_share_of_jerky_windows_is_of_those_with_any_body_over_the_bound():
    generator = torch.Generator().manual_seed(2)
    clip = torch.rand((60, 3, 3), generator=generator, dtype=torch.float64)
    clip[:, 1:] *= 0.01  # two bodies that hardly move
    windows = normalized_jerk(clip, 0.02)
    high = float(windows[:, 0].median())
    stream = JerkStream(1, 3, 0.02, high=high)
    for frame in clip:
        stream.add(frame[None], torch.tensor([True]))
    share = float((windows > high).any(dim=-1).double().mean())
    assert 0.4 < share < 0.6
    assert stream.high_share(0) == pytest.approx(share)
    stream.clear(torch.tensor([0]))
    assert stream.high_share(0) is None


def test_jerk_stream_of_a_short_clip_is_none():
    stream = JerkStream(1, 1, 0.02)
    for _ in range(19):
        stream.add(torch.rand(1, 1, 3), torch.tensor([True]))
    assert stream.mean(0) is None


def test_series_keeps_every_frame_of_a_short_motion():
    bins = SeriesBins(1, 10)
    for frame in range(4):
        bins.add(
            {"error": torch.tensor([float(frame)])},
            frames=torch.tensor([frame]),
            num_frames=torch.tensor([4]),
            active=torch.tensor([True]),
        )
    series = bins.series(0, dt=0.5)
    assert series.time_s.tolist() == [0.0, 0.5, 1.0, 1.5]
    assert series.values["error"].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_series_averages_a_long_motion_into_bins():
    bins = SeriesBins(1, 2)
    for frame in range(6):
        bins.add(
            {"error": torch.tensor([float(frame)])},
            frames=torch.tensor([frame]),
            num_frames=torch.tensor([6]),
            active=torch.tensor([True]),
        )
    series = bins.series(0, dt=1.0)
    assert series.time_s.tolist() == [1.0, 4.0]
    assert series.values["error"].tolist() == [1.0, 4.0]
    # what thousands of motions keep: four bytes a number, nothing larger behind it
    assert (series.time_s.base, series.time_s.nbytes) == (None, 8)
