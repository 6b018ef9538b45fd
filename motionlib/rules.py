"""Named rules and limits that settings and kernels share; light enough for a recipe to load."""

from typing import Literal, get_args

VelocityRule = Literal["central", "forward_min3", "protomotions_2025", "protomotions_2026h1"]
"""`central`: (x[t+1] - x[t-1]) / 2dt, one-sided at the ends. `forward_min3`: of the forward
differences over one, two and three frames the smallest in magnitude, the last value of each
repeated at the end (ProtoMotions since 2026-06-30).

Two more are what ProtoMotions' converters stored before, to make or to recognise such libraries.
`protomotions_2025` (2025-12-01 to 2026-01-22): linear `central`; angular the forward difference
over one frame, one frame late. `protomotions_2026h1` (2026-01-23 to 2026-06-29): linear
`forward_min3`; angular the same smallest of three, one frame late. Late means stored at t + 1,
with zero first; the velocities of exponential-map dofs are late in both."""

VELOCITY_RULES: tuple[str, ...] = get_args(VelocityRule)
HISTORICAL_RULES: tuple[VelocityRule, ...] = ("protomotions_2025", "protomotions_2026h1")
"""Rules whose angular velocities lag by a frame: recognised and reproduced, never a default."""

SPEED_LIMIT = 0.15
"""m/s: below it a body may be in contact (ProtoMotions' converters)."""
HEIGHT_LIMIT = 0.10
"""m, body origin above ground: below it a body may be in contact (ProtoMotions' converters)."""
