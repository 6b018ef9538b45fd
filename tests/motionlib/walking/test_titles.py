import pytest

from motionlib.walking.titles import title_of_command, title_of_name


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("0.06_0.0_0.0", "forward .06 m/s"),
        ("-0.06_0.0_0.0", "backward .06 m/s"),
        ("0.0_0.06_0.0", "left .06 m/s"),
        ("0.0_-0.06_0.0", "right .06 m/s"),
        ("0.0_0.0_-0.4", "turning right .4 rad/s"),
        ("1.25_0.1_0.4", "forward 1.25 m/s, left .1 m/s, turning left .4 rad/s"),
        ("0.0_0.0_0.0", "standing"),
        ("0.0_-0.0_0.00001", "standing"),
        ("10.0_0.0_0.0", "forward 10 m/s"),
        ("CMU/02/02_02", "CMU/02/02_02"),
        ("dance", "dance"),
        ("nan_0_0", "nan_0_0"),
    ],
)
def test_a_key_has_a_title(name: str, title: str) -> None:
    assert title_of_name(name) == title


def test_a_small_number_is_not_lost() -> None:
    assert title_of_command((0.0, 0.0, -0.0012)) == "turning right .0012 rad/s"
