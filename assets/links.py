"""Addresses below which `make ui` serves reports and plots, as values that Dagster shows."""

from pathlib import Path
from urllib.parse import quote

import dagster as dg

from motionlib.files import motion_home

REPORTS_URL, PLOTS_URL = "/reports", "/plots"
"""Paths on the UI's own server, whatever its port, that stand for folders of `MOTION_HOME`."""


def served_folders() -> dict[str, Path]:
    """Path on the UI's server to its folder: every recipe's reports and tables, and its plots."""
    home = motion_home()
    return {REPORTS_URL: home / "reports", PLOTS_URL: home / "plots"}


def served_url(path: Path) -> str:
    """Where the UI's server has a file; empty if it does not serve it."""
    found = path.resolve()
    for url, folder in served_folders().items():
        if found.is_relative_to(folder):
            return f"{url}/{quote(found.relative_to(folder).as_posix())}"
    return ""


def report_link(path: Path) -> dg.MetadataValue:
    """A report as a link that opens by a click in the UI; its path if the UI does not serve it.

    Args:
        path: Below `MOTION_HOME/reports`, as `Home.reports` gives it.
    """
    url = served_url(path)
    return dg.MetadataValue.url(url) if url else dg.MetadataValue.path(str(path))
