"""What a run says on a terminal: one short line for what was made, checked, said or failed."""

import logging
import sys
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from dagster import DagsterEvent

_METADATA = "dagster_meta"
_CHATTER = ("[pipes]", "Dependencies for step ")
"""Beginnings of messages that say nothing new; the second kind follows every failure."""


def _logger(context: dg.InitLoggerContext) -> logging.Logger:
    del context
    logger = logging.Logger("motion", level=logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: bool(line_of(record)))
    handler.setFormatter(_Short())
    logger.addHandler(handler)
    return logger


CONSOLE = dg.LoggerDefinition(
    _logger, description="One short line for each thing a person wants to know."
)
"""Logger of the jobs; the complete log is in the UI."""


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record, '%H:%M:%S')}  {line_of(record)}"


def line_of(record: logging.LogRecord) -> str:
    """The line that a record of a run becomes; empty for what only the UI needs."""
    facts: dict[str, Any] = getattr(record, _METADATA, {})
    event = facts.get("dagster_event")
    if event is not None:
        return _line_of_event(event)
    message = facts.get("orig_message") or record.getMessage()
    if record.levelno < logging.INFO or message.startswith(_CHATTER):
        return ""
    return f"{_short(facts.get('step_key'))}{message}"


def _line_of_event(event: "DagsterEvent") -> str:
    kind = event.event_type_value
    if kind == "ASSET_MATERIALIZATION" and event.asset_key is not None:
        partition = f"  {event.partition}" if event.partition else ""
        return f"{'/'.join(event.asset_key.path)}{partition}  made"
    if kind == "ASSET_CHECK_EVALUATION":
        check = event.asset_check_evaluation_data
        missed = "FAILED" if check.severity == dg.AssetCheckSeverity.ERROR else "missed (a warning)"
        word = "passed" if check.passed else missed
        said = f"  {check.description}" if check.description and not check.passed else ""
        return f"{'/'.join(check.asset_key.path)}  check {check.check_name} {word}{said}"
    if kind == "STEP_FAILURE":
        return f"{_short(event.step_key)}FAILED: {_cause(event.step_failure_data.error)}"
    return ""


def _cause(error: Any) -> str:
    """Message of the innermost cause: what a person can act upon."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "no reason given"


def _short(step_key: str | None) -> str:
    return f"{step_key.replace('__', '/', 1)}  " if step_key else ""
