"""`motion list`: recipes, robots, artifacts and policies, a table each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from tyro.conf import Positional, arg

from pipelines.cli.terminal import note, show_table

Kind: TypeAlias = Literal["recipes", "robots", "artifacts", "policies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """List what there is: recipes, robots, artifacts and policies, or one kind of them.

    Recipes come with those that cannot be read and the reason; robots with the recipes that train
    them; artifacts of the local registry with their versions and aliases; policies with what they
    were trained on, their latest score (0 to 1, higher is better) and whether the code of today would
    still learn the same. `motion artifacts NAME` and `motion robot check NAME` say more about one.
    """

    kind: Annotated[
        Positional[Literal[Kind, "all"]], arg(metavar="[recipes|robots|artifacts|policies]")
    ] = "all"
    """What to list; all of them if left out."""

    def run(self) -> int:
        """List."""
        from pipelines import inventory
        from pipelines.recipe import missing_folder

        if said := missing_folder():
            note(said)
        tables: Mapping[Kind, Callable[[], Sequence[inventory.Row]]] = {
            "recipes": inventory.recipe_rows,
            "robots": inventory.robot_rows,
            "artifacts": inventory.artifact_rows,
            "policies": inventory.policy_rows,
        }
        kinds: Sequence[Kind] = get_args(Kind) if self.kind == "all" else [self.kind]
        for number, kind in enumerate(kinds):
            rows = tables[kind]()
            if number:
                print()
            show_table(f"{kind}: {len(rows) or _NONE[kind]}", rows)
        return 0


_NONE: Mapping[Kind, str] = {
    "recipes": "none",
    "robots": "none",
    "artifacts": "none yet; `motion run` or `motion publish` makes them",
    "policies": "none yet; `motion run` or `motion train` makes them",
}
