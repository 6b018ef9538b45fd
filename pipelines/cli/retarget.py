"""`motion retarget`: motions of one skeleton on another, and what belongs to it."""

from dataclasses import dataclass

from pipelines.cli.retarget_run import RetargetRun

SUBCOMMANDS: dict[str, type] = {"run": RetargetRun}
"""What may stand after `motion retarget`; anything else is a source, and `run` is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetCommand:
    """Retarget human motions onto a robot: recordings, libraries, clips or keypoints."""

    command: RetargetRun

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
