"""The walking references that go into one file, their order, and what stands between them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from motionlib.errors import MotionError, nearest_names
from motionlib.motion import Motion
from motionlib.walking.transitions import chain_with_transitions

Strategy = Literal["edges", "grid", "all", "manual"]
"""`edges`: standing and the extremes of dx, dy, dtheta. `grid`: every third value of each axis and
the extremes. `all`: every motion. `manual`: as named."""

STRATEGIES: tuple[str, ...] = get_args(Strategy)

Command = tuple[float, float, float]
"""dx m/s, dy m/s, dtheta rad/s."""

_AXES = 3
_GRID_STRIDE = 3
_DECIMALS = 9
"""Commands that agree to a nanometre a second are the same."""


def select_motions(
    commands: Mapping[str, Command],
    strategy: Strategy,
    *,
    names: Sequence[str] = (),
) -> list[str]:
    """Choose motions by their commands; the order of `commands` does not matter.

    Axes are divided by their range before distances are taken. Ties go to the motion whose other
    components are smallest (sum of magnitudes), then to the first name.

    Args:
        commands: Command of each motion, by name.
        strategy: `edges` gives the nearest to zero, then the largest and smallest dx, dy, dtheta;
            `grid` the motions nearest (L1) to a grid of every third value of each axis plus the
            extremes; `all` every motion by rising dx, dy, dtheta; `manual` is `names`.
        names: For `manual`: the motions in the wanted order.

    Returns:
        Chosen names, each once.

    Raises:
        MotionError: No motions, a name unknown or given twice, or names without `manual`.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy {strategy!r}; choices: {', '.join(STRATEGIES)}")
    if not commands:
        raise MotionError("no motions to choose from")
    if strategy == "manual":
        return _manual(commands, names)
    if names:
        raise MotionError(f"motions are named, but the strategy is {strategy!r}; ask for manual")
    rounded = {
        name: (round(c[0], _DECIMALS), round(c[1], _DECIMALS), round(c[2], _DECIMALS))
        for name, c in commands.items()
    }
    choose: dict[str, Callable[[Mapping[str, Command]], list[str]]] = {
        "edges": _edges,
        "grid": _grid,
        "all": lambda known: sorted(known, key=lambda name: (known[name], name)),
    }
    return list(dict.fromkeys(choose[strategy](rounded)))


def command_of_motion(motion: Motion) -> Command:
    """Command of a walking reference: its provenance's, else its name `dx_dy_dtheta`.

    Raises:
        MotionError: It has neither.
    """
    if motion.provenance.command is not None:
        return motion.provenance.command
    return command_from_name(motion.name)


def command_from_name(name: str) -> Command:
    """Numbers of a name `dx_dy_dtheta` such as `0.1_0.0_-0.5`.

    Raises:
        MotionError: The name is not of that form.
    """
    try:
        dx, dy, dtheta = (float(part) for part in name.split("_"))
    except ValueError as error:
        raise MotionError(
            f"{name}: no command in its provenance and its name is not dx_dy_dtheta; "
            "use --strategy all or name the files (--motion-files)"
        ) from error
    return dx, dy, dtheta


def concatenate(
    motions: Sequence[Motion],
    strategy: Strategy = "all",
    *,
    names: Sequence[str] = (),
    blend_s: float = 0.0,
) -> list[Motion]:
    """Clips for one file, in order; boundaries stay boundaries.

    Args:
        motions: What there is to choose from, any order, names unique.
        strategy: See `select_motions`. With `all`, motions without a command are ordered by name.
        names: For `manual`.
        blend_s: If positive, a blended transition of about this length stands between
            neighbours, as a clip of its own, and every later clip is moved in the plane and
            turned about the vertical so that the sequence goes on where the last one ended.

    Returns:
        The chosen clips, with transitions between them if asked for.

    Raises:
        MotionError: Names used twice, unknown names, motions without a command.
    """
    known = {motion.name: motion for motion in motions}
    if len(known) < len(motions):
        every = [motion.name for motion in motions]
        twice = sorted({name for name in every if every.count(name) > 1})
        raise MotionError(f"motion names must be unique; used twice: {', '.join(twice[:5])}")
    chosen = [known[name] for name in _chosen_names(known, strategy, names)]
    return chain_with_transitions(chosen, blend_s) if blend_s > 0.0 else chosen


def _chosen_names(
    known: Mapping[str, Motion], strategy: Strategy, names: Sequence[str]
) -> list[str]:
    if strategy == "manual":
        return select_motions(dict.fromkeys(known, (0.0, 0.0, 0.0)), "manual", names=names)
    if strategy == "all" and any(motion.provenance.command is None for motion in known.values()):
        return sorted(known)
    commands = {name: command_of_motion(motion) for name, motion in known.items()}
    return select_motions(commands, strategy, names=names)


def _manual(commands: Mapping[str, Command], names: Sequence[str]) -> list[str]:
    if not names:
        raise MotionError("strategy manual needs the names of the motions")
    for name in names:
        if name not in commands:
            raise MotionError(f"no motion {name!r}; {nearest_names(name, commands)}")
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise MotionError(f"motions named twice: {', '.join(twice)}; name each once")
    return list(names)


def _ranges(commands: Mapping[str, Command]) -> Command:
    columns = list(zip(*commands.values(), strict=True))
    dx, dy, dtheta = (max(column) - min(column) or 1.0 for column in columns)
    return dx, dy, dtheta


def _edges(commands: Mapping[str, Command]) -> list[str]:
    scale = _ranges(commands)
    chosen = [_nearest(commands, (0.0, 0.0, 0.0), scale)]
    for axis in range(_AXES):
        for sign in (-1.0, 1.0):  # the largest first

            def rank(name: str, axis: int = axis, sign: float = sign) -> tuple[float, float, str]:
                command = commands[name]
                others = sum(abs(command[a]) / scale[a] for a in range(_AXES) if a != axis)
                return sign * command[axis], round(others, _DECIMALS), name

            chosen.append(min(commands, key=rank))
    return chosen


def _grid(commands: Mapping[str, Command]) -> list[str]:
    scale = _ranges(commands)
    axes = []
    for axis in range(_AXES):
        values = sorted({command[axis] for command in commands.values()})
        axes.append(sorted({*values[::_GRID_STRIDE], values[-1]}))
    points = [(dx, dy, dtheta) for dx in axes[0] for dy in axes[1] for dtheta in axes[2]]
    return [_nearest(commands, point, scale) for point in points]


def _nearest(commands: Mapping[str, Command], point: Command, scale: Command) -> str:
    def rank(name: str) -> tuple[float, float, str]:
        command = commands[name]
        distance = sum(abs(command[a] - point[a]) / scale[a] for a in range(_AXES))
        size = sum(abs(command[a]) / scale[a] for a in range(_AXES))
        return round(distance, _DECIMALS), round(size, _DECIMALS), name

    return min(commands, key=rank)
