"""The `motion` command: sub-commands, exit statuses, and errors without a traceback."""

import difflib
import inspect
import logging
import os
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Protocol, Union

import tyro

from motionlib import boundary
from motionlib.boundary import system_reason, wants_traces
from motionlib.command_words import parse_words
from motionlib.errors import MotionError
from pipelines.cli.commands import CLOSING, COMMANDS, EXAMPLES, HEADLINE
from pipelines.cli.overview import first_line, overview, unknown_command, version
from pipelines.cli.programs import PROGRAMS
from pipelines.cli.retarget import SUBCOMMANDS
from pipelines.cli.terminal import note


class _Command(Protocol):
    def run(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The answer to a question about the program itself."""

    text: str

    def run(self) -> int:
        print(self.text)
        return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit status.

    Args:
        argv: Arguments without the program's name; those of this process if None.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] and arguments[0] in PROGRAMS:
        return _run_program(arguments[0], arguments[1:])
    return _run_command(arguments)


def _run_command(arguments: list[str]) -> int:
    debug = "--debug" in arguments or wants_traces()
    traces = logging.getLogger(boundary.__name__)
    # an unexpected error stands among what was left out, in one line
    traces.disabled = not debug
    try:
        status = _parse([each for each in arguments if each != "--debug"]).run()
        sys.stdout.flush()  # here, where a closed pipe is understood, and not at exit
        return status
    except SystemExit as stop:  # from the parser: help, or a slip that it has explained
        return _status(stop)
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


def _status(stop: SystemExit) -> int:
    """Exit status of a parser that has said all there is to say: help, completion, a slip."""
    if stop.code is None:
        return 0
    return stop.code if isinstance(stop.code, int) else 2


def _run_program(name: str, words: list[str]) -> int:
    """Hand a program all that follows its name; its own exit status.

    It says itself what went wrong; to `--help` it lists its flags, below what we say of it.
    """
    if any(word in ("-h", "--help") for word in words):
        print(f"{_help(name, in_full=True)}\n")
        sys.stdout.flush()
    try:
        return PROGRAMS[name](arguments=tuple(words)).run()
    except SystemExit as stop:
        return _status(stop)


def _reason(error: MotionError | OSError) -> str:
    """The error as a sentence that begins with the file."""
    named = isinstance(error, OSError) and error.filename is not None
    return system_reason(error) if named else str(error)


def _with_run(arguments: list[str]) -> list[str]:
    """`retarget SRC` as `retarget run SRC`.

    Raises:
        MotionError: What stands there is a command mistyped, and no file either.
    """
    if arguments[:1] != ["retarget"] or len(SUBCOMMANDS) < 2 or len(arguments) < 2:
        return arguments
    second = arguments[1]
    if second in SUBCOMMANDS or second in ("-h", "--help"):
        return arguments
    near = difflib.get_close_matches(second, SUBCOMMANDS, n=1, cutoff=0.75)
    if near and not Path(second).exists():
        raise MotionError(f"retarget: no command and no file {second!r}; nearest: {near[0]}")
    return ["retarget", "run", *arguments[1:]]


def _parse(arguments: list[str]) -> _Command:
    """The command that a line means.

    Raises:
        MotionError: Its first word is no command.
        SystemExit: Help was asked for and given, or a slip was explained.
    """
    chosen = arguments[0] if arguments else "--help"
    if chosen in ("-h", "--help"):
        return _Answer(text=overview())
    if chosen == "--version":
        return _Answer(text=version())
    if not chosen.startswith("-") and chosen not in COMMANDS:
        raise MotionError(unknown_command(chosen))
    arguments = _with_run(arguments)
    choices: Any = tuple(
        Annotated[kind, tyro.conf.subcommand(name, description=_help(name, in_full=name == chosen))]
        for name, kind in COMMANDS.items()
    )
    union: Any = Union[choices]  # noqa: UP007 - made at run time
    parse = partial(
        tyro.cli,
        union,
        prog="motion",
        description=f"{HEADLINE}\n\n{CLOSING}",
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes,
                tyro.conf.FlagCreatePairsOff, tyro.conf.DisallowNone),
    )  # fmt: skip
    return parse_words(lambda words: parse(args=words), arguments, prog="motion")


def _help(name: str, *, in_full: bool) -> str:
    """The command's docstring and examples; its first sentence in the list of commands."""
    if not in_full:
        return first_line(COMMANDS[name])
    paragraphs = (inspect.getdoc(COMMANDS[name]) or "").split("\n\n")
    text = "\n\n".join(textwrap.fill(paragraph, 80) for paragraph in paragraphs)
    examples = "\n".join(f"  {line}" for line in EXAMPLES[name])
    return f"{text}\n\nexamples:\n{examples}"


if __name__ == "__main__":
    sys.exit(main())
