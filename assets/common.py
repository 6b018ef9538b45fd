"""What every asset of a recipe shares: its key, group, owner, kinds and code version."""

import functools
from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.human_sections import AnyRecipe
from assets.layers import Layer, sha256_of_sources, sha256_of_values


@functools.cache
def room_version(*packages: str) -> str:
    """Short hash of rooms' sources; moves whenever a result could."""
    return sha256_of_sources(*packages)[:12]


def stage_version(settings: object, *packages: str) -> str:
    """Code version of a stage: its rooms' sources and its settings in the recipe."""
    return sha256_of_values({"settings": repr(settings), "code": room_version(*packages)})[:12]


def key_of(recipe: AnyRecipe, layer: str) -> dg.AssetKey:
    """`recipe/layer`."""
    return dg.AssetKey([recipe.name, layer])


def upstream(recipe: AnyRecipe, *layers: str) -> dict[str, dg.AssetIn]:
    """Inputs of an asset, by layer name."""
    return {layer: dg.AssetIn(key=key_of(recipe, layer)) for layer in layers}


def result(layer: Layer, metadata: Mapping[str, Any]) -> dg.MaterializeResult[Layer]:
    """The layer with its metadata; its content hash is the data version."""
    facts = {
        "path": dg.MetadataValue.path(str(layer.path)),
        "sha256": layer.sha256,
        "reused": layer.reused,
    }
    return dg.MaterializeResult(
        value=layer, metadata={**metadata, **facts}, data_version=dg.DataVersion(layer.sha256)
    )
