from pathlib import Path

import dagster as dg
import pytest

import pipelines.__main__ as program
from pipelines.__main__ import main, materialise, run_recipe
from pipelines.recipe import load_recipe

RECIPES = Path(program.__file__).parent / "recipes"


def test_an_unknown_recipe_offers_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert materialise("microduck_wakl") == 2
    assert "no recipe 'microduck_wakl'; nearest: microduck_walk" in capsys.readouterr().err


def test_a_folder_of_recipes_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path / "gone"))
    assert materialise("microduck_wakl") == 2
    folder, recipe = capsys.readouterr().err.splitlines()
    assert folder.startswith(f"{tmp_path / 'gone'}: no such folder; MOTION_RECIPES must")
    assert "nearest: microduck_walk" in recipe


def test_a_broken_recipe_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nrobto: microduck\n")
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    assert materialise("mine") == 2
    said = capsys.readouterr().err
    assert "mine.yaml: robto is unknown; nearest: robot" in said


def test_a_failed_run_is_told_and_nothing_is_claimed(
    tmp_path: Path,
    motion_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndescription: d\nrobot: microduck\nsource: {path: empty.pkl}\n"
        "artifact: {name: mine}\n"
    )
    (tmp_path / "empty.pkl").touch()
    monkeypatch.setenv("DAGSTER_HOME", "")
    # by its path: the folder is not one of those that the UI reads
    assert materialise(str(tmp_path / "mine.yaml")) == 1
    captured = capsys.readouterr()
    assert "did not finish" in captured.out
    assert "reports" not in captured.out
    assert not (motion_home / "reports").exists()


def test_a_training_that_cannot_be_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndescription: d\nrobot: microduck\nsource: {path: nowhere.pkl}\n"
        "artifact: {name: mine}\ntraining: {experiment: e.py, max_steps: 1}\n"
    )
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    assert materialise("mine") == 2
    captured = capsys.readouterr()
    assert "e.py: no such file" in captured.err
    assert (
        f"source.path is {tmp_path / 'nowhere.pkl'}, expected a file that is there" in captured.err
    )
    assert captured.out == ""


def test_a_home_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOTION_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr("sys.argv", ["pipelines", "microduck_walk"])
    assert main() == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "file" / "home") in said
    assert "Not a directory" in said
    assert len(said.splitlines()) == 1


def test_a_full_disk_is_one_line(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_disk / "filling").write_bytes(bytes(900_000))
    monkeypatch.setenv("MOTION_HOME", str(small_disk))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr("sys.argv", ["pipelines", "microduck_walk"])
    assert main() == 2
    said = capsys.readouterr().err
    assert str(small_disk) in said
    assert "full" in said
    assert "Traceback" not in said


def evaluated(severity: dg.AssetCheckSeverity, *, passed: bool) -> dg.ExecuteInProcessResult:
    """A run that made one evaluation and held one bound against it."""

    @dg.asset(key=["duck", "full_evaluation"], check_specs=[BOUND])
    def full_evaluation():
        yield dg.MaterializeResult(metadata={"verdict": "train: 71.4 % success, 100.0 % survival"})
        yield dg.AssetCheckResult(
            check_name="success", passed=passed, severity=severity, description="71.4 %, 5 of 7"
        )

    return dg.materialize([full_evaluation], instance=dg.DagsterInstance.ephemeral())


BOUND = dg.AssetCheckSpec("success", asset=["duck", "full_evaluation"])


@pytest.mark.parametrize(
    ("severity", "passed", "status", "said"),
    [
        (dg.AssetCheckSeverity.ERROR, True, 0, ""),
        (dg.AssetCheckSeverity.WARN, False, 0, "missed success (the recipe only warns): 71.4 %"),
        (dg.AssetCheckSeverity.ERROR, False, 1, "MISSED success: 71.4 %, 5 of 7"),
    ],
)
def test_the_end_of_a_run_says_the_verdict_and_what_was_missed(
    monkeypatch: pytest.MonkeyPatch,
    motion_home: Path,
    capsys: pytest.CaptureFixture[str],
    severity: dg.AssetCheckSeverity,
    passed: bool,
    status: int,
    said: str,
) -> None:
    result = evaluated(severity, passed=passed)
    monkeypatch.setattr(program, "runs_of", lambda recipe, instance: [result])
    recipe = load_recipe(RECIPES / "microduck_walk.yaml")
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_recipe(recipe, instance) == status
    out = capsys.readouterr().out
    assert "policy: train: 71.4 % success, 100.0 % survival" in out
    assert "success: neither fell nor lost its reference; survival: did not fall" in out
    assert said in out
    assert ("missed" in out.lower()) == (not passed)
