import pytest

from motionlib.robot import Robot
from tests.training.evaluation.definitions.rows import full_row, full_table
from training.evaluation.column import aliases_of
from training.evaluation.definitions.rates import guide_values, success_rates
from training.evaluation.definitions.successes import SUCCESSES
from training.evaluation.tables import aggregate, table_from_rows


@pytest.fixture
def table(microduck: Robot):
    return full_table(
        microduck,
        [
            full_row(microduck, "a", mpjpe_g=10.0, mpjpe_g_before_failure=10.0, gt_err_max=0.2),
            full_row(
                microduck,
                "b",
                success=False,
                success_phc=False,
                success_phc_scaled=False,
                success_mjlab_scaled=False,
                mpjpe_g=90.0,
                mpjpe_g_before_failure=20.0,
                gt_err_max=0.7,
                high_jerk_share=0.3,
            ),
            full_row(microduck, "c", success_phc=None, mpjpe_g=None, mpjpe_g_before_failure=None),
        ],
    )


def test_each_definition_has_its_share_and_its_error_in_three_readings(table) -> None:
    ours, *others = success_rates(table, rule="falls")
    assert (ours.name, ours.rule) == ("ours", "falls")
    assert ours.share == pytest.approx(2 / 3)
    assert [rate.name for rate in others] == [each.name for each in SUCCESSES]
    found = {rate.name: rate for rate in others}
    phc = found["phc"]
    assert phc.share == 0.5  # what was not judged is left out
    assert phc.share_scaled == pytest.approx(2 / 3)
    assert (phc.error, phc.unit) == ("mpjpe_g", "mm")
    assert (phc.whole, phc.before, phc.succeeded) == (50.0, 15.0, 10.0)
    assert (found["mjlab"].share, found["mjlab"].share_scaled) == (1.0, pytest.approx(2 / 3))


def test_a_table_that_follows_no_motions_has_none() -> None:
    assert success_rates(table_from_rows([])) == []
    assert aggregate(table_from_rows([]))["definitions"] == {}


def test_guides_names_are_aliases_of_columns_and_of_aggregates(table) -> None:
    found = aggregate(table)
    guides = found["guides"]
    assert guides == guide_values(table, found)
    assert guides["eval/success_rate"] == guides["Eval/success_rate"] == pytest.approx(2 / 3)
    assert guides["Eval/gt_err"] == guides["eval/pose_error"] == pytest.approx(0.1)
    assert guides["eval/gt_error/max"] == 0.7  # the worst motion
    assert guides["eval/high_jerk_frame_percentage_mean"] == pytest.approx(100 * 0.5 / 3)
    wanted = {"eval/velocity_error", "eval/root_error", "eval/contact_accuracy"}
    assert wanted <= guides.keys()
    named = {alias: field.name for field in table.schema for alias in aliases_of(field)}
    assert named["Eval/gt_err"] == "gt_err"
    assert named["eval/root_error"] == "root_pos_error_mean"
    assert "eval/nothing" not in named


def test_no_two_columns_have_one_alias(table) -> None:
    aliases = [a for field in table.schema for a in field.metadata.get(b"aliases", b"").split()]
    assert len(aliases) == len(set(aliases)) > 20
    assert not set(aliases) & {name.encode() for name in table.column_names}
