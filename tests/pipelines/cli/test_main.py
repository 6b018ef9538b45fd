import os
import shlex
import subprocess
import sys

import pytest
import tyro

from motionlib.errors import RegistryError
from pipelines.cli.commands import COMMANDS, EXAMPLES, GROUPS
from pipelines.cli.main import _parse, main
from pipelines.cli.overview import first_line, version
from pipelines.cli.programs import PROGRAMS
from training.arguments import TrainArguments
from training.inference_agent import InferenceArguments

OPTIONS = {"train": TrainArguments, "evaluate": InferenceArguments}


def test_help_says_what_this_is_for_and_lists_every_command_in_its_group(motion):
    done = motion("--help")
    assert done.status == 0
    assert "Reference motions".lower() in done.output.lower().split("\n\n")[1]
    blocks = {block.splitlines()[0]: block for block in done.output.split("\n\n")}
    for group, commands in GROUPS.items():
        for name, kind in commands.items():
            beginning = " ".join(first_line(kind).split()[:3])
            assert any(
                line.split()[0] == name and beginning in line
                for line in blocks[f"{group}:"].splitlines()[1:]
            ), name
    assert "Exit status: 0 done" in done.output
    assert motion().output == motion("-h").output == done.output


def test_every_command_has_examples():
    assert set(EXAMPLES) == set(COMMANDS)


def test_the_version_is_that_of_the_package(motion):
    done = motion("--version")
    assert (done.status, done.output) == (0, f"{version()}\n")
    assert done.output.startswith("motion-workbench")


def test_a_mistyped_command_offers_the_nearest(motion):
    done = motion("convret", "x.pkl")
    assert (done.status, done.output) == (2, "")
    assert done.errors.startswith("motion: no command 'convret'; nearest: convert")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_help_of_a_command_shows_its_examples(motion, name):
    done = motion(name, "--help")
    assert done.status == 0
    assert EXAMPLES[name][0] in done.output


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in EXAMPLES.items() for line in lines]
)
def test_examples_are_understood(name, line):
    words = shlex.split(line.replace("\\\n", " "))
    words = words[words.index("motion") :]
    assert words[1] == name
    if name in PROGRAMS:
        assert tyro.cli(OPTIONS[name], args=words[2:])
        return
    command = _parse(words[1:])
    assert callable(command.run)


def test_a_slip_is_explained_on_stderr_with_status_2(motion):
    done = motion("convert", "x.pkl", "--outptu-dir", "d")
    assert done.status == 2
    assert "--output-dir" in done.errors
    assert motion("convret").status == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("robot", "lsit"), "motion robot: no command 'lsit'; nearest: list"),
        (("lib", "megre", "a.pt"), "motion lib: no command 'megre'; nearest: merge"),
        (
            ("lib", "merge", "a.pt", "--ouptut", "c.pt"),
            "motion: no option --ouptut; nearest: --outp",
        ),
        (
            ("retarget", "reprot"),
            "motion: retarget: no command and no file 'reprot'; nearest: repo",
        ),
        (("retarget", "clips", "--robt", "g1"), "motion: no option --robt; nearest: --robot"),
        (
            ("list", "recipse"),
            "motion: invalid choice 'recipse' for argument 'kind'. Expected one ",
        ),
        (("pack", "x"), "motion pack: missing: --output PATH; --help says what they are"),
        (("train", "--sede", "1"), "motion train: no option --sede; nearest: --seed"),
    ],
)
def test_slips_below_the_top_are_one_line_with_the_nearest(motion, words, line):
    done = motion(*words)
    assert (done.status, done.output) == (2, "")
    (only,) = done.errors.splitlines()
    assert only.startswith(line)
    assert "None" not in only


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_the_commands(motion, shell):
    done = motion("--tyro-print-completion", shell)
    assert (done.status, done.errors) == (0, "")
    for name in COMMANDS:
        assert name in done.output, name


def test_errors_have_no_traceback_unless_asked_for(motion, tmp_path, monkeypatch):
    done = motion("pull", "walk")
    assert done.status == 2
    assert done.output == ""
    assert done.errors.startswith("motion: ")
    assert "Traceback" not in done.errors

    with pytest.raises(RegistryError):
        main(["pull", "walk", "--debug"])
    monkeypatch.setenv("MOTION_DEBUG", "1")
    with pytest.raises(RegistryError):
        main(["pull", "walk"])


def test_errors_of_the_system_begin_with_the_file(motion, tmp_path):
    done = motion("inspect", tmp_path / "gone.npz")
    assert done.errors == f"motion: {tmp_path / 'gone.npz'}: No such file or directory\n"
    (tmp_path / "file").touch()
    options = ("--output", tmp_path / "file" / "r.pkl", "--dx", 0, 0, 1, "--dy", 0, 0, 1)
    done = motion("synthesize", "microduck", *options, "--dtheta", 0, 0, 1)
    assert done.errors.startswith(f"motion: cannot write {tmp_path / 'file' / 'r.pkl'}: ")


def test_help_loads_neither_torch_nor_mujoco_nor_wandb():
    program = (
        "import sys; from pipelines.cli.main import main; main(['--help']);"
        "heavy = {'torch', 'mujoco', 'wandb', 'dagster', 'scipy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_closes_early_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "pipelines.cli.main", "robot", "check", "microduck"]
    done = subprocess.run(command, check=False, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
