"""The robot as an asset: all its files are its content."""

import dataclasses
from pathlib import Path

import dagster as dg
import pytest

from assets.heads.robot_model import robot_model_of
from assets.layers import Home, Layer, LayerError, LayerIOManager
from assets.recipes.walking import Recipe
from pipelines.recipe import load_recipe

SMOKE = Path(__file__).resolve().parents[2] / "recipes" / "smoke.yaml"


def test_an_included_file_is_new_content_and_is_missed_where_it_was_not_read(
    biped, edit_file, tmp_path, motion_home
):
    recipe = dataclasses.replace(load_recipe(SMOKE), robot=str(biped), profile="")
    assert isinstance(recipe, Recipe)
    model = robot_model_of(recipe)

    @dg.asset(ins={"robot_model": dg.AssetIn(key=model.key)})
    def reader(robot_model: Layer) -> str:
        return robot_model.sha256

    resources = {"io_manager": LayerIOManager(home=Home(path=str(tmp_path / "home")))}

    def run(*assets: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
        selection = dg.AssetSelection.assets(*assets)
        return dg.materialize([model, reader], selection=selection, resources=resources)

    def version(result: dg.ExecuteInProcessResult) -> str:
        (event,) = result.asset_materializations_for_node(model.op.name)
        return event.metadata["sha256"].value

    first = version(run(model, reader))
    (picture,) = (motion_home / "plots" / recipe.name).iterdir()
    assert picture.name.startswith("robot_model-")
    edit_file(biped / "parts" / "left_shank.xml", 'pos="0 0 -0.3">', 'pos="0 0 -0.4">')
    with pytest.raises(LayerError, match=r"left_shank\.xml: its bytes changed since this asset"):
        run(reader)
    assert version(run(model, reader)) != first
