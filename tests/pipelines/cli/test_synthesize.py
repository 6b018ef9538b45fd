import pytest

from motionlib.formats.polynomial import read_polynomials

_GRID = ("--dx", -0.1, 0.1, 2, "--dy", 0, 0, 1, "--dtheta", 0, 0, 1)


def test_a_grid_always_has_standing(motion, tmp_path, microduck):
    output = tmp_path / "r.pkl"
    done = motion("synthesize", "microduck", "--output", output, *_GRID)
    assert done.status == 0, done.errors
    commands = [each.command for each in read_polynomials(output, microduck).motions]
    assert sorted(commands) == [(-0.1, 0.0, 0.0), (0.0, 0.0, 0.0), (0.1, 0.0, 0.0)]
    again = tmp_path / "again.pkl"
    motion("synthesize", "microduck", "--output", again, *_GRID)
    assert again.read_bytes() == output.read_bytes()


def test_period_and_lift_are_obeyed(motion, tmp_path, microduck):
    output = tmp_path / "r.pkl"
    options = ("--period", 0.64, "--lift", 0.02)
    assert motion("synthesize", "microduck", "--output", output, *_GRID, *options).status == 0
    periods = {
        each.period_s for each in read_polynomials(output, microduck).motions if any(each.command)
    }
    assert periods == {0.64}


def test_what_is_out_of_reach_is_listed(motion, tmp_path):
    grid = ("--dx", 0, 5, 2, "--dy", 0, 0, 1, "--dtheta", 0, 0, 1)
    done = motion("synthesize", "microduck", "--output", tmp_path / "r.pkl", *grid)
    assert done.status == 1
    assert "5_0_0" in (tmp_path / "reports" / "r.pkl.rejected.csv").read_text()


@pytest.mark.parametrize("axis", [(1, 0, 2), (0, 1, 0), (0, 1, 1)])
def test_a_senseless_axis_is_refused(motion, tmp_path, axis):
    done = motion("synthesize", "microduck", "--output", tmp_path / "r.pkl", "--dx", *axis)
    assert done.status == 2
    assert "MIN MAX COUNT" in done.errors
    assert not (tmp_path / "r.pkl").exists()
