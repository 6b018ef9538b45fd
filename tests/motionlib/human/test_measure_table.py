from motionlib.human.conversion import convert_clip
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.human.settings import HumanSettings
from motionlib.measure import columns_of


def test_the_table_lists_what_a_clip_gets_and_nothing_else(smpl, make_clip) -> None:
    measures = convert_clip(make_clip(smpl), smpl, HumanSettings()).measures
    assert set(measures) == set(columns_of(HUMAN_MEASURES))
    unasked = convert_clip(make_clip(smpl), smpl, HumanSettings(self_penetration=False)).measures
    missing = set(measures) - set(unasked)
    assert missing == {name for name in measures if name.startswith("self_penetration")}


def test_every_measure_says_what_it_is() -> None:
    assert len({measure.name for measure in HUMAN_MEASURES}) == len(HUMAN_MEASURES)
    for measure in HUMAN_MEASURES:
        assert measure.meaning[0].isupper()
        assert not measure.meaning.endswith(".")
