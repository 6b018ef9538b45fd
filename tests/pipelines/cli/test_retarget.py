from pipelines.cli.retarget import SUBCOMMANDS


def test_what_is_no_sub_command_is_a_source(motion, tmp_path):
    assert "run" in SUBCOMMANDS
    for words in ((), ("run",)):
        done = motion("retarget", *words, tmp_path / "none", "--robot", "g1", "--output", tmp_path)
        assert done.status == 2
        assert "no such file or folder" in done.errors


def test_help_names_the_sub_commands_and_the_short_form(motion):
    done = motion("retarget", "--help")
    assert done.status == 0
    assert "motion retarget recordings --robot g1" in done.output
    for name in SUBCOMMANDS:
        assert f"• {name}" in done.output
    assert "--processes" in motion("retarget", "run", "--help").output
