from pathlib import Path

import pytest


@pytest.fixture
def published(motion, npz_folder):
    motion("publish", npz_folder / "0.0_0.0_0.0.npz", "--name", "stand")
    motion("publish", npz_folder / "0.1_0.0_0.0.npz", "--name", "walk")
    motion("publish", npz_folder / "0.0_0.0_0.5.npz", "--name", "walk", "--parent", "stand")
    return npz_folder


def test_pull_prints_verified_paths_or_copies(motion, published, tmp_path):
    original = (published / "0.1_0.0_0.0.npz").read_bytes()
    done = motion("pull", "walk:v0")
    assert Path(done.output.strip()).read_bytes() == original
    done = motion("pull", "walk:v0", "--output-dir", tmp_path / "here")
    assert done.output.strip() == str(tmp_path / "here" / "motion.npz")
    assert (tmp_path / "here" / "motion.npz").read_bytes() == original


def test_pull_refuses_changed_bytes_and_unknown_names(motion, published):
    path = Path(motion("pull", "walk").output.strip())
    path.chmod(0o644)
    path.write_bytes(b"changed")
    done = motion("pull", "walk")
    assert done.status == 2
    assert f"{path}: content of local/motions/walk:v1 changed on disk" in done.errors
    assert "nearest: walk" in motion("pull", "wlak").errors


def test_artifacts_lists_the_newest_of_each_and_the_versions_of_one(motion, published):
    rows = motion("artifacts").output.splitlines()
    assert [row.split()[0] for row in rows[1:]] == [
        "local/motions/stand:v0",
        "local/motions/walk:v1",
    ]
    output = motion("artifacts", "walk").output
    table, _, lineage = output.partition("\nlineage:\n")
    assert [row.split()[0] for row in table.splitlines()[1:]] == [
        "local/motions/walk:v0",
        "local/motions/walk:v1",
    ]
    assert [(len(row) - len(row.lstrip()), row.split()[0]) for row in lineage.splitlines()] == [
        (2, "local/motions/walk:v1"),
        (4, "local/motions/stand:v0"),
        (6, "reference_motions.pkl"),
    ]


def test_an_empty_registry_says_how_to_begin(motion):
    done = motion("artifacts")
    assert done.status == 0
    assert "motion publish --help" in done.errors
    assert motion("artifacts", "walk").status == 2


def test_pull_writes_nothing_through_a_link_out_of_its_output(motion, published, tmp_path):
    out, elsewhere = tmp_path / "here", tmp_path / "elsewhere.npz"
    out.mkdir()
    elsewhere.write_bytes(b"mine")
    (out / "motion.npz").symlink_to(elsewhere)
    done = motion("pull", "walk:v0", "--output-dir", out)
    assert done.status == 2
    assert "a symbolic link there leads out of" in done.errors
    assert elsewhere.read_bytes() == b"mine"


def test_pull_of_a_hostile_registry_writes_nothing(motion, published, tmp_path):
    from motionlib.registry.manifest import ArtifactFile, ArtifactManifest, json_from_manifest

    motions = Path(motion("pull", "walk:v0").output.strip()).parents[2]
    manifest = ArtifactManifest(
        entity="local", project="motions", name="evil", version=0, type="motions",
        files={"../../escaped.npz": ArtifactFile(sha256="a" * 64, size=1)},
    )  # fmt: skip
    (motions / "evil" / "v0").mkdir(parents=True)
    (motions / "evil" / "v0" / "manifest.json").write_text(json_from_manifest(manifest))
    done = motion("pull", "evil:v0", "--output-dir", tmp_path / "a" / "b" / "here")
    assert done.status == 2
    assert "manifest.json: nothing of this artifact is used: artifact file name '..'" in done.errors
    assert not (tmp_path / "a").exists()
