"""`motion explain`: the whole history of one clip."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tyro.conf import Positional

from pipelines.cli.terminal import print_table

if TYPE_CHECKING:
    from motionlib.stages.history import ClipHistory
    from motionlib.stages.verdicts import Verdict
    from retarget.stage.history import RobotHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Say what became of a clip and why: its file, measures against gates, its library, robots."""

    clip_id: Positional[str]
    """Clip as the clip index names it: path in the source folder without suffix; a beginning will do
    where only one clip has it."""
    recipe: str = ""
    """Recipe whose doings are shown; those of all recipes if left out."""

    def run(self) -> int:
        """Print one history a recipe."""
        from assets.layers import Home, newest_layers
        from motionlib.home import check_home
        from motionlib.stages.history import histories_of
        from retarget.stage.history import robot_histories

        check_home()
        home = Home()
        tables = {name: layer.path for name, layer in newest_layers(home, "clips").items()}
        robots = newest_layers(home, "robot_clips")
        histories = histories_of(tables, self.clip_id, recipe=self.recipe)
        for number, history in enumerate(histories):
            if number:
                print()
            _print_history(history)
            if layer := robots.get(history.recipe):
                for robot in robot_histories(layer.path.parent, history.clip_id):
                    _print_robot(robot)
        return 0


def _print_history(history: "ClipHistory") -> None:
    print(f"{history.clip_id} in {history.recipe}: {history.fate}")
    if history.reason:
        print(f"  {history.reason}")
    print()
    width = max(map(len, history.facts))
    for name, value in history.facts.items():
        print(f"{name:{width}}  {value}")
    if history.verdicts:
        print()
    print_table(
        [
            {
                "gate": each.gate,
                "value": each.value,
                "threshold": each.threshold,
                "frame": each.frame,
                "verdict": _verdict(each),
            }
            for each in history.verdicts
        ]
    )


def _print_robot(history: "RobotHistory") -> None:
    print(f"\non {history.robot}: {history.fate}")
    if history.reason:
        print(f"  {history.reason}")
    print()
    width = max(map(len, history.facts))
    for name, value in history.facts.items():
        print(f"{name:{width}}  {value}")
    print()
    print_table(history.measures)


def _verdict(verdict: "Verdict") -> str:
    if verdict.fate != "accepted":
        return verdict.fate
    return "passed" if verdict.value is not None else "not measured"
