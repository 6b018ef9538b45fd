import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from assets.heads.recordings import content_sha256, source_signature, source_signatures
from assets.recipes.recordings import HumanRecipe
from motionlib.corpus.index import build_index
from pipelines.recipe import load_recipe

TINY = Path(__file__).resolve().parents[2] / "recipes" / "amass_tiny.yaml"


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HumanRecipe:
    monkeypatch.setenv("AMASS_TINY", str(tmp_path))
    for name in ("CMU/a_poses.npz", "KIT/a_poses.npz", "top_poses.npz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"never opened")
    recipe = load_recipe(TINY)
    assert isinstance(recipe, HumanRecipe)
    return recipe


def test_signatures_tell_datasets_apart_without_opening_files(
    recipe: HumanRecipe, tmp_path: Path
) -> None:
    before, whole = source_signatures(recipe), source_signature(recipe)
    assert set(before) == {"unsorted", "CMU", "KIT"}
    (tmp_path / "KIT/notes.txt").write_text("no recording")
    assert source_signature(recipe) == whole
    os.utime(tmp_path / "KIT/a_poses.npz", ns=(1, 1))
    after = source_signatures(recipe)
    assert {name for name in after if after[name] != before[name]} == {"KIT"}
    assert source_signature(recipe) != whole


def test_a_touched_file_is_the_same_content(recipe: HumanRecipe, tmp_path: Path) -> None:
    rows = build_index(tmp_path, recipe.index_settings(), memory=None, progress=False)
    touched = [replace(row, mtime_ns=row.mtime_ns + 1) for row in rows]
    longer = [replace(row, frames=row.frames + 1) for row in rows]
    content = content_sha256([asdict(row) for row in rows])
    assert content_sha256([asdict(row) for row in touched]) == content
    assert content_sha256([asdict(row) for row in longer]) != content
