"""What a policy is held to against its baselines; without torch, for whoever names checks by it."""

from collections.abc import Mapping

VERIFICATIONS: Mapping[str, str] = {
    "policy_survives": "policy survives every motion",
    "relative_error": "root-relative ÷ zero action",
    "global_error": "global ÷ zero action",
    "standing_global": "standing, global (m)",
    "standing_relative": "standing, relative (m)",
    "open_loop_beaten": "open loop beaten on moving motions",
}
"""Key of each verification of `verify`, and what people call it."""
