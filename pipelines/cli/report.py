"""`motion report`: what evaluations say, beside each other, over time, and of single motions."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from pipelines.cli.report_compare import ReportCompare


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCommand:
    """Read evaluations: compare several, find the worst motions, follow one over its training."""

    command: Annotated[ReportCompare, tyro.conf.subcommand("compare")]

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
