from importlib import metadata

from pipelines.cli import overview as module
from pipelines.cli.overview import first_line, overview, unknown_command, version
from pipelines.cli.ui import Ui


def test_a_command_is_told_in_one_sentence() -> None:
    assert first_line(Ui).startswith("Open the Dagster UI")
    assert "\n" not in first_line(Ui)
    assert all(len(line) <= 100 for line in overview().splitlines())


def test_unknown_commands_offer_the_nearest() -> None:
    assert "nearest: publish" in unknown_command("publsih")
    assert "choices: ablate, artifacts, " in unknown_command("q")


def test_a_checkout_that_is_not_installed_says_so(monkeypatch) -> None:
    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(module.metadata, "version", none)
    assert "make setup" in version()
    monkeypatch.setattr(module.metadata, "version", lambda name: "7.8")
    assert version() == "motion-workbench 7.8"
