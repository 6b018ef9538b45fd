"""A misspelt name is answered with the nearest ones."""

from motionlib.errors import nearest_names


def test_the_nearest_is_offered_first() -> None:
    assert nearest_names("left_knea", ["left_knee", "right_knee", "head"]).startswith(
        "nearest: left_knee"
    )


def test_all_choices_when_nothing_is_near() -> None:
    assert nearest_names("zzz", ["b", "a"]) == "choices: a, b"


def test_without_a_choice_none_is_promised() -> None:
    assert nearest_names("zzz", []) == "there are none"


def test_long_lists_are_cut() -> None:
    assert nearest_names("zzz", [f"name{i}" for i in range(20)]).endswith(", ...")
