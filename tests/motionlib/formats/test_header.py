"""What our files say about themselves."""

import pytest

from motionlib.errors import FormatError, RobotError
from motionlib.formats.header import (
    check_robot,
    check_schema_version,
    json_from_provenance,
    provenance_from_json,
    relative_name,
)
from motionlib.motion import Provenance


@pytest.mark.parametrize("command", [None, (0.1, -0.2, 1.5)])
def test_provenance_survives_json(command):
    before = Provenance(source="ä.pkl:0.1", source_sha256="ff", steps=("a", "b"), command=command)
    assert provenance_from_json(json_from_provenance(before), "x") == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"source": "a"}', "\x00", '{"command": 3}'])
def test_bad_provenance_is_refused(text):
    with pytest.raises(FormatError, match=r"m\.npz: walk: provenance is not readable"):
        provenance_from_json(text, "m.npz: walk")


def test_newer_schema_is_refused():
    check_schema_version(1, "x")
    for version in (0, 2, "1", None):
        with pytest.raises(FormatError, match="schema_version"):
            check_schema_version(version, "x")


def test_robot_is_told_by_hash_then_by_name(microduck):
    known = microduck.semantic_sha256
    assert check_robot(microduck, name="renamed", semantic_sha256=known, where="x") == ""
    assert check_robot(microduck, name=microduck.name, semantic_sha256="old", where="x")
    with pytest.raises(RobotError, match="written for robot 'g1'"):
        check_robot(microduck, name="g1", semantic_sha256="old", where="x")


def test_sources_are_named_without_folders(tmp_path):
    assert relative_name(tmp_path / "a.csv") == "a.csv"
