"""Named rules and limits that settings and kernels share; light enough for a recipe to load."""

from typing import Literal, get_args

VelocityRule = Literal["central", "forward_min3"]
"""`central`: (x[t+1] - x[t-1]) / 2dt, one-sided at the ends. `forward_min3`: of the forward
differences over one, two and three frames the smallest in magnitude, the last value of each
repeated at the end (ProtoMotions since mid-2026)."""

VELOCITY_RULES: tuple[str, ...] = get_args(VelocityRule)

SPEED_LIMIT = 0.15
"""m/s: below it a body may be in contact (ProtoMotions' converters)."""
HEIGHT_LIMIT = 0.10
"""m, body origin above ground: below it a body may be in contact (ProtoMotions' converters)."""
