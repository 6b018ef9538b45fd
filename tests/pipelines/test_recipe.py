from pathlib import Path

import pytest

from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from motionlib.files import data_folder
from motionlib.stages.verdicts import Bound, at_most
from pipelines.recipe import RecipeError, load_recipe, missing_folder, recipe_folders, recipes

GOOD = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
"""


HUMAN = """
name: mocap
description: A recipe of human motions.
robot: smpl
source: {kind: amass, path: mocap}
artifact: {name: mocap}
"""


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_the_shipped_recipe_is_read_and_its_files_are_named() -> None:
    good, broken = recipes(recipe_folders()[:1])
    assert broken == []
    recipe = next(r for r in good if r.name == "microduck_walk")
    assert isinstance(recipe, Recipe)
    assert recipe.gates.foot_slide_mean == at_most(0.02)
    assert recipe.gates.penetration_max == at_most(0.005)
    assert recipe.source_path().name == "reference_motions.pkl"
    assert recipe.training[0].experiment_path(recipe.file, "").is_file()


def test_defaults_and_whole_numbers_for_floats(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD + "sampling: {fps: 30}\n"))
    assert isinstance(recipe, Recipe)
    assert recipe.sampling.fps == 30.0
    assert isinstance(recipe.sampling.fps, float)
    assert recipe.selection.strategy == "edges"
    assert recipe.robot_reference() == "microduck"
    assert recipe.source_path() == tmp_path / "motions.pkl"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("smapling: {fps: 30}", "smapling is unknown; nearest: sampling"),
        ("sampling: {fsp: 30}", "sampling.fsp is unknown; nearest: fps"),
        ("sampling: {fps: fast}", "sampling.fps is 'fast', expected a number"),
        ("sampling: {cycles: true}", "sampling.cycles is True, expected a whole number"),
        ("sampling: {fps: 0}", "sampling.fps is 0.0, expected a number above 0"),
        ("sampling: 50", "sampling is 50, expected a mapping"),
        ("selection: {strategy: edge}", "selection.strategy is 'edge', expected one of edges"),
        ("selection: {strategy: manual}", "selection.motions is (), expected a list"),
        ("file: x", "file is not a recipe key"),
        ("name: Mine!", "name is 'Mine!', expected lower-case"),
    ],
)
def test_a_slip_names_file_field_and_remedy(tmp_path: Path, line: str, message: str) -> None:
    text = GOOD.replace("name: mine\n", "", 1) if line.startswith("name") else GOOD
    file = write(tmp_path, f"{text}{line}\n")
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_source_chooses_the_sections(tmp_path: Path) -> None:
    text = HUMAN + "human: {fps: 50, contacts_of: {'*_Toe': {height: 0.05}}}\n"
    recipe = load_recipe(
        write(
            tmp_path,
            text + "gates: {floating_height: .inf, min_frames: 3,"
            " root_speed_max: {accept: 9, reject: 12}}\n",
        )
    )
    assert isinstance(recipe, HumanRecipe)
    assert recipe.human.fps == 50.0
    assert recipe.human.contacts_of["*_Toe"].height == 0.05
    assert recipe.gates.floating_height == at_most(float("inf"))
    assert recipe.gates.root_speed_max == Bound(accept=9.0, reject=12.0)
    assert recipe.source_path() == tmp_path / "mocap"
    assert recipe.libraries.splits == ("train", "validation", "test")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("training: {}", "training[0].experiment is missing"),
        ("training: 3", "training is 3, expected a list"),
        ("training: {experiment: e.py, max_steps: 0}", "training.max_steps is 0, expected above 0"),
        (
            "training: [{name: a, experiment: e.py, max_steps: 1}, {name: a, experiment: f.py, max_steps: 1}]",
            "training.name is 'a' twice",
        ),
        (
            "training: [{experiment: e.py, max_steps: 1}, {name: a, experiment: f.py, max_steps: 1}]",
            "training.name is missing, expected one for each of several",
        ),
        (
            "libraries: {splits: [test]}\ntraining: {experiment: e.py, max_steps: 1}",
            "training.split is 'train', expected a library of the recipe: test",
        ),
        (
            "libraries: {splits: [train]}\nevaluation: {splits: [tset]}",
            "evaluation.splits[0] is 'tset'",
        ),
        (
            "libraries: {splits: [train]}\nevaluation: {splits: [test]}",
            "evaluation.splits names 'test', which no library is packed of",
        ),
        ("evaluation: {success_rate: 70}", "evaluation.success_rate is 70.0, expected 0 to 1"),
        (
            "libraries: {shards: 2}\ntraining: {experiment: e.py, max_steps: 1}",
            "libraries.shards is 2, expected 1: a training reads one file",
        ),
        ("human: {fsp: 30}", "human.fsp is unknown; nearest: fps"),
        ("human: {fps: 0}", "human.fps is 0.0, expected above 0"),
        ("human: {velocity_rule: centre}", "human.velocity_rule is 'centre', expected one of"),
        ("gates: {floating: 1}", "gates.floating is unknown; nearest: floating_height"),
        ("gates: {floating_height: low}", "floating_height is 'low', expected a number or a map"),
        ("gates: {root_speed_max: .nan}", "root_speed_max is nan, expected a number"),
        ("max_rejected_share: 2", "max_rejected_share is 2.0, expected a share"),
        ("processes: -1", "processes is -1, expected 0"),
        ("libraries: {splits: [dev]}", "libraries.splits[0] is 'dev', expected one of train"),
        ("libraries: {splits: []}", "libraries.splits is (), expected one split"),
        ("libraries: {shards: 0}", "libraries.shards is 0, expected at least 1"),
        ("index: {lists: {dev: a.yaml}}", "dev"),
        ("index: {hash_fractions: {train: 0.5}}", "hash_fractions"),
    ],
)
def test_a_slip_in_a_recipe_of_human_motions_is_named(
    tmp_path: Path, line: str, message: str
) -> None:
    file = write(tmp_path, f"{HUMAN}{line}\n")
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_an_unknown_kind_of_source_offers_the_nearest(tmp_path: Path) -> None:
    file = write(tmp_path, HUMAN.replace("amass", "amas"))
    with pytest.raises(RecipeError, match=r"source\.kind is 'amas'.*nearest: amass"):
        load_recipe(file)


@pytest.mark.parametrize(
    ("real", "demo"), [("amass_smpl", "demo_amass"), ("amass_g1", "demo_retarget")]
)
def test_real_data_and_the_sample_have_recipes_and_artifacts_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: str, demo: str
) -> None:
    good = {recipe.name: recipe for recipe in recipes(recipe_folders()[:1])[0]}
    monkeypatch.delenv("AMASS_ROOT", raising=False)
    with pytest.raises(RecipeError, match=r"source\.path is '\$AMASS_ROOT', but .* is not set"):
        good[real].source_path()
    monkeypatch.setenv("AMASS_ROOT", str(tmp_path))
    assert good[real].source_path() == tmp_path
    assert good[demo].source_path() == data_folder() / "motions" / "amass_sample"
    assert good[real].artifact.name == "amass-smpl"
    assert good[demo].artifact.name == "sample-smpl"


@pytest.mark.parametrize("text", ["", "- 1", "{", "\t- x", "name: [1"])
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeError, match=r"mine\.yaml"):
        load_recipe(write(tmp_path, text))


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"source\.path is missing"):
        load_recipe(write(tmp_path, GOOD.replace("{path: motions.pkl}", "{}")))


def test_a_broken_recipe_leaves_the_others_alone(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD + "oops: 1\n", "other.yaml")
    write(tmp_path, GOOD, "twin.yaml")
    good, broken = recipes((tmp_path,))
    assert [r.name for r in good] == ["mine"]
    assert [b.file.name for b in broken] == ["other.yaml", "twin.yaml"]
    assert "taken by" in broken[1].reason


def test_a_recipe_folder_that_is_missing_is_reported(tmp_path: Path) -> None:
    good, broken = recipes((tmp_path / "nowhere",))
    assert good == []
    assert "MOTION_RECIPES" in broken[0].reason


def test_overrides_are_texts(tmp_path: Path) -> None:
    text = GOOD.replace("max_steps: 10", "max_steps: 10, overrides: {agent.gamma: 0.97, a.b: true}")
    recipe = load_recipe(write(tmp_path, text))
    assert isinstance(recipe, Recipe)
    overrides = recipe.training[0].overrides
    assert overrides == {"agent.gamma": "0.97", "a.b": "true"}


def test_an_unset_variable_is_an_error_only_when_the_path_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET_HERE", raising=False)
    recipe = load_recipe(write(tmp_path, GOOD.replace("motions.pkl", "$NOT_SET_HERE/x.pkl")))
    with pytest.raises(RecipeError, match=r"source\.path .* \$NOT_SET_HERE is not set"):
        recipe.source_path()
    monkeypatch.setenv("NOT_SET_HERE", str(tmp_path))
    assert recipe.source_path() == tmp_path / "x.pkl"


def test_all_faults_of_a_recipe_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("robot: microduck", "robto: microduck") + "sampling: {fps: fast}\n"
    with pytest.raises(RecipeError) as told:
        load_recipe(write(tmp_path, text))
    lines = str(told.value).splitlines()
    assert [line.split(": ")[1].split(" is ")[0] for line in lines] == [
        "robto",
        "sampling.fps",
        "robot",
    ]
    text = HUMAN.replace("name: mocap\nd", "name: Mocap\nd") + (
        "libraries: {shards: 0}\nprocesses: -1\n"
        "retarget: {robots: [], artifact: {name: a}}\n"
        "evaluation: {num_envs: 0}\n"
    )
    with pytest.raises(RecipeError) as told:
        load_recipe(write(tmp_path, text))
    for fault in ("name is 'Mocap'", "processes is -1", "libraries.shards is 0", "retarget.robots",
                  "evaluation.num_envs"):  # fmt: skip
        assert sum(fault in line for line in str(told.value).splitlines()) == 1, fault


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    assert missing_folder() == ""
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    assert missing_folder() == ""
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path / "gone"))
    assert str(tmp_path / "gone") in missing_folder()
