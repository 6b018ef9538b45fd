import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from dagster._cli import dev

from pipelines.ui import open_ui, server_command

ROOT = Path(__file__).resolve().parents[2]
THEIRS = [sys.executable, "-m", "dagster_webserver"]
OURS = [sys.executable, "-m", "pipelines.reports_server"]


def test_only_the_web_server_is_replaced() -> None:
    assert server_command([*THEIRS, "--port", "3000"]) == [*OURS, "--port", "3000"]
    daemon = [sys.executable, "-m", "dagster._daemon", "run"]
    assert server_command(daemon) == daemon


def test_dagster_starts_its_web_server_by_the_command_that_is_replaced() -> None:
    """Internals of the pinned version: without them, `make ui` serves no reports."""
    text = inspect.getsource(dev.dev_command_impl)
    assert '[sys.executable, "-m", "dagster_webserver"]' in text
    assert text.count("open_ipc_subprocess(") == 2


def test_the_ui_is_dagsters_on_this_machine_alone_with_our_server(
    motion_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    asked: list[str] = []

    def start(command: Sequence[str], **more: Any) -> None:
        started.append(list(command))

    def run(args: Sequence[str], **more: Any) -> None:
        asked.extend(args)
        dev.open_ipc_subprocess([*THEIRS, "--port", "3457"], pass_fds=[3])  # type: ignore[attr-defined]

    monkeypatch.chdir(ROOT)  # and back at the end
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr(dev, "open_ipc_subprocess", start)
    monkeypatch.setattr(dev.dev_command, "main", run)
    assert open_ui(3457) == 0
    assert asked == ["-w", "workspace.yaml", "-h", "127.0.0.1", "-p", "3457"]
    assert started == [[*OURS, "--port", "3457"]]
    assert (motion_home / "dagster" / "dagster.yaml").exists()
