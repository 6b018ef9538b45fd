"""`motion verify`: whether everything in a home is as it was written."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.home import check_home
from pipelines.cli.terminal import note, progress

if TYPE_CHECKING:
    from pipelines.findings import Finding

_SHOWN = 24
"""Things that mend themselves that the terminal has room for."""
_WIDE = 140
"""Characters a line where nobody looks at a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Check every byte of registry, cache and results; say what is damaged and what to do.

    What killed processes left is removed on the way. Exit status 1 if something is damaged that
    does not mend itself; what the next run makes again is listed and does not count.
    """

    home: Path | None = None
    """Folder to look at; MOTION_HOME by default."""

    def run(self) -> int:
        """Check."""
        from pipelines.verification import home_checks, tidy

        home = self.home.expanduser().resolve() if self.home else motion_home()
        if not home.is_dir():
            raise MotionError(f"{home}: no such folder; name one with --home, or set MOTION_HOME")
        check_home(home)
        findings = tidy(home)
        checks = list(home_checks(home))
        for check in progress(checks, "verify", unit="check"):
            findings += check()
        _print(findings, home)
        open_ones = sum(not finding.heals for finding in findings)
        note(
            f"{home}: {len(checks)} things checked, {len(findings)} found, "
            + (f"{open_ones} to be mended" if open_ones else "nothing to be mended")
        )
        return 1 if open_ones else 0


def _print(findings: "Sequence[Finding]", home: Path) -> None:
    """What somebody has to act upon comes first, and whole; of the rest some."""
    from rich.console import Console
    from rich.table import Table

    if not findings:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("area", "file", "found, and what to do"):
        table.add_column(column, overflow="fold")
    acted = [each for each in findings if not each.heals]
    shown = [*acted, *(each for each in findings if each.heals)][: len(acted) + _SHOWN]
    for each in shown:
        place, found = str(each.path.relative_to(home)), each.found.replace(f"{home}/", "")
        table.add_row(each.area, place, f"{found}\n-> {each.remedy}")
    Console(width=None if sys.stdout.isatty() else _WIDE, markup=False).print(table)
    if len(shown) < len(findings):
        note(f"  and {len(findings) - len(shown)} more that mend themselves")
