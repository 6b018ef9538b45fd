"""The world that a model asks for: gravity, switches, a medium, the solver; and what it gets."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from collections.abc import Iterator
from pathlib import Path

import mujoco
import numpy as np

from motionlib.robots.facts.fact import Fact, Verdict, vector
from motionlib.robots.yaml_values import robot_problem

GRAVITY = (0.0, 0.0, -9.81)
"""m/s², of every simulation."""
_STEP_S = 0.005
"""s, of the physics where an experiment says nothing else."""
_MOST_TILT = 0.866
"""Share of gravity that has to point down, as it does within 30 degrees."""

# physics that robot.yaml has no word for, and that has to be the same for every robot
_FIXED = ("density", "viscosity", "wind", "disableactuator")
# how exactly contacts are solved: the model's author knows how much its contacts need
_KEPT = ("solver", "iterations", "tolerance", "ls_iterations", "ls_tolerance", "cone", "impratio",
         "jacobian", "noslip_iterations", "noslip_tolerance", "ccd_iterations", "ccd_tolerance")  # fmt: skip
_SIZES = ("memory", "nconmax", "njmax", "nstack")
_MASSES = ("boundmass", "boundinertia", "balanceinertia", "settotalmass", "inertiafromgeom")


def settle_gravity(path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Gravity is 9.81 m/s² along -z.

    Raises:
        RobotError: The model's gravity points elsewhere: it is not z-up.
    """
    said = np.array(spec.option.gravity)
    size = float(np.linalg.norm(said))
    if size > 0.1 and -said[2] < _MOST_TILT * size:
        raise robot_problem(
            path,
            "option gravity",
            f"expected it along -z, as robots here stand along z, found {vector(said)} m/s²; turn "
            "the model so that z is up, and write gravity='0 0 -9.81'",
        )
    spec.option.gravity = GRAVITY
    if not np.allclose(said, GRAVITY, atol=1e-6):
        yield Fact(
            name="gravity",
            model=f"{vector(said)} m/s²",
            in_force=f"{vector(GRAVITY)} m/s²",
            verdict="overridden",
        )


def settle_options(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """No medium, no switched-off servos, Euler's integrator; the solver stays the model's."""
    plain_spec = mujoco.MjSpec()  # named, as its options end with it
    usual, option = plain_spec.option, spec.option
    if option.integrator != usual.integrator:
        said = mujoco.mjtIntegrator(option.integrator).name.removeprefix("mjINT_").lower()
        yield _option("integrator", said, "euler", "overridden")
        option.integrator = usual.integrator
    if option.timestep not in (usual.timestep, _STEP_S):
        used = f"simulator.physics_dt, {_STEP_S:g} s if the experiment says nothing else"
        yield _option("timestep", f"{option.timestep:g} s", used, "overridden")
    for field in _FIXED:
        said, plain = getattr(option, field), getattr(usual, field)
        if not np.array_equal(said, plain):
            yield _option(field, _text(said), _text(plain), "overridden")
            setattr(option, field, plain)
    for field in _KEPT:
        said = getattr(option, field)
        if said != getattr(usual, field):
            yield _option(field, _text(said), _text(said), "kept")


def settle_flags(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Nothing that MuJoCo does is switched off, nothing that it leaves out is switched on."""
    plain_spec = mujoco.MjSpec()
    usual, option = plain_spec.option, spec.option
    kinds = (
        ("disableflags", mujoco.mjtDisableBit, "mjDSBL_", "disabled", "enabled"),
        ("enableflags", mujoco.mjtEnableBit, "mjENBL_", "enabled", "disabled"),
    )
    for field, bits, prefix, said, used in kinds:
        odd = getattr(option, field) ^ getattr(usual, field)
        for name, bit in bits.__members__.items():
            if odd & int(bit) and name.startswith(prefix):
                yield Fact(
                    name=f"flag {name.removeprefix(prefix).lower()}",
                    model=said,
                    in_force=used,
                    verdict="overridden",
                )
        setattr(option, field, getattr(usual, field))


def settle_compiler(_path: Path, spec: mujoco.MjSpec) -> Iterator[Fact]:
    """Buffers are as large as is needed; masses and inertias are what the compiler makes of them."""
    usual = mujoco.MjSpec()
    for field in _SIZES:
        said, plain = getattr(spec, field), getattr(usual, field)
        if said != plain:
            yield Fact(
                name=f"size {field}", model=str(said), in_force="as needed", verdict="overridden"
            )
            setattr(spec, field, plain)
    for field in _MASSES:
        said = getattr(spec.compiler, field)
        if said != getattr(usual.compiler, field):
            yield Fact(
                name=f"compiler {field}", model=_text(said), in_force=_text(said), verdict="kept"
            )


def _option(field: str, said: str, used: str, verdict: Verdict) -> Fact:
    return Fact(name=f"option {field}", model=said, in_force=used, verdict=verdict)


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        return vector(value.tolist())
    if isinstance(value, float):
        return f"{value:g}"
    return str(getattr(value, "name", value)).rsplit("_", maxsplit=1)[-1].lower()
