from pathlib import Path

import pytest

from assets.recipes.paths import RecipeError, resolve_path, robot_reference

FILE = Path("/recipes/mine.yaml")


def test_paths_start_at_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLDER_HERE", "deep")
    assert resolve_path(FILE, "f", "../data/x") == Path("/data/x")
    assert resolve_path(FILE, "f", "/abs/x") == Path("/abs/x")
    assert resolve_path(FILE, "f", "$FOLDER_HERE/x") == Path("/recipes/deep/x")
    assert resolve_path(FILE, "f", "${FOLDER_HERE}er/x") == Path("/recipes/deeper/x")


def test_a_default_counts_while_the_variable_is_unset_or_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "${FOLDER_HERE:-../data/sample}"
    monkeypatch.delenv("FOLDER_HERE", raising=False)
    assert resolve_path(FILE, "f", text) == Path("/data/sample")
    monkeypatch.setenv("FOLDER_HERE", "")
    assert resolve_path(FILE, "f", text) == Path("/data/sample")
    monkeypatch.setenv("FOLDER_HERE", "/mocap/a b")
    assert resolve_path(FILE, "f", text) == Path("/mocap/a b")


def test_a_variable_alone_is_relative_to_where_its_user_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOLDER_HERE", "mocap")
    assert resolve_path(FILE, "f", "${FOLDER_HERE:-x}") == tmp_path / "mocap"


def test_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOLDER_HERE", raising=False)
    with pytest.raises(RecipeError, match=r"mine\.yaml: source\.path .* \$FOLDER_HERE is not set"):
        resolve_path(FILE, "source.path", "$FOLDER_HERE/x")


def test_a_robot_is_a_name_or_a_path() -> None:
    assert robot_reference(FILE, "smpl") == "smpl"
    assert robot_reference(FILE, "../robots/mine") == "/robots/mine"
