"""`motion robot list` and `motion robot check`: which robots there are, what was understood."""

import itertools
from dataclasses import dataclass
from typing import Annotated

import tyro
from tyro.conf import Positional

from pipelines.cli.terminal import print_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRobots:
    """List the robots that come with the workbench."""

    def run(self) -> int:
        """List."""
        from motionlib.robot_files import load_robot, robot_names

        robots = [load_robot(name) for name in robot_names()]
        print_table(
            [
                {
                    "name": robot.name,
                    "bodies": robot.num_bodies,
                    "dofs": robot.num_dofs,
                    "standing_m": robot.standing_height,
                    "profiles": tuple(robot.actuator_profiles),
                    "file": robot.xml_path.with_name("robot.yaml"),
                }
                for robot in robots
            ]
        )
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRobot:
    """Check a robot's files and say what was understood."""

    path: Positional[str]
    """Path of a robot.yaml or its folder, or a name."""
    profile: str = ""
    """Actuator profile to use; the yaml's default if left out."""
    trial_s: float = 5.0
    """Seconds for which each profile has to hold the default pose in simulation; 0 skips it."""

    def run(self) -> int:
        """Check."""
        from motionlib.robot_files import load_robot
        from motionlib.robot_report import describe_robot

        rows = describe_robot(load_robot(self.path, profile=self.profile), trial_s=self.trial_s)
        for section, members in itertools.groupby(rows, key=lambda row: row.section):
            print_table([{section: row.item, "": row.value} for row in members])
            print()
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotCommand:
    """List robots, or check a robot's files."""

    command: (
        Annotated[CheckRobot, tyro.conf.subcommand("check")]
        | Annotated[ListRobots, tyro.conf.subcommand("list")]
    )

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
