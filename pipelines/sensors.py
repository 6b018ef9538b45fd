"""One sensor for each recipe that notices a changed source file; shipped stopped."""

import dagster as dg

from assets.sections import Recipe, RecipeError
from pipelines.changes import source_sha256


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
