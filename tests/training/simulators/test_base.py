"""Rates that a simulator can run at."""

import pytest

from training.simulators.base import SimulatorConfig
from training.values import ConfigError, value_from_plain


def test_a_control_step_is_so_many_physics_steps() -> None:
    assert SimulatorConfig(physics_dt=0.002, decimation=10).control_dt == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("physics_dt", 0.0, "simulator.physics_dt is 0.0, expected more than 0 s"),
        ("physics_dt", float("nan"), "simulator.physics_dt is nan"),
        ("physics_dt", float("inf"), "simulator.physics_dt is inf"),
        ("decimation", 0, "simulator.decimation is 0, expected 1 or more"),
        ("num_threads", -1, "simulator.num_threads is -1, expected 0 or more"),
    ],
)
def test_a_rate_that_cannot_run_is_refused(field: str, value: float, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        SimulatorConfig(**{field: value})
    with pytest.raises(ConfigError, match=complaint):
        value_from_plain(SimulatorConfig, {field: value}, where="simulator")
