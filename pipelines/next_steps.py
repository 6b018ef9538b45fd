"""What a person may try after a run: commands that work on what it made."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from motionlib.stages.table import read_clip_rows
from motionlib.stages.verdicts import ACCEPTED
from pipelines.recipe import AnyRecipe, recipe_folders


def next_steps(recipe: AnyRecipe, *, checkpoints: Sequence[str], clips: str = "") -> list[str]:
    """Command lines with what each shows, aligned.

    Args:
        recipe: That ran.
        checkpoints: Paths of the policies that came of it.
        clips: Path of its table of clips; empty for a recipe that has none of humans.
    """
    shown = recipe.file.parent in recipe_folders()
    folder = "" if shown else f"MOTION_RECIPES={shlex.quote(str(recipe.file.parent))} "
    steps = {f"{folder}motion ui": "the graph, its checks and its history in the browser"}
    if clips and (rows := read_clip_rows(Path(clips))):
        odd = next((row for row in rows if row["fate"] != ACCEPTED), rows[0])
        clip = shlex.quote(odd["clip_id"])
        steps[f"motion explain {clip} --recipe {recipe.name}"] = f"why it was {odd['fate']}"
    for path in checkpoints[:1]:
        steps[f"motion evaluate --checkpoint {shlex.quote(_short(path))}"] = "a film of one motion"
    width = max(map(len, steps))
    return [f"{command:{width}}   {what}" for command, what in steps.items()]


def _short(path: str) -> str:
    """The path from here, where it lies below this folder."""
    here = Path.cwd()
    return os.path.relpath(path, here) if Path(path).is_relative_to(here) else path
