"""What every asset of a recipe shares: its key, owner, kinds, robot and code version."""

import functools
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.facts import file_facts
from assets.layers import Layer, sha256_of_sources, sha256_of_values
from assets.presentation import card_link, presented
from assets.recipes.recordings import AnyRecipe, HumanRecipe

if TYPE_CHECKING:
    from motionlib.robot import Robot


@functools.cache
def code_version(*places: str) -> str:
    """Short hash of what sources mean; moves whenever a result could.

    A comment, a docstring or a line broken elsewhere leaves it as it is.

    Args:
        places: Modules (`motionlib.corpus.index`: with all that they import, directly or not) and
            folders (`training/agents`: whole, where code is found by name at run time).
    """
    return sha256_of_sources(*places)[:12]


def stage_version(settings: object, *places: str) -> str:
    """Code version of a stage: its sources, see `code_version`, and its settings in the recipe."""
    return sha256_of_values({"settings": repr(settings), "code": code_version(*places)})[:12]


def key_of(recipe: AnyRecipe, layer: str) -> dg.AssetKey:
    """`recipe/layer`; a layer that is one of several of its stage says which before a `/`."""
    return dg.AssetKey([recipe.name, *layer.split("/")])


def upstream(recipe: AnyRecipe, *layers: str) -> dict[str, dg.AssetIn]:
    """Inputs of an asset, by layer name."""
    return {layer: dg.AssetIn(key=key_of(recipe, layer)) for layer in layers}


def library_name(split: str, *, of_robots: bool) -> str:
    """Layer that holds the library of a split, of the robots or of the humanoid."""
    return f"robot_motion_lib_{split}" if of_robots else f"motion_lib_{split}"


def robot_of(recipe: AnyRecipe, key: str = "") -> "Robot":
    """The robot of a recipe, with its actuator profile; of recordings the humanoid they are put on.

    Args:
        recipe: Of either kind.
        key: What a recipe of recordings calls one of the robots that they go to.

    Raises:
        RobotError: Its files are not there, or hold what no robot can have.
    """
    from motionlib.robots.files import load_robot

    if key and isinstance(recipe, HumanRecipe):
        return load_robot(recipe.retargeting().reference(recipe.file, key))
    return load_robot(recipe.robot_reference(), profile=recipe.profile)


def layer_asset(
    recipe: AnyRecipe,
    layer: str,
    *,
    description: str,
    kinds: Collection[str],
    version: str,
    inputs: Collection[str] = (),
    after: Collection[str] = (),
    card: bool = False,
    **more: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Decorator of the function that makes one layer of a recipe; see `presentation.presented`.

    Args:
        recipe: Whose graph it is in.
        layer: Its name, the last part of its key.
        description: For people.
        kinds: Tags of what it holds.
        version: See `stage_version`.
        inputs: Layers that it reads, named as parameters of the function.
        after: Layers that must be made before it, and their blocking checks passed.
        card: Whether its page begins with the newest run's verdict and picture. Tables need it:
            Dagster lists their columns before everything that was measured.
        more: Further arguments of `dagster.asset`.
    """
    key = key_of(recipe, layer)
    asset = dg.asset(
        key=key,
        description=f"{description}\n\n{card_link(key)}" if card else description,
        group_name=recipe.name,
        kinds=set(kinds),
        owners=[recipe.owner],
        code_version=version,
        ins={**upstream(recipe, *inputs), **more.pop("ins", {})},
        deps=[*(key_of(recipe, name) for name in after), *more.pop("deps", ())],
        **more,
    )

    def decorate(make: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        @functools.wraps(make)
        def make_presented(*inputs: Any, **named: Any) -> dg.MaterializeResult:
            return presented(make(*inputs, **named), key, with_card=card)

        return asset(make_presented)

    return decorate


def result(layer: Layer, metadata: Mapping[str, Any]) -> dg.MaterializeResult[Layer]:
    """The layer with its metadata; its content hash is the data version.

    Args:
        layer: What was made.
        metadata: For people; `table_facts` of the layer's table among it, if it has one.
    """
    facts = {
        "path": dg.MetadataValue.path(str(layer.path)),
        "sha256": layer.sha256,
        "reused": layer.reused,
    }
    return dg.MaterializeResult(
        value=layer,
        metadata={**file_facts(layer.path), **metadata, **facts},
        data_version=dg.DataVersion(layer.sha256),
    )
