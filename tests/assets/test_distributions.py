import math

import dagster as dg
import pytest

from assets import distributions
from assets.distributions import histograms_plot, measures_plot, spread_rows
from motionlib.measure import Measure
from motionlib.stages.verdicts import Bound, at_most


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


def test_gated_measures_are_drawn_with_their_units(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(distributions, "histograms_plot", lambda *told: drawn.extend(told))
    table = (
        Measure(name="depth", unit="m", meaning="How deep"),
        Measure(name="speed", unit="m/s", meaning="How fast"),
        Measure(name="lost", unit="m", meaning="Never measured"),
    )
    bounds = {"depth": Bound(accept=0.1, reject=0.2), "lost": at_most(1.0)}
    rows = [{"depth": 0.3, "speed": 2.0, "lost": None}, {"depth": None, "speed": 3.0, "lost": None}]
    measures_plot(rows, bounds, table)
    assert drawn == [{"depth (m)": [0.3]}, {"depth (m)": 0.2}]
