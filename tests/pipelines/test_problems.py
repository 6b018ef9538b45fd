from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from pipelines.problems import problems_in

GOOD = {
    "name": "mine",
    "description": "d",
    "robot": "microduck",
    "source": {"path": "a.pkl"},
    "artifact": {"name": "mine"},
}


def test_sound_data_has_no_problem() -> None:
    training = {"experiment": "e.py", "max_steps": 3}
    assert problems_in(Recipe, {**GOOD, "training": [training]}) == []


def test_every_fault_is_told_once_with_its_path() -> None:
    content = {
        **GOOD,
        "robto": "g1",
        "sampling": {"fps": "fast", "cyles": 2},
        "training": [{"experiment": "e.py"}, {"experiment": 3, "max_steps": "x"}],
        "selection": {"strategy": "egdes"},
    }
    del content["description"]
    found = problems_in(Recipe, content)
    assert [line.split(" is ")[0] for line in found] == [
        "robto",
        "sampling.fps",
        "sampling.cyles",
        "training[0].max_steps",
        "training[1].experiment",
        "training[1].max_steps",
        "selection.strategy",
        "description",
    ]
    assert "robto is unknown; nearest: robot" in found


def test_sections_that_may_be_missing_and_bounds_that_may_be_numbers() -> None:
    human = {**GOOD, "robot": "smpl", "source": {"kind": "amass", "path": "."}}
    assert problems_in(HumanRecipe, {**human, "retarget": None}) == []
    wrong = {"retarget": {"robots": "g1", "artifact": {"nam": "a"}}}
    robots, unknown, missing = problems_in(HumanRecipe, {**human, **wrong})
    assert robots == "retarget.robots is 'g1', expected a list"
    assert unknown.startswith("retarget.artifact.nam is unknown")
    assert missing == "retarget.artifact.name is missing"
    assert problems_in(Recipe, {**GOOD, "gates": {"foot_slide_mean": 0.02}}) == []
