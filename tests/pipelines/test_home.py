from pathlib import Path

import pytest
import yaml

from motionlib.files import HOST_TAG
from pipelines.home import open_instance, prepare_dagster_home


@pytest.fixture
def clean(motion_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", "")
    return motion_home


def test_the_instance_lies_in_the_home_without_telemetry(clean: Path) -> None:
    with open_instance() as instance:
        assert Path(instance.root_directory) == clean / "dagster"
        assert not instance.telemetry_enabled
    written = yaml.safe_load((clean / "dagster" / "dagster.yaml").read_text())
    assert written["telemetry"] == {"enabled": False}


def test_what_the_user_wrote_is_kept(clean: Path) -> None:
    home = prepare_dagster_home()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    prepare_dagster_home()
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_a_dagster_home_of_the_users_is_respected(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "own"))
    assert prepare_dagster_home() == tmp_path / "own"
    assert not (clean / "dagster").exists()


def test_what_killed_processes_left_anywhere_in_the_home_is_swept(
    clean: Path, dead_pid: int
) -> None:
    folders = ("cache/smoke/clips", "results/mine/logs", "reports/smoke", "artifacts/objects/ab",
               "dagster/living", "cache/scans", "cache/clips/ab")  # fmt: skip
    lefts = [clean / folder / f".x.{dead_pid}-{HOST_TAG}456789ab.tmp" for folder in folders]
    stranger = clean / "reports" / "smoke" / ".mine.tmp"
    for path in (*lefts, stranger):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    prepare_dagster_home()
    assert not any(left.exists() for left in lefts)
    assert stranger.exists()
