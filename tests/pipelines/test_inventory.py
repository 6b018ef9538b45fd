from dataclasses import replace
from pathlib import Path

import pytest

from motionlib.registry import open_registry
from motionlib.registry.manifest import ArtifactFacts
from motionlib.robot import Robot
from pipelines.inventory import (
    artifact_rows,
    duration,
    motions_in,
    policy_rows,
    recipe_rows,
    robot_rows,
    scaled,
)
from training.checkpoint import UNNOTED, CheckpointFacts, save_checkpoint
from training.config import load_experiment, yaml_from_experiment
from training.learning_code import learning_code

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = ROOT / "training/experiments/mimic/microduck.py"
MINE = """
name: mine
description: My duck.
robot: microduck
source: {path: a.pkl}
artifact: {name: mine}
training: {experiment: e.py, max_steps: 12_000}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    return tmp_path


def test_recipes_with_the_broken_ones(folder: Path) -> None:
    (folder / "mine.yaml").write_text(MINE)
    (folder / "bad.yaml").write_text("name: bad\nrobto: g1\n")
    rows = {row["name"]: row for row in recipe_rows()}
    assert rows["mine"] == {
        "name": "mine",
        "kind": "walking references",
        "robots": "microduck",
        "trains": "e, 12 k steps",
        "description": "My duck.",
    }
    assert rows["amass_g1"]["robots"] == "smpl → g1"
    assert rows["bad"]["kind"] == "broken"
    assert "robto is unknown" in rows["bad"]["description"]


def test_robots_say_which_recipes_train_them(folder: Path, biped: Path) -> None:
    (folder / "mine.yaml").write_text(MINE)
    own = MINE.replace("name: mine\nd", "name: own\nd").replace("microduck", str(biped))
    (folder / "own.yaml").write_text(own)
    lost = MINE.replace("name: mine\nd", "name: lost\nd").replace("microduck", "./gone")
    (folder / "lost.yaml").write_text(lost)
    rows = {row["name"]: row for row in robot_rows()}
    assert rows["microduck"] == {
        "name": "microduck",
        "dofs": "14",
        "bodies": "19",
        "mass": "0.889 kg",
        "trained by": "microduck_walk, mine",
        "file": "",
    }
    assert rows["g1"]["trained by"] == "demo_g1"
    assert rows["h1"]["trained by"] == ""
    assert (rows["biped"]["trained by"], rows["biped"]["file"]) == ("own", str(biped))
    assert (rows["biped"]["dofs"], rows["biped"]["mass"]) == ("6", "11 kg")
    assert "expected a known name" in rows[str(folder / "gone")]["file"]


def test_artifacts_with_their_versions_and_aliases(motion_home: Path, tmp_path: Path) -> None:
    assert artifact_rows() == []
    registry = open_registry("local")
    for content, aliases in (("one", ["best"]), ("two", ["latest"])):
        (tmp_path / "walk.npz").write_text(content)
        facts = {"robot": "microduck", "motion_names": ["a", "b"]}
        registry.publish(
            {"walk.npz": tmp_path / "walk.npz"}, name="walk", aliases=aliases, metadata=facts
        )
    (row,) = artifact_rows()
    assert row["name"].endswith("motions/walk")
    assert (row["versions"], row["robot"], row["motions"]) == ("2", "microduck", "2")
    assert row["aliases"] == "best (v0), latest (v1)"
    assert len(row["newest"]) == len("2026-01-31 12:00")


def test_libraries_count_the_clips_of_their_splits() -> None:
    assert motions_in(ArtifactFacts()) == 0
    assert motions_in(ArtifactFacts(motion_names=("a", "b"))) == 2
    clips = {"train_clips": 3, "test_clips": 1}
    assert motions_in(ArtifactFacts(extra={"clips": clips})) == 4


def test_durations_have_the_unit_that_people_use() -> None:
    assert [duration(s) for s in (0.0, 42.84, 90.0, 5400.0, 144_000.0)] == [
        "0 s",
        "42.8 s",
        "1.5 min",
        "1.5 h",
        "40 h",
    ]


def facts_of(robot: Robot) -> CheckpointFacts:
    experiment = load_experiment(EXPERIMENT)
    return CheckpointFacts(
        robot_name=robot.name,
        robot_sha256=robot.sha256,
        robot_semantic_sha256=robot.semantic_sha256,
        motions_reference="local/motions/walk:v1",
        motions_sha256="",
        artifact_sha256="",
        num_motions=1,
        obs_dims={},
        num_actions=14,
        experiment_yaml=yaml_from_experiment(experiment),
        code_version="",
        seed=0,
        step_count=5_013_504,
        score=0.8132,
        learning_codes=(learning_code(EXPERIMENT, experiment),),
    )


def test_policies_say_whether_the_code_of_today_would_learn_the_same(
    motion_home: Path, microduck: Robot
) -> None:
    assert policy_rows() == []
    facts = facts_of(microduck)
    other = replace(facts, learning_codes=("0" * 16,), score=None, motions_reference="/a/b/walk.pt")
    unnoted = replace(facts, learning_codes=(UNNOTED, *facts.learning_codes), num_motions=0,
                      motions_reference="")  # fmt: skip
    for name, each in {"now": facts, "old": other, "unnoted": unnoted}.items():
        folder = motion_home / "results" / name
        save_checkpoint(folder / "last.ckpt", each, agent={}, env={})
        (folder / "experiment_config.py").write_bytes(EXPERIMENT.read_bytes())
    (motion_home / "results" / "torn").mkdir()
    (motion_home / "results" / "torn" / "last.ckpt").write_bytes(b"half")
    now, old, torn, unsure = policy_rows()
    assert (now["run"], now["robot"], now["steps"], now["score"], now["state"]) == (
        "now",
        "microduck",
        "5.01 M",
        "0.81",
        "current",
    )
    assert now["motions"] == "1 motion of local/motions/walk:v1"
    assert (old["motions"], old["score"]) == ("1 motion of walk.pt", "")
    assert old["state"].startswith("outdated")
    assert torn["state"].startswith("cannot be read: ")
    assert unsure["state"].startswith("unknown")
    assert unsure["motions"] == "none"


def test_numbers_are_rounded_and_singular_where_they_are_one() -> None:
    assert [scaled(n) for n in (0, 900, 9_999, 12_345, 5_000_000, 2_500_000_000)] == [
        "0",
        "900",
        "9999",
        "12.3 k",
        "5 M",
        "2.5 G",
    ]
