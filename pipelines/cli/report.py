"""`motion report`: what evaluations say, beside each other, over time, and of single motions."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from pipelines.cli.report_compare import ReportCompare
from pipelines.cli.report_history import ReportHistory
from pipelines.cli.report_worst import ReportWorst


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCommand:
    """Read evaluations: compare several, find the worst motions, follow one over its training."""

    command: (
        Annotated[ReportCompare, tyro.conf.subcommand("compare")]
        | Annotated[ReportHistory, tyro.conf.subcommand("history")]
        | Annotated[ReportWorst, tyro.conf.subcommand("worst")]
    )

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
