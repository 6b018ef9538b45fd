import subprocess
import sys

import pytest


def test_everything_or_one_kind(motion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    done = motion("list")
    assert (done.status, done.errors) == (0, "")
    titles = [line for line in done.output.splitlines() if line and not line.startswith(" ")]
    assert [title.split(":")[0] for title in titles] == [
        "recipes",
        "robots",
        "artifacts",
        "policies",
    ]
    assert any(line.startswith("  microduck_walk ") for line in done.output.splitlines())
    assert "none yet; `motion run`" in titles[2]
    alone = motion("list", "recipes").output
    assert done.output.startswith(alone)
    assert motion("list", "recipse").status == 2


def test_a_folder_of_recipes_that_is_not_there_is_said(motion, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path / "gone"))
    done = motion("list", "recipes")
    assert done.status == 0
    assert done.errors.startswith(f"{tmp_path / 'gone'}: no such folder; MOTION_RECIPES")


def test_recipes_are_listed_without_torch_and_dagster() -> None:
    program = (
        "import sys; from pipelines.cli.main import main; main(['list', 'recipes']);"
        "sys.exit(str({'torch', 'mujoco', 'dagster', 'pandas'} & set(sys.modules) or '') or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
