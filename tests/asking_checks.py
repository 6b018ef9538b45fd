"""Ask one asset check about inputs that a test chose."""

import inspect

import dagster as dg

from assets.layers import Layer


def asked(
    check: dg.AssetChecksDefinition, robot: str = "g1", **inputs: Layer
) -> dg.AssetCheckResult:
    """What a check says of its inputs; one of something made for each robot is told which one."""
    function = check.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    told = []
    if "context" in inspect.signature(function).parameters:
        context = dg.build_asset_check_context()
        # there is no public way to give such a context a partition
        context.op_execution_context._partition_key = robot  # type: ignore[attr-defined]
        told.append(context)
    found = check(*told, **inputs)
    assert isinstance(found, dg.AssetCheckResult)
    return found
