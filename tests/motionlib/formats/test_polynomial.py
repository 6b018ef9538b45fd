import pickle
from dataclasses import replace

import numpy as np
import pytest

from motionlib.errors import FormatError, RobotError
from motionlib.formats.polynomial import (
    PolynomialMotion,
    command_from_key,
    command_key,
    read_polynomials,
    save_polynomials,
)


def cycle(robot, command=(0.1, 0.0, -0.5), seed=0):
    random = np.random.default_rng(seed)

    def table(rows):
        return random.normal(size=(rows, 16))

    return PolynomialMotion(
        name=command_key(command),
        command=command,
        period_s=0.5,
        fps=50.0,
        dof_pos=table(robot.num_dofs),
        dof_vel=table(robot.num_dofs),
        foot_contact=table(2),
        base_lin_vel=table(3),
        base_ang_vel=table(3),
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "reference_motions.pkl"


@pytest.fixture
def table(microduck, path):
    """A well-formed file as a dict, to be spoilt."""
    save_polynomials(path, [cycle(microduck), cycle(microduck, (0.0, 0.0, 0.0), 1)], microduck)
    return pickle.loads(path.read_bytes())


def write(path, table):
    path.write_bytes(pickle.dumps(table, protocol=4))


def test_round_trip_and_equal_bytes(microduck, path):
    written = [cycle(microduck), cycle(microduck, (-0.05, 0.1, 0.0), 1)]
    save_polynomials(path, written, microduck)
    first = path.read_bytes()
    file = read_polynomials(path, microduck)
    assert [motion.name for motion in file.motions] == ["-0.05_0.1_0.0", "0.1_0.0_-0.5"]
    assert file.rejected == ()
    for field in ("dof_pos", "dof_vel", "foot_contact", "base_lin_vel", "base_ang_vel"):
        np.testing.assert_array_equal(getattr(file.motions[1], field), getattr(written[0], field))
    save_polynomials(path, reversed(written), microduck)
    assert path.read_bytes() == first


def test_the_layout_is_that_of_the_family(microduck, table):
    entry = table["0.1_0.0_-0.5"]
    assert len(entry["coefficients"]) == 2 * 14 + 8 == 36
    assert len(entry["coefficients"]["dim_0"]) == 16
    assert entry["period"] == 0.5
    assert entry["frame_offsets"]["foot_contacts"] == 53
    assert {"fps", "start_offset", "nb_steps_in_period"} <= set(entry)


def test_extra_joints_are_dropped_by_name(microduck, path):
    order = ("antenna", *reversed(microduck.dof_names))
    wide = replace(microduck, polynomial_dof_names=order)
    motion = cycle(wide)
    save_polynomials(path, [motion], wide)
    stored = pickle.loads(path.read_bytes())[motion.name]["coefficients"]
    assert len(stored) == 2 * 15 + 8
    np.testing.assert_array_equal(stored["dim_14"], motion.dof_pos[0])
    loaded = read_polynomials(path, wide).motions[0]
    np.testing.assert_array_equal(loaded.dof_pos, motion.dof_pos)
    np.testing.assert_array_equal(loaded.dof_vel, motion.dof_vel)
    assert loaded.dropped_dofs == ("antenna",)


def test_a_robot_whose_order_lacks_a_dof_is_refused(microduck, path, table):
    robot = replace(microduck, polynomial_dof_names=microduck.dof_names[1:])
    with pytest.raises(RobotError, match=microduck.dof_names[0]):
        read_polynomials(path, robot)


def test_a_file_of_another_robot_names_the_counts(g1, path, table):
    with pytest.raises(FormatError, match=r"36 dimensions, expected 66.*another robot"):
        read_polynomials(path, g1)


def spoil(change):
    def apply(table):
        change(table["0.1_0.0_-0.5"])

    return apply


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (spoil(lambda e: e.pop("period")), "'period' is missing"),
        (spoil(lambda e: e.update(period=0.0)), "'period' is 0.0"),
        (spoil(lambda e: e.update(period=float("nan"))), "'period' is nan"),
        (spoil(lambda e: e.update(fps="50")), "'fps' is '50'"),
        (spoil(lambda e: e.update(fps=True)), "'fps' is True"),
        (spoil(lambda e: e.pop("coefficients")), "'coefficients' is missing"),
        (spoil(lambda e: e["coefficients"].pop("dim_3")), "35 dimensions, expected 36"),
        (
            spoil(lambda e: e["coefficients"].update(dim_36=e["coefficients"].pop("dim_3"))),
            "lacks dim_3",
        ),
        (spoil(lambda e: e["coefficients"]["dim_2"].__setitem__(4, np.nan)), "dim_2 holds NaN"),
        (spoil(lambda e: e["coefficients"].update(dim_2=np.zeros(7))), "dim_2 has 7 coeff"),
        (spoil(lambda e: e["coefficients"].update(dim_2=["a"] * 16)), "dim_2 is no list of num"),
        (spoil(lambda e: e["coefficients"].update(dim_0=[])), r"dim_0 has shape \(0,\)"),
        (spoil(lambda e: e["coefficients"].update(dim_0=[10**400] * 16)), "dim_0 is no list"),
        (lambda t: t.update({"forward": t.pop("0.1_0.0_-0.5")}), "the key is 'forward'"),
        (lambda t: t.update({"0.1_0.0": t.pop("0.1_0.0_-0.5")}), "expected 'dx_dy_dtheta'"),
        (lambda t: t.update({"0.1_0_1e999": t.pop("0.1_0.0_-0.5")}), "expected finite"),
        (lambda t: t.update({7: t.pop("0.1_0.0_-0.5")}), "the key is a int"),
        (lambda t: t.update({"0.1_0.0_-0.5": [1.0]}), "holds a list"),
        (lambda t: t.update({"0.00_0_-0.0": t["0.0_0.0_0.0"]}), "the same command as '0.0_0.0_0"),
    ],
)
def test_a_bad_motion_is_rejected_with_its_reason_and_stops_no_other(
    microduck, path, table, change, words
):
    change(table)
    write(path, table)
    file = read_polynomials(path, microduck)
    assert "0.0_0.0_0.0" in [motion.name for motion in file.motions]
    assert len(file.rejected) == 1
    with pytest.raises(FormatError, match=words):
        raise FormatError(file.rejected[0].reason)


@pytest.mark.parametrize("content", [{}, [1.0], 3])
def test_a_pickle_of_something_else_is_refused(microduck, path, content):
    write(path, content)
    with pytest.raises(FormatError, match="expected a dict of motions"):
        read_polynomials(path, microduck)


def test_a_file_without_one_good_motion_is_refused(microduck, path):
    write(path, {"a": 1, "b": 2})
    with pytest.raises(FormatError, match="none of 2 motions"):
        read_polynomials(path, microduck)


def test_a_truncated_file_names_itself(microduck, path, table):
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FormatError, match=str(path)):
        read_polynomials(path, microduck)


def test_names_select_in_order_and_a_slip_offers_the_nearest(microduck, path, table):
    table["bad"] = 1
    write(path, table)
    file = read_polynomials(path, microduck)
    names = ["0.1_0.0_-0.5", "0.0_0.0_0.0"]
    assert [motion.name for motion in file.selected(names)] == names
    with pytest.raises(FormatError, match=r"no motion '0.1_0.0_0.5'; nearest: 0.1_0.0_-0.5"):
        file.selected(["0.1_0.0_0.5"])
    with pytest.raises(FormatError, match="'bad' was rejected"):
        file.selected(["bad"])


def test_one_command_twice_is_not_written(microduck, path):
    with pytest.raises(FormatError, match="occurs twice"):
        save_polynomials(path, [cycle(microduck), cycle(microduck)], microduck)
    assert not path.exists()


def test_keys_round_trip_without_minus_zero():
    assert command_key((-0.0, 0.1 + 1e-9, -1.0 / 3.0)) == "0.0_0.1_-0.3333"
    assert command_from_key("-0_.5_1e-1") == (0.0, 0.5, 0.1)


def test_the_open_ducks_own_file(open_duck, test_data):
    file = read_polynomials(test_data / "polynomial" / "open_duck_mini_v2.pkl", open_duck)
    assert len(file.motions) == 240
    assert file.rejected == ()
    assert file.motions[0].dropped_dofs == ("left_antenna", "right_antenna")
    assert {motion.period_s for motion in file.motions} == {0.54}
    # the antennas' columns are zero and must not have landed on a joint of a leg
    ankles = [open_duck.dof_names.index(name) for name in ("left_ankle", "right_ankle")]
    assert all(np.abs(motion.dof_pos[ankles, 1:]).max() > 0.1 for motion in file.motions)
