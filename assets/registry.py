"""The artifact registry as a resource."""

from typing import TYPE_CHECKING, Literal

import dagster as dg

from assets.layers import Home

if TYPE_CHECKING:
    from motionlib.registry.base import Registry


class ArtifactRegistry(dg.ConfigurableResource):
    """Opens the registry that holds published motions."""

    kind: Literal["local", "wandb"] = "local"
    """`local` under `MOTION_HOME/artifacts`, or wandb."""
    home: dg.ResourceDependency[Home]

    def open(self) -> "Registry":
        """The registry, ready to publish and pull."""
        from motionlib.registry import open_registry

        return open_registry(self.kind, self.home.artifacts)
