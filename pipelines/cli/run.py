"""`motion run`: the whole graph of a recipe."""

import os
from dataclasses import dataclass

from tyro.conf import Positional

from motionlib.files import motion_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run the whole graph of a recipe: sources, clips, artifact, policy, per-motion table.

    What was made stays in MOTION_HOME; only what changed since is made again, and what was
    interrupted goes on where it stood. `motion list recipes` names the recipes; a file of your own
    need not be in MOTION_RECIPES, though the UI shows only what is. Everything that is wrong with a
    recipe is told at once, before anything runs.
    """

    recipe: Positional[str]
    """Name of a recipe, or the path of its .yaml."""

    def run(self) -> int:
        """Run it and say where things are; 1 if a step or a check failed."""
        from pipelines.__main__ import materialise

        os.environ["MOTION_HOME"] = str(motion_home())
        return materialise(self.recipe)
