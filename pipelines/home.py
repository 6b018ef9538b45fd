"""The Dagster home: where runs and their history are kept."""

import os
from pathlib import Path

import dagster as dg

from motionlib.files import locked, motion_home, write_text
from pipelines.claiming import claim_home, sweep_home

_INSTANCE = """\
# Written on first use; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false # no invitation to newsletters over the graph
compute_logs: # what steps and their programs say is in the run's log already
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_retries:
  enabled: true
  max_retries: 0 # a job asks for its own with the tag dagster/max_retries
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 30
      success: 90
"""


def prepare_dagster_home() -> Path:
    """Claim the home, sweep it, and make `MOTION_HOME/dagster`, which `DAGSTER_HOME` then names.

    A `DAGSTER_HOME` that is already set is respected.

    Raises:
        HomeError: A newer version of this program has written there.
    """
    sweep_home(claim_home())
    home = Path(os.environ.get("DAGSTER_HOME") or motion_home() / "dagster")
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        write_text(home / "dagster.yaml", _INSTANCE)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance() -> dg.DagsterInstance:
    """The instance in that home; of processes that open a new one at once, one makes it."""
    home = prepare_dagster_home()
    with locked(home / ".lock"):
        return dg.DagsterInstance.get()
