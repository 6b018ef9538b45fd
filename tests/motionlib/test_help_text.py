"""Help is read by people: whole paragraphs, in a frame as wide as it was, and no idle defaults."""

import contextlib
import io
from dataclasses import dataclass

import pytest
import tyro

from motionlib.help_text import WIDE, tidied


@dataclass(frozen=True)
class Walk:
    """Walk somewhere, which takes a sentence that is much longer than any line of a terminal would be.

    Then it comes back.
    """

    to: tyro.conf.Positional[str]
    """The place."""
    speed: float | None = None
    """Speed, which stands over two lines of the source and is wrapped where the line
    of the terminal ends."""
    shoes: str = ""
    """Kind of shoes."""
    fast: bool = False
    """Hurry."""
    steps: int = 3
    """Number of them."""
    a_name_that_is_much_longer_than_the_column_of_names: int = 1
    """Whatever it is."""


class Framed(io.StringIO):
    encoding = "utf-8"


@pytest.fixture(scope="module")
def before() -> str:
    text = Framed()
    config = (tyro.conf.FlagCreatePairsOff,)
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        tyro.cli(Walk, args=["--help"], prog="go", config=config)
    return text.getvalue()


def test_defaults_that_say_nothing_are_left_out(before: str) -> None:
    after = tidied(before)
    for idle in ("(default: None)", "(default: '')", "(default: False)"):
        assert idle in before.replace("\n", " ")
        assert idle not in after
    assert "Number of them. (default: 3)" in after
    assert "The place. (required)" in after


def test_nothing_else_is_lost_and_frames_stay_whole(before: str) -> None:
    after = tidied(before)

    def words(text: str) -> list[str]:
        plain = " ".join(text.replace("│", " ").split())
        for idle in ("(default: None)", "(default: '')", "(default: False)"):
            plain = plain.replace(idle, "")
        return plain.split()

    assert words(after) == words(before)
    rows = [line for line in after.splitlines() if line.startswith(("│", "╭", "╰"))]
    assert len({len(row) for row in rows}) == 1
    assert all(row.endswith(("│", "╮", "╯")) for row in rows)


def test_a_paragraph_fills_its_lines(before: str) -> None:
    rows = tidied(before).splitlines()
    at = next(n for n, row in enumerate(rows) if "Speed, which" in row)
    assert "where the line of the terminal ends." in rows[at + 1]
    assert all(len(row) <= max(WIDE, len(rows[at])) for row in rows)


def test_prose_and_examples_outside_of_frames() -> None:
    example = "  motion x " + "--word y " * 20
    text = f"usage: go\n\n{'many words ' * 30}\n\nexamples:\n{example}\n"
    after = tidied(text)
    assert example in after
    assert max(len(line) for line in after.replace(example, "").splitlines()) <= WIDE
    assert after.split() == text.split()


@pytest.mark.parametrize("path", ["pack", "retarget", "robot check", "train"])
def test_help_of_our_commands_has_no_none(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.cli.main import main

    assert main([*path.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "None" not in said
    assert "(default: )" not in said
    assert "show this help" in said


def test_every_sub_command_has_a_line_of_its_own() -> None:
    text = Framed()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        tyro.extras.subcommand_cli_from_dict({"walk": Walk, "run": Walk, "rest": Walk}, args=["-h"])
    before = text.getvalue()
    after = tidied(before)
    for name in ("walk", "run", "rest"):
        assert f"• {name}" in before
        assert f"• {name}" in after
