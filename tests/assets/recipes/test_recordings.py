from pathlib import Path

import pytest

from assets.recipes.recordings import HumanRecipe
from pipelines.recipe import load_recipe

TEXT = """
name: mine
description: d
robot: smpl
source: {kind: KIND, path: mocap}
index: {lists: {train: lists/train.yaml}, issue_list: issues.yaml, exclude: ["*/old/*"]}
artifact: {name: mine}
"""


def recipe_in(folder: Path, kind: str) -> HumanRecipe:
    (folder / "mine.yaml").write_text(TEXT.replace("KIND", kind))
    recipe = load_recipe(folder / "mine.yaml")
    assert isinstance(recipe, HumanRecipe)
    return recipe


@pytest.mark.parametrize(("kind", "other"), [("amass", "walk.BVH"), ("bvh", "walk.npz")])
def test_lists_lie_beside_the_recipe_and_other_kinds_are_left_out(
    tmp_path: Path, kind: str, other: str
) -> None:
    from motionlib.corpus.folder import walk_recordings

    settings = recipe_in(tmp_path, kind).index_settings()
    assert settings.lists == {"train": str(tmp_path / "lists/train.yaml")}
    assert settings.issue_list == str(tmp_path / "issues.yaml")
    assert settings.exclude[0] == "*/old/*"
    mine = "walk.npz" if kind == "amass" else "walk.BVH"
    for name in (f"CMU/{mine}", f"CMU/{other}", mine, f"CMU/old/{mine}"):
        (tmp_path / "mocap" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mocap" / name).touch()
    found = walk_recordings(tmp_path / "mocap", include=settings.include, exclude=settings.exclude)
    assert [file.path for file in found] == [f"CMU/{mine}", mine]
