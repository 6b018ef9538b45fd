import subprocess
import sys

from retarget.quality.measure_table import ROBOT_MEASURES
from retarget.report.plots import SHOWN


def test_every_measure_says_what_it_is() -> None:
    assert len({measure.name for measure in ROBOT_MEASURES}) == len(ROBOT_MEASURES)
    for measure in ROBOT_MEASURES:
        assert measure.meaning[0].isupper() or measure.meaning[0].isdigit()
        assert not measure.meaning.endswith(".")


def test_units_in_names_are_the_tables() -> None:
    endings = {"_cm": "cm", "_mm": "mm", "_deg": "°", "_cm_s": "cm/s", "_rad": "rad"}
    for measure in ROBOT_MEASURES:
        for ending, unit in endings.items():
            if measure.name.endswith(ending):
                assert measure.unit == unit, measure.name


def test_the_report_shows_shares_in_percent_with_their_unit() -> None:
    labels = {shown.column: (shown.label, shown.scale) for shown in SHOWN}
    assert labels["skate_mean_cm_s"] == ("skate mean, cm/s", 1.0)
    assert labels["jump_share"] == ("jumps, % of frames", 100.0)
    assert labels["contact_agreement"] == ("contacts agree, %", 100.0)
    assert labels["limit_frames"] == ("frames beyond limits", 1.0)
    assert labels["jerk_ratio"] == ("jerk ÷ source", 1.0)


def test_the_table_is_light_to_import() -> None:
    code = (
        "import sys, retarget.quality.measure_table;"
        "print({'torch', 'mujoco', 'numba', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
