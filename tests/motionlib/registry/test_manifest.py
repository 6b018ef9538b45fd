import json
import os

import pytest

from motionlib.errors import RegistryError
from motionlib.registry.manifest import (
    ArtifactFacts,
    ArtifactFile,
    ArtifactManifest,
    Parent,
    content_sha256,
    facts_from_mapping,
    json_from_manifest,
    load_manifest,
)


def _manifest() -> ArtifactManifest:
    return ArtifactManifest(
        entity="local",
        project="motions",
        name="walk",
        version=2,
        type="motions",
        files={"motion.npz": ArtifactFile(sha256="a" * 64, size=3)},
        parents=(Parent(reference="reference_motions.pkl", sha256="b" * 64, kind="file"),),
        facts=facts_from_mapping(
            {
                "robot": "microduck",
                "fps": 50.0,
                "motion_names": ["x", "y"],
                "note": {"k": [1, None]},
            }
        ),
    )


def test_round_trip_is_deterministic(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json_from_manifest(_manifest()))
    assert load_manifest(path) == _manifest()
    assert json_from_manifest(load_manifest(path)) == path.read_text()


def test_unknown_metadata_goes_to_extra():
    facts = _manifest().facts
    assert facts.motion_names == ("x", "y")
    assert facts.extra == {"note": {"k": [1, None]}}
    assert facts_from_mapping(None) == ArtifactFacts()


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_metadata_that_is_not_json_is_refused(value):
    with pytest.raises(RegistryError, match="not plain JSON"):
        facts_from_mapping({"note": value})


def test_content_hash_ignores_order_and_sees_names_and_bytes():
    one, two = ArtifactFile(sha256="a" * 64, size=1), ArtifactFile(sha256="b" * 64, size=1)
    assert content_sha256({"x": one, "y": two}) == content_sha256({"y": two, "x": one})
    assert content_sha256({"x": one, "y": two}) != content_sha256({"x": two, "y": one})


def test_a_changed_manifest_is_refused(tmp_path):
    path = tmp_path / "manifest.json"
    body = json.loads(json_from_manifest(_manifest()))
    body["files"]["motion.npz"]["sha256"] = "c" * 64
    path.write_text(json.dumps(body))
    with pytest.raises(RegistryError, match=r"manifest\.json: manifest_sha256 .* was changed"):
        load_manifest(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "\x00"])
def test_a_file_that_is_no_manifest_is_refused(tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(RegistryError, match="not an artifact manifest"):
        load_manifest(path)


def test_another_schema_is_refused(tmp_path):
    path = tmp_path / "manifest.json"
    body = json.loads(json_from_manifest(_manifest()))
    path.write_text(json.dumps({**body, "schema_version": 99}))
    with pytest.raises(RegistryError, match="schema_version is 99, expected 1"):
        load_manifest(path)


def test_a_manifest_beyond_all_measure_is_not_read(tmp_path):
    path = tmp_path / "manifest.json"
    path.touch()
    os.truncate(path, (64 << 20) + 1)
    with pytest.raises(
        RegistryError, match=r"not an artifact manifest .*expected 67108864 at most"
    ):
        load_manifest(path)
