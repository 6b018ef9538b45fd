"""One nightly schedule for each recipe; shipped stopped."""

import dagster as dg

from assets.sections import Recipe, RecipeError
from pipelines.changes import changes_of


def schedule_of(recipe: Recipe, assets: list[dg.AssetsDefinition]) -> dg.ScheduleDefinition:
    """Run the whole recipe at its cron time, unless nothing changed since the last time."""

    @dg.schedule(
        name=f"{recipe.name}_nightly",
        cron_schedule=recipe.schedule,
        job_name=recipe.name,
        description="Convert and train again when source, settings or code changed.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            reasons = changes_of(recipe, assets, context.instance)
        except (RecipeError, OSError) as error:
            return dg.SkipReason(f"the source cannot be read: {error}")
        if not reasons:
            return dg.SkipReason("source, settings and code are those of the last run")
        return dg.RunRequest(tags={"reason": "; ".join(reasons)[:200]})

    return nightly
