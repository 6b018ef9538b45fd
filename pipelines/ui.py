"""The UI: `dagster dev` on the workspace, with a web server that also serves the reports."""

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.home import prepare_dagster_home

_ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
_THEIRS, _OURS = "dagster_webserver", "pipelines.reports_server"


def open_ui(port: int) -> int:
    """Run `dagster dev` in this process until Ctrl-C: web server, code server and daemon.

    Reports are at `/reports` of the same port.

    Args:
        port: On 127.0.0.1.

    Raises:
        HomeError: A newer version of this program has written the home.
    """
    from dagster._cli import dev

    prepare_dagster_home()
    os.chdir(_ROOT)
    # the one place where it says which program is its web server; without it, it starts its own
    if start := getattr(dev, "open_ipc_subprocess", None):
        dev.open_ipc_subprocess = _with_our_server(start)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
    # its successor is another program; nothing that a user could change
    warnings.filterwarnings("ignore", category=dg.SupersessionWarning)
    arguments = ["-w", "workspace.yaml", "-h", HOST, "-p", str(port)]
    dev.dev_command.main(args=arguments, prog_name="dagster dev", standalone_mode=False)
    return 0


def server_command(command: Sequence[str]) -> list[str]:
    """The command of one of `dagster dev`'s processes, ours in the place of its web server."""
    own = [sys.executable, "-m", _THEIRS]
    if list(command[: len(own)]) != own:
        return list(command)
    return [sys.executable, "-m", _OURS, *command[len(own) :]]


def _with_our_server(start: Callable[..., Any]) -> Callable[..., Any]:
    def start_ours(command: Sequence[str], **more: Any) -> Any:
        return start(server_command(command), **more)

    return start_ours
