"""The commands that documents show, as a person would type them one after the other."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^(?P<indent>\s*)(?P<ticks>```+|~~~+)\s*(?P<language>[\w-]*)(?P<marks>.*)")
_NOT_RUN = ".no-run"
"""Mark of a fence whose commands no test can run: a network, a foreign program."""
_SHELLS = {"sh", "bash", "shell", "zsh", "console"}
_LOOKS_LIKE = re.compile(r"^\s*(\$ )?([A-Z_]+=\S+ )*(motion|make|pip|uv|python) [\w./-]")
_SET = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line of a document."""

    page: Path
    line: int
    """Of its first word, from 1."""
    words: tuple[str, ...]
    """Without comments, what it sets and where its output goes."""
    sets: dict[str, str]
    """Environment variables that stand before it."""
    output: str = ""
    """File that its standard output goes to."""

    @property
    def text(self) -> str:
        """The command on one line."""
        return shlex.join([*(f"{key}={value}" for key, value in self.sets.items()), *self.words])

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.page.name}:{self.line}"


def pages() -> list[Path]:
    """README and everything below docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands_of(page: Path) -> list[Command]:
    """All commands of a page's shell blocks, in order, but for those that are marked `.no-run`.

    Raises:
        ValueError: A block of another language, or of none, holds what looks like a command.
    """
    commands = []
    for language, marks, lines in _blocks(page.read_text(encoding="utf-8")):
        if language in _SHELLS and _NOT_RUN in marks.split():
            continue
        if language in _SHELLS:
            prompts = [(number, text[2:]) for number, text in lines if text.startswith("$ ")]
            for number, text in _joined(prompts or lines):
                commands += _commands(page, number, text)
            continue
        for number, text in lines:
            if _LOOKS_LIKE.match(text):
                raise ValueError(f"{page.name}:{number}: a command in a block that is no ```sh")
    return commands


def _blocks(text: str) -> Iterator[tuple[str, str, list[tuple[int, str]]]]:
    """Language, what else stands beside it, and numbered lines of each fenced block."""
    opening, block = None, []
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if opening is None:
            opening, block = fence, []
        elif fence and fence["ticks"] == opening["ticks"] and not fence["language"]:
            yield opening["language"].lower(), opening["marks"].strip("{} "), block
            opening = None
        else:
            block.append((number, line.removeprefix(opening["indent"])))


def _joined(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines whose continuations stand behind them."""
    first, said = 0, ""
    for number, line in lines:
        first, said = (first, said + line) if said else (number, line)
        if said.endswith("\\"):
            said = said[:-1]
            continue
        yield first, said
        said = ""


def _commands(page: Path, line: int, text: str) -> Iterator[Command]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    part: list[str] = []
    for word in [*lexer, ";"]:
        if word in {";", "&&"}:
            if part:
                yield _command(page, line, part)
            part = []
        else:
            part.append(word)


def _command(page: Path, line: int, words: list[str]) -> Command:
    sets, output = {}, ""
    while words and _SET.match(words[0]):
        key, _, value = words.pop(0).partition("=")
        sets[key] = value
    if len(words) > 2 and words[-2] == ">":
        output, words = words[-1], words[:-2]
    return Command(page=page, line=line, words=tuple(words), sets=sets, output=output)
