from assets.stages.tables import fates_verdict


def row(fate: str, gate: str = "") -> dict[str, str]:
    return {"fate": fate, "gate": gate}


def test_a_verdict_counts_every_clip_once_and_names_the_gates_most_frequent_first() -> None:
    rows = [
        row("accepted"),
        row("flagged", "height_shift"),
        row("rejected", "unreadable"),
        *[row("rejected", "floating_height")] * 2,
    ]
    assert fates_verdict(rows) == (
        "2 of 5 clips kept, 1 of them flagged, 2 rejected by floating_height, "
        "1 rejected by unreadable"
    )


def test_a_verdict_says_nothing_of_what_there_is_none_of() -> None:
    assert fates_verdict([row("accepted")]) == "1 of 1 clip kept"
    assert fates_verdict([]) == "0 of 0 clips kept"
