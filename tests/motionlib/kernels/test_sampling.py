"""Where output frames lie between source frames, and which numbers are looked at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionlib.kernels.sampling import first_bad_frame, gather, source_frames


@settings(deadline=None)
@given(
    frames=st.integers(1, 5000),
    fps=st.floats(1.0, 1000.0),
    output_fps=st.floats(1.0, 1000.0),
)
def test_every_output_time_is_met_exactly(frames, fps, output_fps):
    low, high, blend = source_frames(frames, fps, output_fps)
    assert low.min() >= 0
    assert high.max() <= frames - 1
    assert ((blend >= 0.0) & (blend < 1.0)).all()
    assert (high[blend == 0.0] == low[blend == 0.0]).all()
    times = np.arange(len(low)) / output_fps
    met = (low + blend * (high - low)) / fps
    assert np.abs(times - met).max() < 1e-5 / min(fps, output_fps) + 1e-9
    # the next one would lie behind the last source frame
    assert len(low) / output_fps > (frames - 1) / fps - 1e-9 / fps


@pytest.mark.parametrize(
    ("fps", "output_fps", "stride"), [(120.0, 30.0, 4), (250.0, 50.0, 5), (59.0, 59.0, 1)]
)
def test_rates_that_divide_are_a_stride(fps, output_fps, stride):
    low, _, blend = source_frames(1001, fps, output_fps)
    assert (low == np.arange(0, 1001, stride)).all()
    assert not blend.any()


def test_a_hundred_hertz_becomes_thirty_and_not_fifty():
    low, high, blend = source_frames(101, 100.0, 30.0)
    assert len(low) == 31
    assert low[:4].tolist() == [0, 3, 6, 10]
    assert high[:4].tolist() == [0, 4, 7, 10]
    assert blend[:4] == pytest.approx([0.0, 1 / 3, 2 / 3, 0.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 2e4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_bad_row_is_found_in_the_asked_columns_alone(bad, dtype):
    source = np.zeros((50, 9), dtype=dtype)
    source[30, 5] = source[41, 5] = bad
    assert first_bad_frame(source, 3, 6, 1e4) == 30
    assert first_bad_frame(source, 0, 5, 1e4) == -1
    assert first_bad_frame(source, 6, 9, 1e4) == -1


def test_gather_reads_any_layout_and_leaves_absent_columns_at_zero():
    source = np.arange(40.0).reshape(8, 5)[:, ::-1]
    columns, out = np.array([[0, 2, 1], [-1, -1, -1]]), np.full((2, 2, 3), np.nan)
    gather(source, np.array([7, 2]), columns, out)
    assert out.tolist() == [[[39.0, 37.0, 38.0], [0, 0, 0]], [[14.0, 12.0, 13.0], [0, 0, 0]]]
