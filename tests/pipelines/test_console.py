import logging

import dagster as dg
import pytest

from pipelines.console import CONSOLE, line_of


@dg.asset(key=["mine", "good"], check_specs=[dg.AssetCheckSpec("bound", asset=["mine", "good"])])
def good(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log.info("something worth saying")
    context.log.debug("nothing for people")
    missed = dg.AssetCheckResult(passed=False, description="3 is more than 2")
    return dg.MaterializeResult(check_results=[missed])


@dg.asset(key=["mine", "bad"])
def bad() -> None:
    try:
        raise ValueError("motions.pkl: no motion 'x'; nearest: y")
    except ValueError as error:
        raise RuntimeError("wrapped") from error


@dg.asset(key=["mine", "after"], deps=[bad])
def after() -> None:
    """Never runs."""


def test_a_run_is_told_in_short_lines(capfd: pytest.CaptureFixture[str]) -> None:
    job = dg.Definitions(
        assets=[good, bad, after],
        jobs=[dg.define_asset_job("mine", executor_def=dg.in_process_executor)],
        loggers={"console": CONSOLE},
    ).resolve_job_def("mine")
    job.execute_in_process(raise_on_error=False, run_config={"loggers": {"console": {}}})
    lines = [line.split("  ", 1)[1] for line in capfd.readouterr().err.splitlines() if line]
    assert "mine/good  something worth saying" in lines
    assert "mine/good  made" in lines
    assert "mine/good  check bound FAILED  3 is more than 2" in lines
    assert any(
        line.startswith("mine/bad  FAILED: ") and "motions.pkl: no motion 'x'" in line
        for line in lines
    )
    assert not any("mine/after" in line for line in lines)
    assert not any("nothing for people" in line or "STEP_START" in line for line in lines)


def test_an_ordinary_record_is_shown_as_it_is() -> None:
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "careful", None, None)
    assert line_of(record) == "careful"
