"""`motion ui`: the graph, its runs and the reports in the browser."""

import os
from dataclasses import dataclass

from motionlib.files import motion_home
from pipelines.cli.terminal import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Ui:
    """Open the Dagster UI on MOTION_HOME: graphs, checks, runs, plots and reports; Ctrl-C ends it.

    It is reached from this machine alone. Schedules and sensors run while it is open.
    """

    port: int = 3000
    """On 127.0.0.1."""

    def run(self) -> int:
        """Serve until Ctrl-C."""
        from pipelines.recipe import missing_folder
        from pipelines.ui import open_ui

        if said := missing_folder():
            note(said)
        os.environ["MOTION_HOME"] = str(motion_home())
        return open_ui(self.port)
