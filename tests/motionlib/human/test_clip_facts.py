from motionlib.human.clip_facts import ClipFacts


def test_seconds_are_those_of_the_books() -> None:
    facts = ClipFacts(frames=120, fps=60.0, gender="", format="bvh")
    assert facts.seconds == 2.0
