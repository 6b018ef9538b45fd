"""The code that learns is named by its meaning: what tells of it leaves the name as it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import motionlib
from training import learning_code as module
from training.config import load_experiment
from training.learning_code import learning_code

ROOT = Path(__file__).resolve().parents[2]
MICRODUCK = ROOT / "training/experiments/mimic/microduck.py"


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A copy of the rooms that learn, to be changed."""
    for room in ("motionlib", "training"):
        without = shutil.ignore_patterns("__pycache__", "*.j2")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=without)
    monkeypatch.setattr(motionlib, "__path__", [str(tmp_path / "motionlib")])
    monkeypatch.setattr(module, "_ROOT", tmp_path)
    return tmp_path


def test_a_change_of_what_learns_moves_it_and_no_other(house, edit_file):
    path = house / "training/experiments/mimic/microduck.py"
    before = learning_code(path)
    assert len(before) == 16
    for name in (
        "training/progress.py",
        "training/wandb_sink.py",
        "training/evaluation/report.py",
        "training/evaluation/plots.py",
        "training/envs/presets.py",  # gives the experiment values, which it has
        "motionlib/registry/local.py",
        "motionlib/human/conversion.py",
    ):
        file = house / name
        file.write_text(file.read_text() + "\nADDED = 1\n")
        assert learning_code(path) == before, name
    for name in (
        "training/agents/ppo.py",
        "training/agents/losses.py",
        "training/envs/measures/effort.py",
        "training/envs/views/ground.py",
        "training/envs/commands/sampling.py",
        "training/envs/terms/rewards.py",
        "training/simulators/mujoco_sensors.py",
        "training/scoring.py",
        "training/trainer.py",
        "motionlib/rotations.py",
    ):
        file = house / name
        text = file.read_text()
        file.write_text(f"# a comment\n{text}")
        assert learning_code(path) == before, name
        file.write_text(text + "\nADDED = 1\n")
        assert learning_code(path) != before, name
        file.write_text(text)


def test_what_an_experiments_imports_declare_counts(house):
    path = house / "training/experiments/mimic/microduck.py"
    before = learning_code(path)
    other = house / "training/experiments/mimic/own.py"
    other.write_text("from training.envs import presets\n\n@presets.declared\ndef own(): ...\n")
    path.write_text(f"from training.experiments.mimic import own\n{path.read_text()}")
    found = learning_code(path)
    assert found != before
    presets = house / "training/envs/presets.py"
    presets.write_text(presets.read_text() + "\nADDED = 1\n")
    assert learning_code(path) not in {found, before}


def test_the_experiment_adds_nothing_where_all_is_of_the_house(tmp_path):
    experiment = load_experiment(MICRODUCK)
    known = {learning_code(MICRODUCK), learning_code(MICRODUCK, experiment)}
    known |= {learning_code(None), learning_code(tmp_path / "x.yaml", experiment)}
    assert len(known) == 1


MEASURE = """
from training.config import Experiment
from training.envs.config import EnvConfig
from training.envs.measures.base import measure

@measure(unit="1")
def learning_code_nothing(now):
    \"\"\"Nothing.\"\"\"
    return now.goal.anchor_pos[:, 0] * 0.0

def experiment():
    return Experiment(name="x", robot="g1", env=EnvConfig(log=("learning_code_nothing",)))
"""


def test_an_experiments_file_counts_where_it_declares_something(tmp_path):
    path = tmp_path / "own.py"

    def code(text):
        path.write_text(text)
        return learning_code(path)

    plain = code("from training.config import Experiment\nSEED = 1\n")
    assert code("from training.config import Experiment\nSEED = 2\n") == plain
    own = code(MEASURE)
    assert own != plain
    assert code(MEASURE.replace("Nothing.", "Nothing at all.")) == own
    assert code(MEASURE.replace("* 0.0", "* 1.0")) not in {own, plain}
    copy = tmp_path / "run" / "experiment_config.py"
    copy.parent.mkdir()
    copy.write_text(MEASURE)
    assert learning_code(copy) == own
    path.write_text(MEASURE)
    assert learning_code(path, load_experiment(path)) == own


def test_what_is_used_by_name_counts_wherever_it_is_written(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    declared, made = MEASURE.split("\ndef experiment():")
    own = tmp_path / "learning_code_own_measures.py"
    own.write_text(declared.replace("learning_code_nothing", "learning_code_foreign"))
    path = tmp_path / "names_it.py"
    path.write_text(
        "import learning_code_own_measures\nfrom training.config import Experiment\n"
        "from training.envs.config import EnvConfig\n\ndef experiment():"
        + made.replace("learning_code_nothing", "learning_code_foreign")
    )
    experiment = load_experiment(path)
    before = learning_code(path, experiment)
    own.write_text(own.read_text().replace("* 0.0", "* 2.0"))
    assert learning_code(path, experiment) != before


def test_it_is_asked_for_without_torch():
    code = (
        "import sys\nfrom pathlib import Path\nfrom training.learning_code import learning_code\n"
        f"learning_code(Path({str(MICRODUCK)!r}))\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
