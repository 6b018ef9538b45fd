import dataclasses
from pathlib import Path

import pytest

import motionlib
from motionlib.human.settings import ContactRule, HumanSettings
from motionlib.human.skeleton.joint_map import skeleton_maps
from motionlib.imports import source_files
from motionlib.robots.files import load_robot
from motionlib.stages.keys import STAGE_MODULES, clip_key, code_sha256, stage_digest

ROOT = Path(motionlib.__path__[0])


def test_a_key_changes_with_content_part_and_kind_of_file_only(make_row):
    row = make_row("CMU/a", path="CMU/a.npz")
    key = clip_key(row, "digest")
    for changes in ({"sha256": "1" * 64}, {"start_s": 0.5}, {"end_s": 1.5}, {"path": "a.bvh"}):
        assert clip_key(dataclasses.replace(row, **changes), "digest") != key, changes
    assert clip_key(row, "other digest") != key
    for changes in ({"path": "KIT/b.NPZ"}, {"clip_id": "x"}, {"mtime_ns": 5}, {"split": "test"}):
        assert clip_key(dataclasses.replace(row, **changes), "digest") == key, changes


@pytest.mark.parametrize(
    "settings",
    [
        HumanSettings(fps=50.0),
        HumanSettings(velocity_rule="central"),
        HumanSettings(contacts=ContactRule(speed=0.2)),
        HumanSettings(self_penetration=False),
    ],
)
def test_the_digest_changes_with_the_settings(microduck, settings):
    assert stage_digest(microduck, settings) != stage_digest(microduck, HumanSettings())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parts/left_shank.xml", 'pos="0 0 -0.3">', 'pos="0 0 -0.4">'),
        ("robot.yaml", "foot_friction: 0.8", "foot_friction: 0.9"),
    ],
)
def test_the_digest_changes_with_any_file_of_the_robot(biped, edit_file, file, old, new):
    before = stage_digest(load_robot(biped), HumanSettings())
    assert stage_digest(load_robot(biped), HumanSettings()) == before
    edit_file(biped / file, old, new)
    assert stage_digest(load_robot(biped), HumanSettings()) != before


def test_the_digest_changes_with_a_mesh(biped, write_stl):
    before = stage_digest(load_robot(biped), HumanSettings())
    write_stl(biped / "meshes" / "shell.stl", size=0.3)
    assert stage_digest(load_robot(biped), HumanSettings()) != before


def test_the_order_of_contact_rules_counts(microduck):
    rules = {"L_*": ContactRule(speed=0.1), "*_Toe": ContactRule(speed=0.2)}
    one = HumanSettings(contacts_of=rules)
    other = HumanSettings(contacts_of=dict(reversed(rules.items())))
    assert stage_digest(microduck, one) != stage_digest(microduck, other)


def test_the_digest_changes_with_the_robot(microduck, g1):
    settings = HumanSettings()
    assert stage_digest(microduck, settings) != stage_digest(g1, settings)


def test_the_digest_changes_with_the_joint_map_that_was_asked_for(microduck):
    settings = HumanSettings()
    one, other = skeleton_maps()[:2]
    digests = {stage_digest(microduck, settings, choice) for choice in (None, one, other)}
    assert len(digests) == 3
    assert stage_digest(microduck, settings, one) in digests


def test_the_code_is_what_conversion_and_readers_import():
    files = {file.relative_to(ROOT).as_posix() for file in source_files(STAGE_MODULES)}
    determined = {
        "human/conversion.py",
        "human/readers/by_suffix.py",
        "human/clip.py",
        "human/settings.py",
    }
    assert determined | {"human/readers/amass.py", "human/readers/bvh.py", "robot.py"} <= files
    assert not {"human/states.py", "library.py", "corpus/row.py", "quality.py"} & files
    assert len(code_sha256(STAGE_MODULES)) == 64


def test_a_comment_in_the_code_recomputes_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "motionlib"
    folder.mkdir()
    monkeypatch.setattr(motionlib, "__path__", [str(folder)])
    (folder / "a.py").write_text("from motionlib import b\n")
    found = []
    for text in ("LIMIT = 1\n", '"""A limit."""\n\nLIMIT = 1  # m\n', "LIMIT = 2\n"):
        (folder / "b.py").write_text(text)
        found.append(code_sha256.__wrapped__(("motionlib.a",)))
    assert found[0] == found[1] != found[2]
