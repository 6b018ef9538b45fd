import pytest

from motionlib.registry.local import LocalRegistry
from pipelines.cli.publish import facts_of_files


@pytest.fixture
def walk(motion, npz_folder, tmp_path):
    motion("concat", npz_folder, "--output", tmp_path / "walk.npz", "--strategy", "all")
    return tmp_path / "walk.npz"


def test_publishing_prints_the_reference_and_records_facts_and_source(motion, walk, microduck):
    done = motion("publish", walk, "--name", "microduck-walk", "--alias", "best", "--alias", "demo")
    assert done.status == 0, done.errors
    assert done.output == "local/motions/microduck-walk:v0\n"
    version = LocalRegistry().pull("microduck-walk:best")
    assert version.aliases == ("best", "demo", "latest")
    assert list(version.files) == ["motion.npz"]
    facts = version.manifest.facts
    assert (facts.robot, facts.robot_sha256) == ("microduck", microduck.semantic_sha256)
    assert facts.body_names == microduck.body_names
    assert facts.fps == 50.0
    assert facts.velocity_rule == "central"
    assert "0.1_0.0_0.0" in facts.motion_names
    (source,) = version.manifest.parents
    assert (source.reference, source.kind) == ("reference_motions.pkl", "file")


def test_publishing_again_makes_no_version(motion, walk):
    motion("publish", walk, "--name", "walk")
    again = motion("publish", walk, "--name", "walk")
    assert again.output == "local/motions/walk:v0\n"
    assert "identical content was there already" in again.errors


def test_parents_and_places(motion, walk, npz_folder, tmp_path):
    motion("publish", walk, "--name", "walk", "--entity", "me", "--project", "demo")
    motion("pack", npz_folder, "--output", tmp_path / "walk.pt")
    done = motion("publish", tmp_path / "walk.pt", "--name", "lib", "--parent", "me/demo/walk")
    assert done.status == 0, done.errors
    parents = LocalRegistry().pull("lib").manifest.parents
    assert {parent.reference for parent in parents} == {"me/demo/walk:v0", "reference_motions.pkl"}
    facts, _ = facts_of_files((tmp_path / "walk.pt",))
    assert facts["robot"] == "microduck"
    assert facts["velocity_rule"] == "forward_min3"


def test_what_cannot_be_published(motion, walk, tmp_path):
    gone = motion("publish", tmp_path / "gone.npz", "--name", "walk")
    assert gone.status == 2
    assert "no such file" in gone.errors
    assert motion("publish", walk, "--name", "../walk").status == 2
    assert "--registry wandb" in motion("publish", walk, "--name", "walk", "--link").errors
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK")
    assert "broken.npz" in motion("publish", broken, "--name", "walk").errors


def test_offline_wandb_from_the_command_line(walk, tmp_path, run_child, monkeypatch):
    pytest.importorskip("wandb", reason="the wandb extra is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    for name in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    program = "import sys; from pipelines.cli.main import main; sys.exit(main(sys.argv[1:]))"
    options = ("--name", "walk", "--registry", "wandb", "--entity", "me")
    assert run_child(program, "publish", walk, *options).finish().startswith(
        "me/motions/walk:offline-"
    )  # fmt: skip
    pull = run_child(program, "pull", "me/motions/walk", "--registry", "wandb")
    _, errors = pull.process.communicate(timeout=60)
    assert pull.process.returncode == 2
    assert "set WANDB_MODE=online" in errors
