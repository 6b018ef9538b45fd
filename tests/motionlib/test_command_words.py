"""What is wrong with words is one line with the nearest that would do, and the status is 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
import tyro

from motionlib.command_words import parse_words


@dataclass(frozen=True)
class Walk:
    """Walk somewhere."""

    to: tyro.conf.Positional[Literal["sea", "hill"]] = "sea"
    """Where to."""
    max_speed: float = 1.0
    """m/s."""
    fast: bool = False
    """Hurry."""


@dataclass(frozen=True)
class Carry:
    """Carry a thing."""

    load: Path
    """What is carried."""
    height: float
    """m above the ground; as high as it may be, which takes more than one line to be told here."""


UNION = (
    Annotated[Walk, tyro.conf.subcommand("walk")] | Annotated[Carry, tyro.conf.subcommand("carry")]
)


def parse(words: Sequence[str]) -> object:
    config = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
    return tyro.cli(UNION, args=list(words), prog="go", config=config)


def test_words_that_mean_something_are_handed_on() -> None:
    meant = parse_words(parse, ["walk", "hill", "--max_speed", "2"], prog="go")
    assert meant == Walk(to="hill", max_speed=2.0)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["wakl"], "go: no command 'wakl'; nearest: walk"),
        (["walk", "--max-spede", "3"], "go: no option --max-spede; nearest: --max-speed"),
        (["walk", "--max_spede=3"], "go: no option --max_spede; nearest: --max-speed"),
        (["carry", "--laod", "x", "--height", "1"], "go: no option --laod; nearest: --load"),
        (["carry"], "go carry: missing: --load PATH, --height FLOAT; --help says what they are"),
        (["walk", "--max-speed", "x"], "go: Error parsing --max-speed: could not convert"),
        (["walk", "moon"], "go: invalid choice 'moon' for argument 'to'. Expected one of ('sea'"),
        (["walk", "sea", "hill"], "go: Unrecognized options: hill"),
    ],
)
def test_a_slip_is_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse_words(parse, words, prog="go")
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    (only,) = said.err.splitlines()
    assert only.startswith(line)


def test_no_command_at_all_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_words(parse, [], prog="go")
    assert capsys.readouterr().err == "go: expected a command; choices: carry, walk\n"


def test_options_of_a_program_without_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_words(_walk, ["--no-fats"], prog="walk.py")
    assert capsys.readouterr().err.startswith("walk.py: no option --no-fats; nearest: --no-fast")


def _walk(words: Sequence[str]) -> Walk:
    return tyro.cli(Walk, args=list(words), prog="walk.py")


def test_help_is_given_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse_words(parse, ["walk", "--help"], prog="go")
    assert not stop.value.code
    assert "Hurry." in capsys.readouterr().out
