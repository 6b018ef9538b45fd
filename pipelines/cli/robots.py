"""`motion robot list`, `check`, `init` and `build`: which there are, what was understood, one's own."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional

from pipelines.cli.terminal import note, print_table


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRobots:
    """List the robots that come with the workbench."""

    def run(self) -> int:
        """List."""
        from motionlib.robots.files import load_robot, robot_names

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
    """Check a robot's files and say what was understood.

    The last table names everything that the model says beyond robot.yaml, or otherwise, and what
    is in force: `overridden` by robot.yaml or the simulator, `removed` as no part of the robot,
    `absorbed` as the same robot written otherwise, or `kept`.
    """

    path: Positional[str]
    """Path of a robot.yaml or its folder, or a name."""
    profile: str = ""
    """Actuator profile to use; the yaml's default if left out."""
    trial_s: float = 5.0
    """Seconds for which each profile has to hold the default pose in simulation; 0 skips it."""

    def run(self) -> int:
        """Check."""
        from motionlib.robots.facts.comparison import compare_model
        from motionlib.robots.files import load_robot
        from motionlib.robots.report import describe_robot

        robot = load_robot(self.path, profile=self.profile)
        rows = describe_robot(robot, trial_s=self.trial_s)
        for section, members in itertools.groupby(rows, key=lambda row: row.section):
            print_table([{section: row.item, "": row.value} for row in members])
            print()
        print_table(
            [
                {
                    "beside robot.yaml": fact.name,
                    "model": fact.model,
                    "robot.yaml": fact.yaml or "-",
                    "in force": fact.in_force,
                    "": fact.verdict,
                    "of": fact.where,
                }
                for fact in compare_model(robot)
            ]
        )
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRobot:
    """Build a humanoid of SMPL's or SMPL-X's tree.

    With your licensed body model it has exactly that body's joints; without one it is the
    average adult that comes with the workbench.
    """

    kind: Positional[Literal["smpl", "smplx"]]
    """Skeleton: smpl has 24 bodies, smplx 52 with fingers."""
    model_path: Path | None = None
    """SMPL, SMPL+H or SMPL-X model (.pkl or .npz), or a folder of them; never executed."""
    betas: tuple[float, ...] = ()
    """Shape of the body; the mean shape if left out."""
    gender: Literal["", "neutral", "female", "male"] = ""
    """Gender of the model: which of a folder is taken, or what a file has to be."""
    name: str = ""
    """Name of the robot; the kind, and the model's gender, if left out."""
    output: Path | None = None
    """Folder for robot.xml and robot.yaml; one named after the robot here if left out."""

    def run(self) -> int:
        """Build."""
        from motionlib.errors import MotionError
        from motionlib.robots.files import load_robot
        from motionlib.robots.humanoid.average import table_humanoid
        from motionlib.robots.humanoid.description import write_humanoid

        if self.model_path is None:
            if self.betas or self.gender:
                raise MotionError(
                    "betas and gender shape a body model, and none is given; add --model-path "
                    "SMPL_NEUTRAL.pkl, or leave them out for the average adult"
                )
            humanoid = table_humanoid(self.kind, name=self.name)
        else:
            from motionlib.robots.humanoid.body_model import read_rest_body
            from motionlib.robots.humanoid.mesh import mesh_humanoid

            rest = read_rest_body(self.model_path, betas=self.betas, gender=self.gender)
            name = self.name or "_".join(filter(None, (self.kind, rest.gender or "body")))
            humanoid = mesh_humanoid(self.kind, rest, name=name)
        path = write_humanoid(humanoid, self.output or Path(humanoid.name))
        robot = load_robot(path)
        print(
            f"{path}: {robot.name}, {robot.num_bodies} bodies, {robot.num_dofs} dofs, "
            f"{humanoid.masses.sum():.1f} kg, {robot.standing_height:.3f} m tall"
        )
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRobot:
    """Write a first robot.yaml for a model of your own, MJCF or URDF.

    Gains, efforts and speeds are those of the model's actuators and joints; feet, hands, trunk and
    head are told from its geometry; the pose is the first in which it stands in simulation. Every
    guess is marked in the file: read it, correct it, then `motion robot check` it.
    """

    model: Positional[Path]
    """The MJCF (.xml) or URDF; a biped, x ahead, y left, z up with all joints at zero."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["--out"])] = None
    """Folder for robot.yaml; the model's own if left out."""
    name: str = ""
    """Name of the robot; the model's own if left out."""

    def run(self) -> int:
        """Propose, try, write."""
        from motionlib.robots.proposal.proposal import write_first_yaml
        from motionlib.robots.proposal.trial import standing_text

        written = write_first_yaml(self.model, self.output, name=self.name)
        robot = written.robot
        print(
            f"{written.path}: {robot.name}, {robot.num_bodies} bodies, {robot.num_dofs} dofs, feet "
            f"{', '.join(robot.foot_bodies)}, hands {', '.join(robot.hand_bodies) or 'none'}; "
            f"{standing_text(written.stood_s)}"
        )
        note(f"read what is marked `guess` in it, then: motion robot check {written.path}")
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotCommand:
    """List robots, check a robot's files, write a first robot.yaml, or build a humanoid."""

    command: (
        Annotated[BuildRobot, tyro.conf.subcommand("build")]
        | Annotated[CheckRobot, tyro.conf.subcommand("check")]
        | Annotated[InitRobot, tyro.conf.subcommand("init")]
        | Annotated[ListRobots, tyro.conf.subcommand("list")]
    )

    def run(self) -> int:
        """Do what the sub-command says."""
        return self.command.run()
