"""Artifacts: what is published of a recipe, an immutable version with its facts and its parents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import code_version, layer_asset, result, stage_version
from assets.layers import Home, Layer
from assets.recipes.common import ArtifactName
from assets.recipes.recordings import AnyRecipe
from assets.registry import ArtifactRegistry

if TYPE_CHECKING:
    from motionlib.registry.manifest import Parent
    from motionlib.robot import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One version as it is to be."""

    name: str
    """Name of the artifact."""
    files: Mapping[str, Path]
    """Name in the artifact to the file."""
    facts: Mapping[str, Any]
    """Facts of the manifest, as `facts_of` gives them."""
    parents: "Sequence[Parent]"
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Further metadata of the asset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactAsset:
    """The asset that publishes, and how."""

    layer: str
    section: ArtifactName
    holds: str
    """Content of the artifact, for people."""
    inputs: Sequence[str]
    """Layers that it is gathered from."""
    partitions: dg.PartitionsDefinition | None = None


def artifact_asset(
    recipe: AnyRecipe,
    asset: ArtifactAsset,
    gather: Callable[[dg.AssetExecutionContext, Home, Mapping[str, Layer]], Publication],
) -> dg.AssetsDefinition:
    """The asset that publishes.

    Args:
        recipe: Whose artifact it is.
        asset: Its layer and inputs.
        gather: The asset's context, home, and layers by name, to what is published.
    """

    @layer_asset(
        recipe,
        asset.layer,
        description=f"`{asset.section.name}`: {asset.holds}, an immutable version in the artifact registry.",
        kinds={"artifact"},
        version=stage_version(asset.section),
        inputs=asset.inputs,
        partitions_def=asset.partitions,
    )
    def artifact(
        context: dg.AssetExecutionContext, home: Home, registry: ArtifactRegistry, **layers: Layer
    ) -> dg.MaterializeResult[Layer]:
        made = gather(context, home, layers)
        version = registry.open().publish(
            made.files,
            name=made.name,
            entity=asset.section.entity or None,
            project=asset.section.project,
            aliases=asset.section.aliases,
            metadata=made.facts,
            parents=made.parents,
        )
        layer = Layer(path=version.path, sha256=version.sha256, reference=version.reference)
        links = {"reference": version.reference, "new_version": version.created}
        return result(layer, {**links, "files": sorted(made.files), **made.shown})

    return artifact


def facts_of(
    recipe: AnyRecipe, robot: "Robot", *, fps: float, velocity_rule: str, rooms: Sequence[str]
) -> dict[str, Any]:
    """What a version says of its motions: whose they are, at which rate, by which code.

    Args:
        recipe: That makes them.
        robot: Whose they are.
        fps: Frames a second.
        velocity_rule: By which velocities were made.
        rooms: Folders whose code made them.
    """
    return {
        "robot": robot.name,
        "robot_sha256": robot.semantic_sha256,
        "body_names": robot.body_names,
        "dof_names": robot.dof_names,
        "fps": fps,
        "velocity_rule": velocity_rule,
        "recipe": recipe.name,
        "code_version": code_version(*rooms),
    }
