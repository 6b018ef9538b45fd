"""`motion retarget`: motions of one skeleton on another, and what belongs to it."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from pipelines.cli.retarget_film import RetargetFilm
from pipelines.cli.retarget_init import RetargetInit
from pipelines.cli.retarget_report import RetargetReport
from pipelines.cli.retarget_run import RetargetRun

SUBCOMMANDS: dict[str, type] = {
    "film": RetargetFilm,
    "init": RetargetInit,
    "report": RetargetReport,
    "run": RetargetRun,
}
"""What may stand after `motion retarget`; anything else is a source, and `run` is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetCommand:
    """Retarget human motions onto a robot: recordings, libraries, clips or keypoints."""

    command: (
        Annotated[RetargetFilm, tyro.conf.subcommand("film")]
        | Annotated[RetargetInit, tyro.conf.subcommand("init")]
        | Annotated[RetargetReport, tyro.conf.subcommand("report")]
        | Annotated[RetargetRun, tyro.conf.subcommand("run")]
    )

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
