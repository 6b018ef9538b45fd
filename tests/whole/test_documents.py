"""Every command that README and docs show runs, with small data and budgets, or is listed here."""

import contextlib
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from pipelines.cli.main import main
from retarget.report.strips import picture_strip
from tests.documents import ROOT, Command, commands_of, pages
from tests.motionlib.robots.conftest import urdf_text

SAMPLE = ROOT / "data" / "motions"
SQUAT = SAMPLE / "amass_sample" / "SSM_synced" / "resynth" / "squat_poses.npz"
TURN = SAMPLE / "amass_sample" / "CMU" / "02" / "02_01_turn_poses.npz"
INSTALLS = "installs, or says where from"
SERVES = "serves until it is stopped"
NOT_RUN = {
    r"(make setup|pip3? |uv |git |source |\. |python\S* -m (pip|venv) |cd motion)": INSTALLS,
    r"export (PIP|UV)_\w+=": INSTALLS,
    r"(motion|make|\S*dagster) (ui|dev)\b": "serves: tests/pipelines/test_ui.py",
    r"(mkdocs|make docs|tensorboard)\b": SERVES,
    r"motion run my_recipes/my_dances": "the graph that the README's my_recipe is, of the same clip",
    r"make (test|check|bench)\b": "what runs this",
    r"(make demo|motion demo( duck)?|motion run microduck_walk)$": (
        "minutes of training; the same graph, smaller: tests/whole/test_pipeline.py"
    ),
    r"(make demo-g1|motion demo g1|motion run demo_g1)$": (
        "minutes of training; the same graph, smaller: tests/whole/test_pipeline.py"
    ),
    r"motion (demo (amass|retarget)|run (amass_g1|demo_amass|demo_retarget))$": (
        "on the sample: tests/pipelines/cli/test_demo.py"
    ),
}
"""What is not run here, by its beginning, and why or by which test it is."""
REJECTS = {"--method mink": "frame by frame, feet slide so far that the sample's clip is rejected"}
"""What a command says whose exit status is 1 as documented, and why."""
HARMLESS = {"cat", "cp", "head", "ls", "mkdir", "mv", "sed"}
"""Programs of the system that documents may use."""

pytestmark = pytest.mark.slow


def why_not_run(command: Command) -> str:
    """The reason why a command is not run here; empty for one that is."""
    text = " ".join(command.words).replace(".venv/bin/", "")
    found = (reason for start, reason in NOT_RUN.items() if re.match(start, text))
    return next(found, "")


def can_run(command: Command) -> bool:
    if not command.words:
        return bool(command.sets)
    program = Path(command.words[0]).name
    return program in {"motion", "python", "export", "cd", *HARMLESS}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_command_is_run_or_listed(page: Path) -> None:
    unknown = [
        f"{each.place}: {each.text}"
        for each in commands_of(page)
        if not why_not_run(each) and not can_run(each)
    ]
    assert unknown == []


def test_reasons_name_tests_that_are_there() -> None:
    named = [path for why in NOT_RUN.values() for path in re.findall(r"tests/\S+\.py", why)]
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


PAGE = """\
```sh
A=1 motion run x \\
  --flag 'two words'     # a remark
mkdir -p new && motion list > new/list.txt
```
```sh { .no-run }
motion ui
```
  ```console
  $ motion doctor
  motion says what is missing
  ```
```yaml
motion: run
```
"""


def test_commands_of_a_page_are_read_as_a_shell_does(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    run, make, listed, doctor = commands_of(page)
    assert run.words == ("motion", "run", "x", "--flag", "two words")
    assert (run.sets, run.place) == ({"A": "1"}, "page.md:2")
    assert make.words == ("mkdir", "-p", "new")
    assert (listed.words, listed.output, listed.line) == (("motion", "list"), "new/list.txt", 4)
    assert (doctor.words, doctor.line) == (("motion", "doctor"), 10)
    page.write_text(PAGE.replace("```yaml", "```").replace("motion: run", "$ motion run y"))
    with pytest.raises(ValueError, match=r"page\.md:14: a command in a block that is no ```sh"):
        commands_of(page)


class Desk:
    """The folder in which a person works the pages off, with what they take for granted."""

    def __init__(self, folder: Path, tiny_body_model: ModuleType) -> None:
        self._folder, self._bodies = folder, tiny_body_model
        self._outside = folder / "outside"
        self._done: set[str] = set()
        self._givens: Mapping[str, Callable[[Path], object]] = {
            "recordings": self._recordings,
            "SMPL_NEUTRAL.pkl": self._body_model,
            "my_duck": self._bare_model,
            "a.pt": self._library,
            "b.pt": partial(self._library, clip=TURN),
        }
        for name in ("data", "training", "pipelines", "tests"):
            (folder / name).symlink_to(ROOT / name)

    def work(self, page: Path) -> list[str]:
        """Do what a page says, unless a page before it said the same; what failed, a line each."""
        failed = []
        for command in commands_of(page):
            if why_not_run(command) or command.text in self._done:
                continue
            self._done.add(command.text)
            began = time.process_time()
            status, said = self._run(command)
            took = time.process_time() - began
            sys.stdout.write(f"{took:6.1f} s  {command.place}  {command.text}\n")
            rejects = any(words in command.text for words in REJECTS)
            if status != int(rejects):
                failed.append(f"{command.place}: {command.text}: exit {status}\n{said}")
            self._spare_training()
        return failed

    def _run(self, command: Command) -> tuple[int, str]:
        words = [self._word(word) for word in command.words]
        sets = {name: self._word(value) for name, value in command.sets.items()}
        self._give([*words, *sets.values()])
        if not words or words[0] == "export":
            pairs = [word.split("=", 1) for word in words[1:] if "=" in word]
            os.environ.update(dict(pairs) | sets)
            return 0, ""
        if words[0] == "cd":
            os.chdir(words[1])
            return 0, ""
        output, errors = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            for name, value in sets.items():
                patch.setenv(name, value)
            status = _status(cheap(words))
        if command.output:
            path = Path(command.output.replace("~", str(self._folder)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(output.getvalue())
        return status, output.getvalue() + errors.getvalue()

    def _word(self, word: str) -> str:
        """A place outside of the checkout as one in here."""
        return (
            str(self._outside / word.removeprefix("/data/")) if word.startswith("/data/") else word
        )

    def _give(self, words: Sequence[str]) -> None:
        amass = self._outside / "amass"
        if str(amass) in words and not amass.exists():
            for clip in ("CMU/01/01_01_walk", "CMU/02/02_02_carried"):
                path = amass / f"{clip}_poses.npz"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(SAMPLE / "amass_sample" / f"{clip}_poses.npz", path)
        outputs = {after for word, after in itertools.pairwise(words) if "output" in word}
        for word in words:
            name = word.split("/")[0]
            if name in self._givens and word not in outputs and not Path(name).exists():
                self._givens[name](Path(name))

    def _recordings(self, path: Path) -> None:
        path.mkdir()
        shutil.copy(SAMPLE / "bvh_sample" / "walk_wave.bvh", path)

    def _body_model(self, path: Path) -> None:
        path.write_bytes(self._bodies.published_pickle(self._bodies.tiny_arrays()))

    def _bare_model(self, path: Path) -> None:
        path.mkdir()
        (path / "robot.urdf").write_text(urdf_text(effort=40.0))

    def _library(self, path: Path, *, clip: Path = SQUAT) -> None:
        assert main(["import", str(clip), "--robot", "smpl", "--output", str(path)]) == 0

    def _spare_training(self) -> None:
        """Recipes that the page wrote do not train: tests/whole/test_pipeline.py does."""
        for path in self._folder.glob("my_recipes/*.yaml"):
            content = yaml.safe_load(path.read_text())
            if content.keys() & {"training", "evaluation"}:
                spared = {k: v for k, v in content.items() if k not in {"training", "evaluation"}}
                path.write_text(yaml.safe_dump(spared))


def cheap(words: list[str]) -> list[str]:
    """A command line with the budgets of a test."""
    budgets = {"--training-max-steps": "256", "--num-envs": "8", "--clips": "4"}
    budgets |= {"--min-seconds": "2"}
    for index, word in enumerate(words[:-1]):
        words[index + 1] = budgets.get(word, words[index + 1])
    if words[1:2] == ["synthesize"] and "--dx" not in words:
        words += ["--dx", "0", "0.09", "2", "--dy", "0", "0.06", "2", "--dtheta", "0", "0", "1"]
    return words


def _status(words: list[str]) -> int:
    program = Path(words[0]).name
    if program == "motion":
        return main(words[1:])
    if program != "python":
        return subprocess.run(words, check=False).returncode
    if words[1] == "training/train_agent.py":
        return main(["train", *words[2:]])
    if words[1] == "training/inference_agent.py":
        return main(["evaluate", *words[2:]])
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *words[1:]], check=False, env=environment).returncode


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, tiny_body_model: ModuleType) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("documents")
    before, here = dict(os.environ), Path.cwd()
    os.environ |= {"MOTION_HOME": str(folder / ".motion"), "DAGSTER_HOME": ""}
    os.environ |= {"OMP_NUM_THREADS": "1"}
    os.environ.pop("MOTION_RECIPES", None)
    os.chdir(folder)
    try:
        yield Desk(folder, tiny_body_model)
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ |= before


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_the_commands_of_a_page_do_what_it_says(
    page: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # few pictures, as sticks: how they look is not asked here
    few = partial(picture_strip, count=2)
    monkeypatch.setattr("retarget.report.page.picture_strip", lambda rows, **_: few(rows))
    monkeypatch.setattr("retarget.report.renderers._context_class", lambda: None)
    assert desk.work(page) == []
