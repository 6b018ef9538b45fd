import pytest

from training import inference_agent, train_agent

PROGRAMS = {"train": train_agent, "evaluate": inference_agent}


@pytest.mark.parametrize("name", PROGRAMS)
def test_words_and_exit_status_pass_unchanged(motion, monkeypatch, name: str) -> None:
    seen: list[list[str]] = []

    def main(argv: list[str], *, prog: str) -> int:
        assert prog == f"motion {name}"
        seen.append(argv)
        return 130

    monkeypatch.setattr(PROGRAMS[name], "main", main)
    words = ["--debug", "--overrides", "a=1", "--", "run", "--version"]
    assert motion(name, *words).status == 130
    assert seen == [words]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train", ("--experiment-path", "gone.py")),
        ("train", ("--experiment-pth", "gone.py")),
        ("evaluate", ("--checkpoint", "gone.ckpt", "--num-envs", "0")),
        ("evaluate", ("--checkpoint", "gone.ckpt", "--full-eval")),
        ("evaluate", ()),
    ],
)
def test_what_the_program_says_is_what_the_command_says(motion, capsys, name, words) -> None:
    def run_itself() -> int:
        try:
            return PROGRAMS[name].main(list(words))
        except SystemExit as stop:
            return int(stop.code or 0)

    done = motion(name, *words)
    assert done.status == run_itself() != 0
    said = capsys.readouterr()
    file = {"train": "train_agent.py", "evaluate": "inference_agent.py"}[name]

    def plain(text: str) -> list[str]:
        return text.replace("│", " ").replace(f"motion {name}", file).split()

    assert plain(done.errors) == plain(said.err)
    assert done.output == said.out == ""


def test_help_says_what_it_does_with_an_example_and_lists_the_flags(motion) -> None:
    done = motion("train", "--help")
    assert done.status == 0
    assert done.output.startswith("Train a policy")
    assert "motion train --experiment-path mine.py --motion-file walk.pt" in done.output
    assert "--training-max-steps" in done.output
    assert "usage: motion train " in done.output
