"""The `motion` command: sub-commands, exit statuses, and errors without a traceback."""

import inspect
import logging
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, Union

import tyro

from motionlib import boundary
from motionlib.boundary import system_reason, wants_traces
from motionlib.errors import MotionError
from pipelines.cli.artifacts import Artifacts, Pull
from pipelines.cli.concat import Concat
from pipelines.cli.convert import Convert
from pipelines.cli.demo import Demo
from pipelines.cli.explain import Explain
from pipelines.cli.importing import Import
from pipelines.cli.inspecting import Inspect
from pipelines.cli.lib import LibCommand
from pipelines.cli.pack import Pack
from pipelines.cli.publish import Publish
from pipelines.cli.retarget import SUBCOMMANDS, RetargetCommand
from pipelines.cli.robots import RobotCommand
from pipelines.cli.synthesize import Synthesize
from pipelines.cli.synthesize_amass import SynthesizeAmass
from pipelines.cli.terminal import note
from pipelines.cli.ui import Ui
from pipelines.cli.verify import Verify

DESCRIPTION = """Reference motions for legged robots: convert, check, pack and publish them.

examples:
  motion synthesize microduck --output reference_motions.pkl
  motion convert reference_motions.pkl --robot microduck --output-dir npz
  motion concat npz --output walk.npz --strategy edges
  motion publish walk.npz --name microduck-walk
  motion COMMAND --help

Exit status: 0 done; 1 done, but something was rejected; 2 nothing done, with the reason.
--debug (or MOTION_DEBUG=1) shows where in the code an error arose."""

EXAMPLES = {
    "convert": (
        "motion convert reference_motions.pkl --robot microduck --output-dir npz",
        "motion convert reference_motions.pkl --robot microduck --output-dir npz \\\n"
        "      --motion-keys 0.1_0.0_0.0 0.0_0.0_0.0 --min-seconds 10",
        "motion convert mine.pkl --robot my_duck/robot.yaml --output-dir npz \\\n"
        "      --body-names trunk_base left_foot right_foot",
    ),
    "concat": (
        "motion concat npz --output walk.npz --strategy edges",
        "motion concat npz --output two.npz --motion-files 0.1_0.0_0.0 0.0_0.0_0.0 --blend 0.3",
        "motion concat --output two.npz --motion-files a/stand.npz b/walk.npz",
    ),
    "pack": (
        "motion pack npz --output walk.pt",
        "motion pack clips/*.npz --output g1.pt --layout protomotions --fps 30",
    ),
    "lib": (
        "motion lib merge kit.pt cmu.pt --output both.pt --prefix kit/ cmu/",
        "motion lib subset both.pt --output walks.pt --glob '*walk*' --random 100 --seed 1",
        "motion lib reweight both.pt --weights weights.csv --output both.pt",
        "motion lib rename both.pt --names names.csv --output renamed.pt",
        "motion lib split both.pt --fractions 0.8 0.1 0.1 --output-dir parts",
    ),
    "publish": (
        "motion publish walk.npz --name microduck-walk",
        "motion publish walk.npz --name microduck-walk --alias best --alias demo",
        "motion publish walk.npz --name microduck-walk --registry wandb --link",
    ),
    "pull": (
        "motion pull microduck-walk",
        "motion pull me/motions/microduck-walk:v3 --output-dir here",
    ),
    "artifacts": ("motion artifacts", "motion artifacts microduck-walk:v3"),
    "verify": ("motion verify", "motion verify --home /data/motion"),
    "import": (
        "motion import g1_csv --robot g1 --output g1.pt",
        "motion import dance.csv --robot g1 --quat-order xyzw --output clips --output-fps 50",
    ),
    "inspect": ("motion inspect walk.npz", "motion inspect walk.pt --robot microduck --json"),
    "explain": (
        "motion explain CMU/01/01_01_poses",
        "motion explain CMU/01/01_01_poses --recipe amass_smpl",
    ),
    "synthesize": (
        "motion synthesize microduck --output reference_motions.pkl",
        "motion synthesize my_duck/robot.yaml --output mine.pkl --dx -0.2 0.2 9 --dy 0 0 1",
    ),
    "demo": ("motion demo amass", "motion demo retarget"),
    "synthesize-amass": (
        "motion synthesize-amass --output amass --clips 200 --seconds 2 8",
        "motion synthesize-amass --output amass --clips 10000 --seed 1 --processes 2 --bad",
    ),
    "ui": ("motion ui", "motion ui --port 3001"),
    "robot": (
        "motion robot list",
        "motion robot init my_duck/robot.urdf",
        "motion robot check my_duck/robot.yaml",
    ),
    "retarget": (
        "motion retarget recordings --robot g1 --output g1",
        "motion retarget smpl.pt --robot h1_2 --output h1_2 --format pt npz",
        "motion retarget walk.bvh --robot microduck --output duck --fps 50",
        "motion retarget clips --source g1 --robot h1 --pair g1_to_h1.yaml --output h1",
        "motion retarget init --robot my_duck/robot.yaml --source smpl",
        "motion retarget report g1 --other g1_mink",
    ),
}

_COMMANDS: dict[str, type[Any]] = {
    "convert": Convert,
    "concat": Concat,
    "pack": Pack,
    "lib": LibCommand,
    "publish": Publish,
    "pull": Pull,
    "artifacts": Artifacts,
    "verify": Verify,
    "import": Import,
    "inspect": Inspect,
    "explain": Explain,
    "synthesize": Synthesize,
    "synthesize-amass": SynthesizeAmass,
    "demo": Demo,
    "ui": Ui,
    "retarget": RetargetCommand,
    "robot": RobotCommand,
}


class _Command(Protocol):
    def run(self) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit status.

    Args:
        argv: Arguments without the program's name; those of this process if None.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments or wants_traces()
    traces = logging.getLogger(boundary.__name__)
    # an unexpected error stands among what was left out, in one line
    traces.disabled = not debug
    try:
        status = _parse([each for each in arguments if each != "--debug"]).run()
        sys.stdout.flush()  # here, where a closed pipe is understood, and not at exit
        return status
    except SystemExit as stop:  # from the parser: help, or a slip that it has explained
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        if debug:
            raise
        note("interrupted; what was finished is kept, the same command does the rest")
        return 130
    except BrokenPipeError:
        # whoever read our output has closed it; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (MotionError, OSError) as error:
        if debug:
            raise
        note(f"motion: {_reason(error)}")
        return 2
    except Exception as error:
        said = system_reason(error)
        if debug or not said:
            raise
        note(f"motion: {said}")
        return 2
    finally:
        traces.disabled = False


def _reason(error: MotionError | OSError) -> str:
    """The error as a sentence that begins with the file."""
    named = isinstance(error, OSError) and error.filename is not None
    return system_reason(error) if named else str(error)


def _with_run(arguments: list[str]) -> list[str]:
    """`retarget SRC` as `retarget run SRC`."""
    if arguments[:1] != ["retarget"] or len(SUBCOMMANDS) < 2 or len(arguments) < 2:
        return arguments
    second = arguments[1]
    named = second in SUBCOMMANDS or second in ("-h", "--help")
    return arguments if named else ["retarget", "run", *arguments[1:]]


def _parse(arguments: list[str]) -> _Command:
    arguments = _with_run(arguments)
    chosen = arguments[0] if arguments else ""
    choices: Any = tuple(
        Annotated[kind, tyro.conf.subcommand(name, description=_help(name, in_full=name == chosen))]
        for name, kind in _COMMANDS.items()
    )
    union: Any = Union[choices]  # noqa: UP007 - made at run time
    return tyro.cli(
        union,
        prog="motion",
        description=DESCRIPTION,
        args=arguments or ["--help"],
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes,
                tyro.conf.FlagCreatePairsOff),
    )  # fmt: skip


def _help(name: str, *, in_full: bool) -> str:
    """The command's docstring and examples; its first line in the list of commands."""
    paragraphs = (inspect.getdoc(_COMMANDS[name]) or "").split("\n\n")
    if not in_full:
        return paragraphs[0]
    text = "\n\n".join(textwrap.fill(paragraph, 80) for paragraph in paragraphs)
    examples = "\n".join(f"  {line}" for line in EXAMPLES[name])
    return f"{text}\n\nexamples:\n{examples}"


if __name__ == "__main__":
    sys.exit(main())
