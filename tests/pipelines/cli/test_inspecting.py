import json


def test_a_good_file_is_described(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--robot", "microduck")
    assert done.status == 0, done.errors
    assert "stated microduck, asked microduck, fits True" in done.output
    assert "body_quat_w" in done.output
    assert "0.1_0.0_0.0" in done.output


def test_json_is_json(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--json")
    report = json.loads(done.output)
    assert report["num_motions"] == 1
    assert report["velocities"]["stated"] == "central"


def test_a_file_of_another_robot_is_a_problem(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--robot", "g1")
    assert done.status == 1
    assert "problem: " in done.errors
    assert "fits False" in done.output


def test_references_are_listed_for_a_robot(motion, references):
    done = motion("inspect", references, "--robot", "microduck")
    assert done.status == 0, done.errors
    assert [row.split()[0] for row in done.output.splitlines()[1:]] == [
        "-0.1_0.0_0.0", "0.0_0.0_0.0", "0.0_0.0_0.5", "0.1_0.0_0.0",
    ]  # fmt: skip
    assert "add --robot" in motion("inspect", references).errors


def test_what_cannot_be_read_is_an_error(motion, tmp_path):
    (tmp_path / "x.bvh").write_text("HIERARCHY")
    (tmp_path / "x.npz").write_bytes(b"")
    for name in ("x.bvh", "x.npz", "gone.npz"):
        done = motion("inspect", tmp_path / name)
        assert done.status == 2
        assert name in done.errors


def test_real_foreign_files_are_read_without_their_program(motion, test_data):
    files = sorted((test_data / "g1_motion").glob("*.motion"))
    assert files
    for file in files:
        done = motion("inspect", file, "--robot", "g1")
        assert done.status in (0, 1), done.errors
        assert "fits True" in done.output
