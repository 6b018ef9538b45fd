import shutil

from motionlib.files import data_folder


def test_the_list_names_the_robots_that_come_along(motion):
    done = motion("robot", "list")
    assert done.status == 0
    names = [row.split()[0] for row in done.output.splitlines()[1:]]
    assert {"g1", "microduck"} <= set(names)


def test_check_says_what_was_understood(motion, microduck):
    done = motion("robot", "check", "microduck", "--profile", "soft")
    assert done.status == 0, done.errors
    assert "soft (default): every joint" in done.output
    assert "fell after" in done.output, "soft servos do not hold the default pose"
    for name in (*microduck.body_names, *microduck.dof_names):
        assert name in done.output


def test_check_names_what_the_model_says_beside_the_yaml(motion, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(data_folder() / "robots" / "microduck", folder)
    xml = folder / "robot.xml"
    text = xml.read_text().replace("<option ", '<option gravity="0 0 0" ', 1)
    xml.write_text(text.replace('name="left_knee"', 'name="left_knee" actuatorfrcrange="-.1 .1"'))
    done = motion("robot", "check", folder, "--profile", "soft")
    assert done.status == 0, done.errors
    assert "fell after" in done.output, "gravity acts in the trial"
    rows = [line.split() for line in done.output.splitlines()]
    assert ["effort_limit", "0.1", "0.91", "0.91", "overridden", "left_knee"] in rows
    assert any(row[:4] == ["gravity", "(0", "0", "0)"] for row in rows)


def test_a_robot_outside_the_checkout_is_used_by_path(motion, tmp_path, references):
    folder = tmp_path / "mine"
    shutil.copytree(data_folder() / "robots" / "microduck", folder)
    done = motion("robot", "check", folder / "robot.yaml")
    assert done.status == 0, done.errors
    assert str(folder) in done.output
    options = ("--robot", folder / "robot.yaml", "--output-dir", tmp_path / "npz")
    assert motion("convert", references, *options).status == 0


def test_a_broken_robot_is_a_clear_error(motion, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(data_folder() / "robots" / "microduck", folder)
    yaml = folder / "robot.yaml"
    yaml.write_text(yaml.read_text().replace("trunk_base", "trunk_bse"))
    done = motion("robot", "check", folder)
    assert done.status == 2
    assert "robot.yaml" in done.errors
    assert "nearest" in motion("robot", "check", "microdukc").errors


def test_check_understands_a_humanoid(motion):
    done = motion("robot", "check", "smpl", "--trial-s", "0.5")
    assert done.status == 0, done.errors
    assert "69, exponential map" in done.output
    assert "0.5 s; no self-contact" in done.output


def test_a_humanoid_is_built_from_the_table(motion, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = motion("robot", "build", "smplx")
    assert done.status == 0, done.errors
    ours = data_folder() / "robots" / "smplx"
    for name in ("robot.xml", "robot.yaml"):
        assert (tmp_path / "smplx" / name).read_bytes() == (ours / name).read_bytes()
    assert "52 bodies, 153 dofs, 70.0 kg" in done.output


def test_a_humanoid_is_built_from_a_body_model(motion, tmp_path, tiny_body_model):
    model = tmp_path / "SMPL_FEMALE.pkl"
    model.write_bytes(tiny_body_model.published_pickle(tiny_body_model.tiny_arrays()))
    out = tmp_path / "out put"
    options = ("--model-path", model, "--betas", "1.0", "-0.5", "--output", out)
    done = motion("robot", "build", "smpl", *options)
    assert done.status == 0, done.errors
    assert "smpl_female, 24 bodies, 69 dofs" in done.output
    assert "betas 1, -0.5" in (out / "robot.yaml").read_text()
    assert motion("robot", "check", out, "--trial-s", "0").status == 0


def test_build_says_what_is_wrong(motion, tmp_path, tiny_body_model):
    model = tmp_path / "SMPL_MALE.pkl"
    model.write_bytes(tiny_body_model.published_pickle(tiny_body_model.tiny_arrays()))
    wrong = motion("robot", "build", "smpl", "--model-path", model, "--gender", "female")
    assert (wrong.status, "the name says male" in wrong.errors) == (2, True)
    shapeless = motion("robot", "build", "smpl", "--betas", "1.0")
    assert (shapeless.status, "--model-path" in shapeless.errors) == (2, True)
    pointer = tmp_path / "SMPL_NEUTRAL.pkl"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    lfs = motion("robot", "build", "smpl", "--model-path", pointer)
    assert (lfs.status, "LFS" in lfs.errors) == (2, True)
    named = motion("robot", "build", "smpl", "--name", "two words", "--output", tmp_path / "x")
    assert (named.status, "robot name" in named.errors) == (2, True)


def test_a_first_yaml_is_written_and_checked(motion, tmp_path):
    model = tmp_path / "duck.xml"
    shutil.copy(data_folder() / "robots" / "microduck" / "robot.xml", model)
    bare = motion("robot", "check", model)
    assert (bare.status, f"motion robot init {model}" in bare.errors) == (2, True)
    assert len(bare.errors) < 1000
    done = motion("robot", "init", model, "--out", tmp_path / "mine")
    assert done.status == 0, done.errors
    assert "feet left_foot, right_foot, hands none; it stands for 5 s" in done.output
    assert "# guess" in (tmp_path / "mine" / "robot.yaml").read_text()
    checked = motion("robot", "check", tmp_path / "mine")
    assert checked.status == 0, checked.errors
    assert "5 s; no self-contact" in checked.output
    again = motion("robot", "init", model, "--output", tmp_path / "mine")
    assert (again.status, "is there already" in again.errors) == (2, True)
