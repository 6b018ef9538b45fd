"""Resource values for each environment, chosen by `MOTION_REGISTRY`."""

import os
from collections.abc import Mapping

import dagster as dg

from assets.layers import Home, LayerIOManager
from assets.registry import ArtifactRegistry
from motionlib.errors import nearest_names


def resources() -> Mapping[str, object]:
    """Resources of the environment that `MOTION_REGISTRY` names: `local` (default) or `wandb`.

    Raises:
        ValueError: It names no environment.
    """
    home = Home()
    shared = {
        "home": home,
        "io_manager": LayerIOManager(home=home),
        "child_process": dg.PipesSubprocessClient(),
    }
    environments = {
        "local": {**shared, "registry": ArtifactRegistry(kind="local", home=home)},
        "wandb": {**shared, "registry": ArtifactRegistry(kind="wandb", home=home)},
    }
    chosen = os.environ.get("MOTION_REGISTRY") or "local"
    if chosen not in environments:
        raise ValueError(f"MOTION_REGISTRY is {chosen!r}; {nearest_names(chosen, environments)}")
    return environments[chosen]
