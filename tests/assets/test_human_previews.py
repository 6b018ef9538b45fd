import math

import dagster as dg

from assets.human_previews import histograms_plot, spread_rows


def test_the_spread_is_a_median_and_a_greatest() -> None:
    rows = spread_rows({"speed": [1.0, 5.0, 2.0], "none": []})
    assert rows == [{"measure": "speed", "median": 2.0, "max": 5.0}]


def test_histograms_repeat_and_leave_out_what_is_not_finite() -> None:
    values = {"speed": [1.0, 2.0, math.inf], "nothing": [], "depth": [0.1]}
    first = histograms_plot(values, {"speed": 1.5, "depth": math.inf})
    assert isinstance(first, dg.MarkdownMetadataValue)
    assert first.value == histograms_plot(values, {"speed": 1.5, "depth": math.inf}).value
    assert first.value != histograms_plot(values, {"speed": 1.9}).value
    assert len(str(first.value)) < 100_000
