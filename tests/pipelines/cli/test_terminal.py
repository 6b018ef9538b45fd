from pipelines.cli.terminal import (
    Rejected,
    print_table,
    progress,
    report_rejected,
    save_table,
    show_table,
)


def test_tables_align_and_quote(tmp_path, capsys):
    rows = [
        {"name": "a", "value": 0.125, "pair": (1.0, 2.0), "map": {"knee": 0.5}, "none": None},
        {"name": "long, name", "value": 1 / 3, "pair": (), "map": {}, "none": "x"},
    ]
    print_table(rows)
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.index("value") == second.index("0.125") == third.index("0.333333")
    save_table(tmp_path / "t.csv", rows)
    assert (tmp_path / "t.csv").read_text().splitlines() == [
        "name,value,pair,map,none",
        "a,0.125,1 2,knee:0.5,",
        '"long, name",0.333333,,,x',
    ]
    print_table([])
    assert capsys.readouterr().out == ""


def test_rejections_are_listed_and_an_old_list_goes(tmp_path, capsys):
    table = tmp_path / "reports" / "rejected.csv"
    assert report_rejected([Rejected(name="a", reason="NaN in frame 3")], tmp_path) == 1
    assert table.read_text() == "name,reason\na,NaN in frame 3\n"
    assert "a: NaN in frame 3" in capsys.readouterr().err
    assert report_rejected([], tmp_path) == 0
    assert not table.exists()


def test_rejections_of_a_file_stand_beside_it(tmp_path):
    report_rejected([Rejected(name="a", reason="b")], tmp_path / "x.pt")
    assert (tmp_path / "reports" / "x.pt.rejected.csv").exists()


def test_progress_yields_everything_and_is_silent_without_a_terminal(capsys):
    assert list(progress([1, 2, 3], "counting")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_a_table_for_people_has_a_line_a_row_in_a_pipe_and_no_empty_column(capsys):
    long = "word " * 60
    rows = [
        {"name": "a", "nothing": "", "what": "[x] short"},
        {"name": "long", "nothing": "", "what": long},
    ]
    show_table("things: 2", rows)
    title, head, first, second = capsys.readouterr().out.splitlines()
    assert title == "things: 2"
    assert head.split() == ["name", "what"]
    assert first == "  a     [x] short"
    assert second.split() == ["long", *long.split()]
    show_table("things: none", [])
    assert capsys.readouterr().out == "things: none\n"
