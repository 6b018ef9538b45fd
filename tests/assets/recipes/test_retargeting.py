from pathlib import Path

import pytest

from assets.recipes.recordings import HumanRecipe
from assets.recipes.retargeting import Retargeting
from pipelines.recipe import RecipeError, load_recipe, recipe_folders, recipes

TEXT = """
name: mine
description: d
robot: smpl
source: {kind: amass, path: mocap}
artifact: {name: mine}
retarget: SECTION
"""


def recipe_in(folder: Path, section: str) -> HumanRecipe:
    (folder / "mine.yaml").write_text(TEXT.replace("SECTION", section))
    recipe = load_recipe(folder / "mine.yaml")
    assert isinstance(recipe, HumanRecipe)
    return recipe


def section_in(folder: Path, section: str) -> Retargeting:
    found = recipe_in(folder, section).retarget
    assert found is not None
    return found


def test_robots_pairs_and_artifacts_are_named_for_each_robot(tmp_path: Path) -> None:
    text = (
        "{robots: [g1, duck/robot.yaml], artifact: {name: 'mine-{robot}'},"
        " settings: {fps: 50, pair: 'pairs/smpl_to_{robot}.yaml'},"
        " gates: {skate_mean_cm_s: {accept: 0.5, reject: 1}}}"
    )
    section = section_in(tmp_path, text)
    file = tmp_path / "mine.yaml"
    assert section.robot_keys() == ("g1", "duck")
    assert section.reference(file, "g1") == "g1"
    assert section.reference(file, "duck") == str(tmp_path / "duck/robot.yaml")
    assert section.artifact_of("duck") == "mine-duck"
    settings = section.settings_of(file, "duck")
    assert settings.pair == str(tmp_path / "pairs/smpl_to_duck.yaml")
    assert settings.fps == 50.0
    assert section.gates.skate_mean_cm_s.accept == 0.5


def test_without_a_pair_the_shipped_one_is_taken(tmp_path: Path) -> None:
    section = section_in(tmp_path, "{robots: [g1], artifact: {name: mine}}")
    assert section.settings_of(tmp_path / "mine.yaml", "g1").pair == ""
    assert section.npz.max_clips == 0


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{artifact: {name: a}}", "retarget.robots is missing"),
        ("{robots: [g1]}", "retarget.artifact is missing"),
        ("{robots: [], artifact: {name: a}}", "retarget.robots is (), expected one robot"),
        ("{robots: g1, artifact: {name: a}}", "retarget.robots is 'g1', expected a list"),
        (
            "{robots: [g1, a/g1.yaml], artifact: {name: 'a-{robot}'}}",
            "retarget.robots is ('g1', 'a/g1.yaml'), expected each robot once; g1 is there twice",
        ),
        (
            "{robots: ['my duck/robot.yaml'], artifact: {name: a}}",
            "retarget.robots is ('my duck/robot.yaml',), expected names of letters",
        ),
        (
            "{robots: [g1, h1], artifact: {name: a}}",
            "retarget.artifact.name is 'a', expected {robot} in it",
        ),
        (
            "{robots: [g1, h1], artifact: {name: 'a-{robot}'}, settings: {pair: p.yaml}}",
            "retarget.settings.pair is 'p.yaml', expected {robot} in it",
        ),
        (
            "{robots: [g1], artifact: {name: a}, settings: {metod: native}}",
            "retarget.settings.metod is unknown; nearest: method",
        ),
        (
            "{robots: [g1], artifact: {name: a}, settings: {method: gmr}}",
            "retarget.settings.method is 'gmr', expected one of native",
        ),
        (
            "{robots: [g1], artifact: {name: a}, settings: {solver: {contakt: 1}}}",
            "retarget.settings.solver.contakt is unknown; nearest: contact",
        ),
        (
            "{robots: [g1], artifact: {name: a}, gates: {skate: {accept: 1}}}",
            "retarget.gates.skate is unknown; nearest: skate_mean_cm_s",
        ),
        (
            "{robots: [g1], artifact: {name: a}, gates: {skate_mean_cm_s: {accept: 3, reject: 1}}}",
            "retarget.gates.skate_mean_cm_s: accept is 3, expected at most reject",
        ),
        (
            "{robots: [g1], artifact: {name: a}, max_rejected_share: 2}",
            "retarget.max_rejected_share is 2.0, expected a share",
        ),
        (
            "{robots: [g1], artifact: {name: a}, npz: {splits: [dev]}}",
            "retarget.npz.splits[0] is 'dev', expected one of train",
        ),
        (
            "{robots: [g1], artifact: {name: a}, npz: {max_clips: -1}}",
            "retarget.npz.max_clips is -1, expected 0",
        ),
        (
            "{robots: [g1], artifact: {name: a}, report_clips: -1}",
            "retarget.report_clips is -1, expected 0",
        ),
        (
            "{robots: [g1], artifact: {name: a}, settings: {fps: -30}}",
            "retarget.settings.fps is -30.0, expected 0",
        ),
    ],
)
def test_a_slip_is_named_with_file_and_field(tmp_path: Path, section: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_in(tmp_path, section)
    assert message in str(caught.value)
    assert str(tmp_path / "mine.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("name", "artifact"), [("amass_g1", "amass-g1"), ("demo_retarget", "sample-g1")]
)
def test_the_shipped_recipes_publish_under_names_of_their_own(name: str, artifact: str) -> None:
    good, _ = recipes(recipe_folders()[:1])
    recipe = next(r for r in good if r.name == name)
    assert isinstance(recipe, HumanRecipe)
    assert recipe.retarget is not None
    assert recipe.retarget.artifact_of("g1") == artifact
