import io
import json
from pathlib import Path

from training.progress import Console, ProgressFile, read_progress


def fill(path: Path, epochs: range, *, step: int, total: int = 10) -> None:
    sink = ProgressFile(path, total_epochs=total, step=step)
    for epoch in epochs:
        sink.epoch(epoch=epoch, step=epoch * 100, seconds=1.0, measures={"train/reward": 0.5})
    sink.close()


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    fill(path, range(1, 6), step=0)
    with path.open("a") as file:
        file.write('{"event": "epoch", "st')  # cut short by a kill
    assert [r["step"] for r in read_progress(path)] == [100, 200, 300, 400, 500]
    fill(path, range(4, 6), step=300)
    assert [r["step"] for r in read_progress(path)] == [100, 200, 300, 400, 500]


def test_a_resumed_run_keeps_what_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    fill(path, range(1, 6), step=0)
    content = bytearray(path.read_bytes())
    content[content.index(b"200")] ^= 1
    path.write_bytes(content)
    fill(path, range(6, 8), step=500)
    assert [r["step"] for r in read_progress(path)] == [100, 300, 400, 500, 600, 700]


def test_a_long_run_keeps_a_bounded_curve(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    fill(path, range(1, 101), step=0, total=20_000)
    assert [r["epoch"] for r in read_progress(path)] == list(range(10, 101, 10))


def test_what_is_not_a_number_is_null(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    sink = ProgressFile(path, total_epochs=1, step=0)
    sink.score(step=1, measures={"score/global_error_m": float("nan"), "score/score": 1 / 3})
    sink.close()
    (record,) = read_progress(path)
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["score/global_error_m"] is None  # JSON for everybody
    assert record["score/global_error_m"] is None
    assert record["score/score"] == 0.333333


def test_the_console_prints_lines_and_no_bar_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    console = Console(total_epochs=5, first_epoch=0, stream=stream)
    measures = {"train/reward": 0.25, "loss/policy": -0.01, "perf/steps_per_s": 15000.0}
    console.epoch(epoch=1, step=12288, seconds=3.2, measures=measures)
    console.close()
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("epoch 1/5  step 12,288  3 s  reward 0.2500")
    assert "  speed 15,000 steps/s, about " in line


def test_the_console_says_how_long_it_will_take() -> None:
    stream, now = io.StringIO(), iter((0.0, 30.0, 80.0, 90.0))
    console = Console(total_epochs=8, first_epoch=5, stream=stream, clock=lambda: next(now))
    for epoch in (6, 7, 8):
        console.epoch(epoch=epoch, step=100 * epoch, seconds=1.0, measures={})
    first, second, last = stream.getvalue().splitlines()
    assert first.endswith(", about 60 s left")
    assert second.endswith(", about 40 s left")
    assert last == "epoch 8/8  step 800  1 s"
