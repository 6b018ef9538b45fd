"""One nightly schedule for each recipe; shipped stopped."""

import dagster as dg

from motionlib.errors import MotionError
from pipelines.changes import changes_of
from pipelines.recipe import AnyRecipe


def schedule_of(recipe: AnyRecipe, assets: list[dg.AssetsDefinition]) -> dg.ScheduleDefinition:
    """Run the whole recipe at its cron time, unless nothing changed since the last time."""

    @dg.schedule(
        name=f"{recipe.name}_nightly",
        cron_schedule=recipe.schedule,
        job_name=recipe.name,
        description="Runs the whole recipe when source, settings or code changed.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            reasons = changes_of(recipe, assets, context.instance)
        except (MotionError, OSError) as error:
            return dg.SkipReason(f"the source cannot be read: {error}")
        if not reasons:
            return dg.SkipReason("source, settings and code are those of the last run")
        return dg.RunRequest(tags={"reason": "; ".join(reasons)[:200]})

    return nightly
