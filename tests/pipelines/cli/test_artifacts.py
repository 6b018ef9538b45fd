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
