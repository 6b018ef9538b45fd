from pipelines.markdown import markdown_table


def test_a_table_has_its_head_and_cells_that_do_not_end_early() -> None:
    assert markdown_table(("a", "b"), [("1", "|x|"), ("", "2")]) == [
        "| a | b |",
        "|---|---|",
        r"| 1 | \|x\| |",
        "|  | 2 |",
    ]
