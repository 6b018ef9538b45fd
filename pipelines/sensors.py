"""One sensor for each recipe that notices a changed source; shipped stopped."""

import json

import dagster as dg

from assets.heads.recordings import source_signatures
from assets.layers import sha256_of_values
from assets.recipes.paths import RecipeError
from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from motionlib.errors import MotionError
from pipelines.changes import source_sha256
from pipelines.jobs import run_config_of

_NAMED = 20
"""Datasets that a run's tag names at most."""


def sensor_of(recipe: Recipe) -> dg.SensorDefinition:
    """Ask for one run for each new content of the recipe's source file."""

    @dg.sensor(
        name=f"{recipe.name}_source_changed",
        job_name=recipe.name,
        minimum_interval_seconds=60,
        description=f"Runs the recipe when {recipe.source.path} has new content.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def source_changed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            sha256 = source_sha256(recipe)
        except (RecipeError, OSError) as error:
            return dg.SkipReason(f"the source cannot be read: {error}")
        if sha256 == context.cursor:
            return dg.SkipReason(f"{recipe.source_path().name} is unchanged ({sha256[:12]})")
        if context.cursor is None:
            # the first look only remembers: a sensor that is switched on must not start a training
            return dg.SensorResult(cursor=sha256, skip_reason="first look; remembered")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=sha256)], cursor=sha256)

    return source_changed


def human_sensor_of(recipe: HumanRecipe) -> dg.SensorDefinition:
    """Ask for one run for each new state of the folder, told by names, sizes and times alone.

    The run converts the datasets that changed, and no others.
    """

    @dg.sensor(
        name=f"{recipe.name}_source_changed",
        job_name=recipe.name,
        minimum_interval_seconds=60,
        description=f"Runs the recipe when files in {recipe.source.path} are new, changed or gone.",
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def source_changed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            found = source_signatures(recipe)
        except (MotionError, OSError) as error:
            return dg.SkipReason(f"the source cannot be read: {error}")
        cursor = json.dumps(found)
        if context.cursor is None:
            return dg.SensorResult(cursor=cursor, skip_reason="first look; remembered")
        known = json.loads(context.cursor)
        changed = sorted(d for d in found.keys() | known.keys() if found.get(d) != known.get(d))
        if not changed:
            return dg.SkipReason(f"{len(found)} datasets are unchanged")
        request = dg.RunRequest(
            run_key=sha256_of_values(found),
            run_config=run_config_of(recipe, changed),
            tags={"changed": ", ".join(changed[:_NAMED])},
        )
        return dg.SensorResult(run_requests=[request], cursor=cursor)

    return source_changed
