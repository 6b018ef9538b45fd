from pathlib import Path

import dagster as dg
import pytest

from assets.links import report_link, served_url


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MOTION_HOME", str(tmp_path))
    return tmp_path


def test_a_report_is_a_link_on_the_server_that_shows_the_asset(home: Path) -> None:
    link = report_link(home / "reports" / "walk" / "my report.html")
    assert link == dg.MetadataValue.url("/reports/walk/my%20report.html")


def test_plots_are_served_too(home: Path) -> None:
    assert served_url(home / "plots" / "walk" / "clips.svg") == "/plots/walk/clips.svg"


@pytest.mark.parametrize("inside", ["elsewhere/report.html", "reports/../results/x.html"])
def test_a_file_that_is_not_served_is_shown_as_a_path(home: Path, inside: str) -> None:
    path = home / inside
    assert served_url(path) == ""
    assert report_link(path) == dg.MetadataValue.path(str(path))
