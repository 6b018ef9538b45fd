"""`motion demo`: a shipped recipe on the sample that comes with the workbench."""

import os
from dataclasses import dataclass
from typing import Literal

from tyro.conf import Positional

from motionlib.files import motion_home

_RECIPES = {
    "duck": "microduck_walk",
    "amass": "demo_amass",
    "retarget": "demo_retarget",
    "g1": "demo_g1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Run a whole graph on the data that comes with the workbench; the MicroDuck if none is named.

    `duck` trains the MicroDuck on its seven walking references and evaluates it, in under ten
    minutes on two cores; `amass` puts generated recordings in AMASS's format on a humanoid;
    `retarget` goes on to the Unitree G1 and writes a report with human and robot side by side; `g1`
    trains a tracker on the result for three minutes and evaluates it on every split, a motion a row.
    Results lie in MOTION_HOME; a second run finds everything made. They are the recipes
    microduck_walk, demo_amass, demo_retarget and demo_g1. For recordings of your own:
    AMASS_ROOT=folder motion run amass_smpl, or amass_g1.
    """

    name: Positional[Literal["duck", "amass", "retarget", "g1"]] = "duck"
    """The demo to run."""

    def run(self) -> int:
        """Run it and say where things are; 1 if a step or a check failed."""
        from pipelines.__main__ import materialise

        os.environ["MOTION_HOME"] = str(motion_home())
        return materialise(_RECIPES[self.name])
