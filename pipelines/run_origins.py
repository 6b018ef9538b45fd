"""Runs of this process are recorded as belonging to the code location that the UI shows."""

import contextlib
import functools
import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from motionlib.containers.yaml_text import load_yaml, read_text

WORKSPACE = Path(__file__).resolve().parent.parent / "workspace.yaml"
"""Where the name of the code location stands, for the UI and for us."""
_CREATES = "create_run_for_job"
_ORIGIN = "remote_job_origin"
_log = logging.getLogger(__name__)


def location_name() -> str:
    """Name of the one code location of the workspace."""
    content = load_yaml(read_text(WORKSPACE))
    return content["load_from"][0]["python_file"]["location_name"]


@contextlib.contextmanager
def shown_in_ui(instance: dg.DagsterInstance) -> Iterator[None]:
    """Runs that are created meanwhile stand on the UI's overview beside those started by click.

    Dagster gives an origin only to runs that it launches in another process, and its overview,
    its timeline and a job's page show none without. Where a version of Dagster no longer takes
    one this way, runs are recorded without, and that is logged.

    Args:
        instance: Where this process records its runs.
    """
    create = getattr(instance, _CREATES, None)
    if create is None or _ORIGIN not in inspect.signature(create).parameters:
        _log.warning("Dagster %s: runs of this process are not on its overview", dg.__version__)
        yield
        return

    @functools.wraps(create)
    def create_with_origin(job_def: dg.JobDefinition, *args: Any, **named: Any) -> dg.DagsterRun:
        return create(job_def, *args, **{_ORIGIN: _origin_of(job_def.name), **named})

    setattr(instance, _CREATES, create_with_origin)
    try:
        yield
    finally:
        delattr(instance, _CREATES)


def _origin_of(job_name: str) -> object:
    """The job in the code location as the UI knows it; by name, however it is served."""
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.remote_origin import (
        RegisteredCodeLocationOrigin,
        RemoteJobOrigin,
        RemoteRepositoryOrigin,
    )

    return RemoteJobOrigin(
        repository_origin=RemoteRepositoryOrigin(
            code_location_origin=RegisteredCodeLocationOrigin(location_name()),
            repository_name=SINGLETON_REPOSITORY_NAME,
        ),
        job_name=job_name,
    )
