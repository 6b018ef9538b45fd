import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.run_origins import location_name, shown_in_ui

_RUNS = """
query ($filter: RunsFilter) {
  runsOrError(filter: $filter) {
    ... on Runs {
      results {
        runId
        jobName
        repositoryOrigin { repositoryName repositoryLocationName }
      }
    }
  }
}
"""
_OF_LOCATION = {"tags": [{"key": ".dagster/repository", "value": "__repository__@motion"}]}


@dg.op
def nothing() -> None:
    """Do nothing."""


@dg.job
def idle() -> None:
    """A job of one step."""
    nothing()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def asked(instance: dg.DagsterInstance, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Runs as the UI's own server answers for them."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import EmptyWorkspaceTarget
    from dagster_graphql.schema import create_schema

    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as process:
        answer = create_schema().execute(
            _RUNS, context_value=process.create_request_context(), variables={"filter": filters}
        )
    assert not answer.errors
    assert answer.data
    return answer.data["runsOrError"]["results"]


def test_the_ui_finds_a_run_of_this_process_in_its_code_location(
    instance: dg.DagsterInstance,
) -> None:
    with shown_in_ui(instance):
        shown = idle.execute_in_process(instance=instance)
    hidden = idle.execute_in_process(instance=instance)
    run = instance.get_run_by_id(shown.run_id)
    assert run is not None
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.job_name == "idle"
    everything = asked(instance, {})
    assert {each["runId"] for each in everything} == {shown.run_id, hidden.run_id}
    (found,) = asked(instance, _OF_LOCATION)
    assert found["runId"] == shown.run_id
    assert found["repositoryOrigin"] == {
        "repositoryName": "__repository__",
        "repositoryLocationName": "motion",
    }


def test_the_location_is_the_one_of_the_workspace() -> None:
    assert location_name() == "motion"


def test_a_dagster_that_takes_no_origin_is_told_and_runs(
    instance: dg.DagsterInstance, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = instance.create_run_for_job

    def without_origin(
        job_def: dg.JobDefinition,
        execution_plan: Any = None,
        run_id: str | None = None,
        run_config: Any = None,
        tags: Any = None,
        asset_selection: Any = None,
    ) -> dg.DagsterRun:
        return create(
            job_def,
            execution_plan=execution_plan,
            run_id=run_id,
            run_config=run_config,
            tags=tags,
            asset_selection=asset_selection,
        )

    monkeypatch.setattr(instance, "create_run_for_job", without_origin)
    with caplog.at_level(logging.WARNING), shown_in_ui(instance):
        assert idle.execute_in_process(instance=instance).success
    assert "not on its overview" in caplog.text
