"""Addresses below which `make ui` serves reports and plots, as values that Dagster shows."""

from pathlib import Path
from urllib.parse import quote

import dagster as dg

from motionlib.files import motion_home

REPORTS_URL = "/reports"
"""Path on the UI's own server that stands for `MOTION_HOME/reports`, whatever its port."""


def reports_folder() -> Path:
    """What is served: the reports, tables and plots of every recipe."""
    return motion_home() / "reports"


def report_url(path: Path) -> str:
    """Where the UI's server has a file of the folder of reports; empty for any other file."""
    folder = reports_folder()
    if not path.resolve().is_relative_to(folder):
        return ""
    return f"{REPORTS_URL}/{quote(path.resolve().relative_to(folder).as_posix())}"


def report_link(path: Path) -> dg.MetadataValue:
    """A report as a link that opens by a click in the UI; its path if the UI does not serve it.

    Args:
        path: Below `MOTION_HOME/reports`, as `Home.reports` gives it.
    """
    url = report_url(path)
    return dg.MetadataValue.url(url) if url else dg.MetadataValue.path(str(path))
