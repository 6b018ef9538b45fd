from collections.abc import Callable

from motionlib.motion import Motion, states_from_motion
from motionlib.quality import measure_motion
from motionlib.robot import Robot
from motionlib.walking.measure_table import WALKING_MEASURES


def test_the_table_lists_what_a_clip_gets_and_nothing_else(
    microduck: Robot, make_motion: Callable[..., Motion]
) -> None:
    motion = make_motion(microduck, name="a")
    row = measure_motion(motion, states_from_motion(motion)).row()
    assert list(row) == ["motion_name", *(measure.name for measure in WALKING_MEASURES)]


def test_every_measure_says_what_it_is() -> None:
    for measure in WALKING_MEASURES:
        assert measure.meaning[0].isupper()
        assert not measure.meaning.endswith(".")
