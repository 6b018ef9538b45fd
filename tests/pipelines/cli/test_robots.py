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
