from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from motionlib.errors import MotionError
from pipelines.drafts import Draft, Source, draft_text, find_source
from pipelines.recipe import HumanRecipe, load_recipe

BVH = "HIERARCHY\n"


def written(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(BVH)
    return folder


def test_the_kind_is_that_of_the_files(
    tmp_path: Path, write_recording: Callable[..., Path]
) -> None:
    pickle = tmp_path / "motions.pkl"
    pickle.touch()
    assert find_source(pickle) == Source(kind="polynomial", path=pickle)
    dances = written(tmp_path / "dances", "a.bvh", "SFU/b.BVH", "readme.txt")
    assert find_source(dances) == Source(kind="bvh", path=dances, splits=("train", "validation"))
    amass = tmp_path / "amass"
    write_recording(amass / "mine" / "walk_poses.npz")
    (amass / "mine" / "broken.npz").write_text("no zip")
    assert find_source(amass) == Source(kind="amass", path=amass, splits=("train",))


def test_of_both_one_is_asked_for(tmp_path: Path, write_recording: Callable[..., Path]) -> None:
    write_recording(written(tmp_path, "a.bvh") / "b.npz")
    with pytest.raises(MotionError, match="--kind amass or --kind bvh"):
        find_source(tmp_path)
    assert find_source(tmp_path, kind="bvh").kind == "bvh"
    assert find_source(tmp_path, kind="amass").kind == "amass"


def test_what_no_recipe_reads_is_refused_with_what_does(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="no such file or folder"):
        find_source(tmp_path / "gone")
    with pytest.raises(MotionError, match="holds no recordings"):
        find_source(written(tmp_path / "texts", "a.txt"))
    with pytest.raises(MotionError, match=r"found a \.bvh; for one recording name its folder"):
        find_source(written(tmp_path, "a.bvh") / "a.bvh")
    with pytest.raises(MotionError, match="a \\$ in a recipe's path"):
        find_source(written(tmp_path / "$HOME", "a.bvh"))
    (tmp_path / "robots").mkdir()
    np.savez(tmp_path / "robots" / "a.npz", joint_pos=np.zeros((3, 2)), fps=50)
    with pytest.raises(MotionError, match="are read by `motion import`"):
        find_source(tmp_path / "robots")


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(
        name="on",  # which YAML would read as true
        folder=tmp_path,
        robot="g1",
        is_humanoid=False,
        source=Source(kind="bvh", path=tmp_path / "a, b: #c", splits=("train", "test")),
    )


def read(draft: Draft) -> HumanRecipe:
    (draft.folder / "on.yaml").write_text(draft_text(draft))
    recipe = load_recipe(draft.folder / "on.yaml")
    assert isinstance(recipe, HumanRecipe)
    return recipe


def test_a_draft_reads_back_as_it_was_meant(draft: Draft) -> None:
    recipe = read(draft)
    assert (recipe.name, recipe.robot, recipe.source.kind) == ("on", "smpl", "bvh")
    assert recipe.source.path == "a, b: #c"
    assert recipe.source_path() == draft.source.path
    assert recipe.libraries.splits == ("train", "test")
    assert recipe.retargeting().artifact_of("g1") == "on-g1"
    assert recipe.training[0].experiment_path(recipe.file, "g1").name == "g1.py"
    first = draft_text(draft).splitlines()[0]
    assert first == "# yaml-language-server: $schema=./motion-recipe.schema.json"


def test_a_path_elsewhere_is_absolute(draft: Draft) -> None:
    source = replace(draft.source, path=Path("/data/amass"))
    assert read(replace(draft, source=source)).source.path == "/data/amass"


def test_a_robot_of_ones_own_comes_with_its_pair_and_without_a_training(draft: Draft) -> None:
    mine = str(draft.folder / "robots" / "mine" / "robot.yaml")
    recipe = read(replace(draft, robot=mine, pair="pairs/smpl_to_mine.yaml"))
    assert recipe.retargeting().robots == ("robots/mine/robot.yaml",)
    assert recipe.retargeting().reference(recipe.file, "mine") == mine
    settings = recipe.retargeting().settings_of(recipe.file, "mine")
    assert settings.pair == str(draft.folder / "pairs" / "smpl_to_mine.yaml")
    assert recipe.training == ()
    text = draft_text(replace(draft, robot=mine))
    commented = [line[2:] for line in text.splitlines() if line.startswith("# ")][-4:]
    assert set(yaml.safe_load("\n".join(commented))["training"]) == {
        "experiment",
        "max_steps",
        "num_envs",
    }
    beside = replace(draft, robot=str(draft.folder / "robot.yaml"))
    assert read(beside).retargeting().robots == (beside.robot,)


def test_a_humanoid_needs_no_retargeting(draft: Draft) -> None:
    recipe = read(replace(draft, robot="smplx", is_humanoid=True))
    assert (recipe.robot, recipe.retarget, recipe.artifact.name) == ("smplx", None, "on")
