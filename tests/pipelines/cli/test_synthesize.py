import numpy as np
import pytest

from motionlib.files import data_folder
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


def test_the_sample_motions_are_what_the_plain_command_makes(motion, tmp_path, microduck):
    output = tmp_path / "r.pkl"
    assert motion("synthesize", "microduck", "--output", output).status == 0
    made = read_polynomials(output, microduck).motions
    sample = data_folder() / "motions" / "microduck" / "reference_motions.pkl"
    kept = read_polynomials(sample, microduck).motions
    assert [each.name for each in made] == [each.name for each in kept]
    assert len(kept) >= 7 * 5 * 7
    phase = np.linspace(0.0, 1.0, 9)[:, None] ** np.arange(kept[0].dof_pos.shape[1])
    for one, other in zip(made, kept, strict=True):
        # angles, not coefficients: another linear algebra library may round those differently
        np.testing.assert_allclose(phase @ one.dof_pos.T, phase @ other.dof_pos.T, atol=1e-5)


def test_standing_alone_is_a_grid_too(motion, tmp_path, microduck):
    output = tmp_path / "r.pkl"
    still = ("--dx", 0, 0, 1, "--dy", 0, 0, 1, "--dtheta", 0, 0, 1)
    assert motion("synthesize", "microduck", "--output", output, *still).status == 0
    assert len(read_polynomials(output, microduck).motions) == 1


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
