"""`motion robot list` and `motion robot check`: which robots there are, what was understood."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro
from tyro.conf import Positional

from pipelines.cli.terminal import print_table

if TYPE_CHECKING:
    from motionlib.robot import Robot


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
    """Actuator profile to show; the yaml's default if left out."""

    def run(self) -> int:
        """Check."""
        from motionlib.robot_files import load_robot

        _print_robot(load_robot(self.path, profile=self.profile))
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


def _print_robot(robot: "Robot") -> None:
    facts = {
        "robot": robot.name,
        "model": robot.xml_path,
        "bodies": robot.num_bodies,
        "dofs": robot.num_dofs,
        "root": robot.body_names[0],
        "anchor": robot.anchor_body,
        "head": robot.head_body,
        "feet": " ".join(robot.foot_bodies),
        "hands": " ".join(robot.hand_bodies) or "none",
        "tracked": " ".join(robot.tracked_bodies),
        "markers": " ".join(marker.name for marker in robot.marker_bodies) or "none",
        "aliases": " ".join(f"{a}={b}" for a, b in robot.body_aliases.items()) or "none",
        "references": " ".join(robot.polynomial_dof_names) or "no joint order given",
        "standing": f"{robot.standing_height:.4f} m, root at {robot.default_root_height:.4f} m",
        "friction": f"{robot.foot_friction:g}",
        "profiles": f"{', '.join(robot.actuator_profiles)}; default {robot.default_profile}",
        "sha256": robot.semantic_sha256,
    }
    for name, value in facts.items():
        print(f"{name:11} {value}")
    print()
    parents = [robot.body_names[p] if p >= 0 else "world" for p in robot.parents]
    print_table(
        [
            {"body": index, "name": name, "parent": parent}
            for index, (name, parent) in enumerate(zip(robot.body_names, parents, strict=True))
        ]
    )
    print()
    print_table(_dof_rows(robot))


def _dof_rows(robot: "Robot") -> list[dict[str, object]]:
    gains = robot.actuator_profiles[robot.default_profile]
    return [
        {
            "dof": index,
            "name": name,
            "lower_rad": float(robot.dof_limits[index, 0]),
            "upper_rad": float(robot.dof_limits[index, 1]),
            "default_rad": float(robot.default_dof_pos[index]),
            "stiffness": float(gains.stiffness[index]),
            "damping": float(gains.damping[index]),
            "effort_nm": float(gains.effort_limit[index]),
            "action_scale": float(gains.action_scale[index]),
        }
        for index, name in enumerate(robot.dof_names)
    ]
