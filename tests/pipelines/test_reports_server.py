from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from assets.links import served_url
from pipelines.reports_server import with_reports


def dagsters_app() -> Starlette:
    """What Dagster's server is to us: an application that answers every path."""
    return Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("Dagster"))])


@pytest.fixture
def client(motion_home: Path) -> Iterator[TestClient]:
    folder = motion_home / "reports" / "walk"
    folder.mkdir(parents=True)
    (folder / "report one.html").write_text("<p>fine</p>")
    (folder / ".report.123.tmp").write_text("half")
    (motion_home / "home.json").write_text("{}")
    (folder / "outside.json").symlink_to(motion_home / "home.json")
    with TestClient(with_reports(dagsters_app)()) as made:
        yield made


def test_a_report_opens_at_the_address_that_its_asset_shows(
    client: TestClient, motion_home: Path
) -> None:
    url = served_url(motion_home / "reports" / "walk" / "report one.html")
    answer = client.get(url)
    assert answer.text == "<p>fine</p>"
    assert answer.headers["content-type"].startswith("text/html")


def test_a_report_may_load_and_send_nothing(client: TestClient) -> None:
    headers = client.get("/reports/walk/report%20one.html").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    # the next run writes to the same address
    assert headers["cache-control"] == "no-cache"


def test_everything_else_is_dagsters(client: TestClient) -> None:
    assert client.get("/assets/walk/report").text == "Dagster"
    assert client.get("/reportsx").text == "Dagster"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/..%2fhome.json",
        "/reports/walk/..%2f..%2fhome.json",
        "/reports/%2e%2e/home.json",
        "/reports/walk/outside.json",
        "/reports/%2Fetc%2Fpasswd",
        "/reports/walk/.report.123.tmp",
        "/reports/walk",
        "/reports/",
        "/reports/walk/nothing.html",
    ],
)
def test_nothing_beside_reports_is_handed_out(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_reports_can_only_be_read(client: TestClient, method: str) -> None:
    assert client.request(method, "/reports/walk/report%20one.html").status_code == 405


def test_a_home_without_reports_gets_a_folder_for_them(motion_home: Path) -> None:
    with TestClient(with_reports(dagsters_app)()) as client:
        assert client.get("/reports/walk/report.html").status_code == 404
    assert (motion_home / "reports").is_dir()
    assert (motion_home / "plots").is_dir()


def test_dagster_makes_its_application_where_we_extend_it() -> None:
    """Internals of the pinned version: without them, `make ui` serves no reports."""
    from dagster_webserver import cli

    assert callable(cli.create_app_from_workspace_process_context)


def test_the_card_of_what_was_never_made_says_so(client: TestClient) -> None:
    answer = client.get("/plots/walk/clips.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "Not made yet" in answer.text
    assert client.get("/plots/walk/clips-0123.svg").status_code == 404
    assert client.get("/plots/walk/.svg").status_code == 404
    assert client.get("/reports/walk/clips.svg").status_code == 404
    assert client.get("/plots/..%2fwalk/clips.svg").status_code == 404
