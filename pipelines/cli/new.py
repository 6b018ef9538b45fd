"""`motion new`: a first recipe for a source and a robot."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from motionlib.errors import MotionError
from motionlib.files import write_text
from pipelines.cli.terminal import note

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """Write a recipe of your own: a source and a robot in, a graph that `motion run` runs out.

    The source's kind is found out: a pickle of walking references, or a folder of AMASS or of BVH.
    Beside the recipe lies motion-recipe.schema.json, by which editors complete and explain its keys.
    A robot that has no pair with SMPL gets a proposed one, in the folder pairs; a robot that has an
    experiment of its own is trained by it. Nothing that is there is overwritten, the schema
    excepted, and what was written has been read back and checked.
    """

    name: Positional[str]
    """The recipe's name: lower-case letters, digits and _."""
    robot: str
    """A name (see `motion list robots`), or the path of a robot.yaml."""
    source: Path
    """Pickle of walking references, or folder of AMASS or BVH."""
    folder: Path | None = None
    """Where the recipe is written; MOTION_RECIPES, or this folder, if left out."""
    kind: Literal["amass", "bvh"] | None = None
    """Recordings to take of a folder that holds both."""

    def run(self) -> int:
        """Write and read back."""
        from pipelines.drafts import SCHEMA_FILE, Draft, draft_text, find_source
        from pipelines.recipe_schema import schema_text

        if not _NAME.fullmatch(self.name):
            raise MotionError(f"name {self.name!r}: expected lower-case letters, digits and _")
        given = self.folder or Path(os.environ.get("MOTION_RECIPES") or ".")
        folder = given.expanduser().resolve()
        path = folder / f"{self.name}.yaml"
        if path.exists():
            raise MotionError(f"{path}: is there already; choose another name or --folder")
        source = find_source(self.source, kind=self.kind)
        robot, is_humanoid, pair = self._robot(folder, walking=source.kind == "polynomial")
        draft = Draft(
            name=self.name, folder=folder, robot=robot, is_humanoid=is_humanoid, source=source,
            pair=pair,
        )  # fmt: skip
        write_text(path, draft_text(draft))
        try:
            _check(path)
        except MotionError:
            path.unlink()
            raise
        write_text(folder / SCHEMA_FILE, schema_text())
        print(path)
        note(f"its keys, for editors: {folder / SCHEMA_FILE}")
        if pair:
            note(f"which body is which, proposed; read it: {folder / pair}")
        note(f"run it: motion run {path}")
        note(f"in the browser: MOTION_RECIPES={folder} motion ui")
        return 0

    def _robot(self, folder: Path, *, walking: bool) -> tuple[str, bool, str]:
        """Name or absolute path, whether it is a humanoid, and the pair that was proposed for it."""
        from motionlib.robots.files import find_robot, load_robot, robot_names

        robot = load_robot(self.robot)
        reference = self.robot if self.robot in robot_names() else str(find_robot(self.robot))
        is_humanoid = robot.dof_coordinates == "exponential_map"
        if walking and is_humanoid:
            raise MotionError(
                f"{self.source}: walking references are of robots, not of {self.robot}"
            )
        if walking or is_humanoid:
            return reference, is_humanoid, ""
        from retarget.pairs.files import load_pair
        from retarget.pairs.proposal import propose_pair

        try:
            load_pair("smpl", robot)
        except MotionError:
            pair = Path("pairs") / f"smpl_to_{robot.name}.yaml"
            if not (folder / pair).exists():
                write_text(folder / pair, propose_pair(load_robot("smpl"), robot))
            load_pair("smpl", robot, folder / pair)
            return reference, is_humanoid, str(pair)
        return reference, is_humanoid, ""


def _check(path: Path) -> None:
    """Read a recipe back as `motion run` will.

    Raises:
        MotionError: It would not run; a line a reason.
    """
    from motionlib.formats.polynomial import read_polynomials
    from motionlib.robots.files import load_robot
    from pipelines.choosing import choose_recipe
    from pipelines.preflight import missing_inputs, problems_of
    from pipelines.recipe import Recipe

    recipe = choose_recipe(str(path))
    if isinstance(recipe, Recipe):
        read_polynomials(recipe.source_path(), load_robot(recipe.robot_reference()))
    if problems := [*missing_inputs(recipe), *problems_of(recipe)]:
        raise MotionError("\n".join(problems))
