from motionlib.human.readers.amass import probe_amass


def test_a_folder_is_written_and_the_same_seed_writes_it_again(motion, tmp_path):
    options = ("--clips", 4, "--seed", 5, "--seconds", 0.6, 1.0, "--rates", 60, 100)
    for name in ("one", "two"):
        done = motion("synthesize-amass", "--output", tmp_path / name, *options)
        assert done.status == 0, done.errors
        assert "4 clips in" in done.errors
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.npz")}
        for n in ("one", "two")
    )
    assert one == two
    assert {probe_amass(tmp_path / "one" / path).fps for path in one} <= {60.0, 100.0}


def test_broken_files_are_added_when_asked_for(motion, tmp_path):
    done = motion("synthesize-amass", "--output", tmp_path / "a", "--clips", 1, "--bad",
                  "--seconds", 0.6, 1.0)  # fmt: skip
    assert done.status == 0, done.errors
    assert "1 clip and" in done.errors
    assert (tmp_path / "a" / "CMU" / "broken" / "lfs_pointer_poses.npz").is_file()


def test_a_slip_is_explained(motion, tmp_path):
    output = tmp_path / "a"
    done = motion("synthesize-amass", "--output", output, "--actions", "wakl")
    assert done.status == 2
    assert "nearest: walk" in done.errors
    assert motion("synthesize-amass", "--output", output, "--seconds", 3, 2).status == 2
    assert motion("synthesize-amass", "--output", output, "--robot", "microduck").status == 2
    assert not list(tmp_path.rglob("*.npz"))
