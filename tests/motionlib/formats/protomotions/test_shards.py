"""Names of shards, which process reads which, and how clips are dealt."""

from pathlib import Path

import pytest

from motionlib.errors import FormatError, MotionError
from motionlib.formats.protomotions.shards import deal, shard_path, shard_paths


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_token_is_replaced_by_numbers(tmp_path: Path) -> None:
    assert names(shard_paths(tmp_path / "x_slurmrank.pt", 2)) == ["x_0.pt", "x_1.pt"]
    assert names(shard_paths(tmp_path / "x.pt", 1)) == ["x.pt"]
    with pytest.raises(MotionError, match=r"such as x_slurmrank\.pt"):
        shard_paths(tmp_path / "x.pt", 2)
    with pytest.raises(FormatError, match="2 times"):
        shard_paths(tmp_path / "slurmrank_slurmrank.pt", 2)
    with pytest.raises(MotionError, match="at least 1"):
        shard_paths(tmp_path / "x.pt", 0)


def test_left_over_shards_are_not_mixed_with_new_ones(tmp_path: Path) -> None:
    (tmp_path / "x_2.pt").touch()
    with pytest.raises(MotionError, match=r"x_2\.pt: left over"):
        shard_paths(tmp_path / "x_slurmrank.pt", 2)
    assert len(shard_paths(tmp_path / "x_slurmrank.pt", 3)) == 3


def test_processes_find_their_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x_slurmrank.pt"
    for name in ("x_0.pt", "x_1.pt", "x_2.pt", "x_02.pt", "x_a.pt", "xx_0.pt"):
        (tmp_path / name).touch()
    assert shard_path(tmp_path / "y.pt", 3, 4) == tmp_path / "y.pt"
    assert names([shard_path(path, rank, 5) for rank in range(5)]) == [
        f"x_{index}.pt" for index in (0, 1, 2, 0, 1)
    ]
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert shard_path(path).name == "x_0.pt"
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert shard_path(path).name == "x_1.pt"
    monkeypatch.setenv("RANK", "one")
    with pytest.raises(MotionError, match="RANK is 'one'"):
        shard_path(path)
    with pytest.raises(MotionError, match="rank 2 of 2"):
        shard_path(path, 2, 2)


def test_shards_that_nobody_reads_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for index in range(3):
        (tmp_path / f"x_{index}.pt").touch()
    shard_path(tmp_path / "x_slurmrank.pt", 0, 2)
    assert "1 of 3 shards is read by no process" in caplog.text


def test_gaps_and_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="found: none"):
        shard_path(tmp_path / "x_slurmrank.pt", 0, 1)
    (tmp_path / "x_0.pt").touch()
    (tmp_path / "x_2.pt").touch()
    with pytest.raises(FormatError, match="found: 0, 2"):
        shard_path(tmp_path / "x_slurmrank.pt", 0, 1)


def test_clips_are_dealt_evenly_and_stay_in_order() -> None:
    seconds = [1.0, 5.0, 2.0, 2.0, 4.0, 0.0]
    parts = deal(seconds, 2)
    assert parts == deal(seconds, 2)
    assert sorted(clip for part in parts for clip in part) == list(range(6))
    assert all(part == sorted(part) for part in parts)
    sums = [sum(seconds[clip] for clip in part) for part in parts]
    assert sums == [7.0, 7.0]
    assert deal([0.0, 0.0, 0.0], 3) == [[0], [1], [2]]
    with pytest.raises(MotionError, match="1 clip cannot fill 2 shards"):
        deal([1.0], 2)
    with pytest.raises(MotionError, match="2 clips cannot fill 3 shards"):
        deal([1.0, 1.0], 3)
