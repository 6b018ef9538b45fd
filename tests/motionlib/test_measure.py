from motionlib.measure import Measure, columns_of

DEEP = Measure(name="depth_max", unit="m", meaning="How deep", frame=True)
MEAN = Measure(name="depth_mean", unit="m", meaning="How deep", frame="depth_max_frame")
COUNT = Measure(name="frames", unit="frames", meaning="How many", label="count")


def test_a_frame_stands_behind_the_first_measure_that_has_it() -> None:
    assert columns_of((DEEP, MEAN, COUNT)) == (
        "depth_max",
        "depth_max_frame",
        "depth_mean",
        "frames",
    )


def test_the_frame_of_the_worst_value_is_found_in_a_row() -> None:
    row = {"depth_max_frame": 7.0, "depth_max": 0.2}
    assert [each.worst_frame(row) for each in (DEEP, MEAN, COUNT)] == [7, 7, None]
    assert DEEP.worst_frame({"depth_max_frame": None}) is None


def test_people_read_words_and_units() -> None:
    assert (DEEP.words, COUNT.words) == ("depth max", "count")
    assert DEEP.title == "depth_max (m)"
    assert Measure(name="ratio", unit="", meaning="x").title == "ratio"
