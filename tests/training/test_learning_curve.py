import json
import logging
import random
from pathlib import Path

import pytest

from training.learning_curve import line_of, read_progress

RECORDS = [
    {"event": "epoch", "step": 100 * k, "epoch": k, "train/reward": k / 7, "note": "µ"}
    for k in range(1, 12)
]
"""As they are written, so that a bit of one changes a number, a name or a line."""


def write(path: Path) -> bytes:
    content = "".join(line_of(record) for record in RECORDS).encode()
    path.write_bytes(content)
    return content


def test_round_trip(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "progress.jsonl"
    write(path)
    assert read_progress(path) == RECORDS
    assert read_progress(tmp_path / "absent") == []
    path.write_bytes(b"")
    assert read_progress(path) == []
    assert caplog.text == ""


def test_a_changed_bit_costs_one_record_at_most(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "progress.jsonl"
    content = write(path)
    ends = [8 * k + bit for k, byte in enumerate(content) if byte == ord("\n") for bit in range(8)]
    bits = [*ends, *random.Random(3).choices(range(8 * len(content)), k=600)]
    for bit in bits:
        caplog.clear()
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        found = read_progress(path)
        assert all(record in RECORDS for record in found), bit
        assert len(found) >= len(RECORDS) - 1, bit
        if len(found) < len(RECORDS) and bit // 8 < len(content) - 1:
            assert "left out 1 damaged of 11 records" in caplog.text, bit


def test_a_foreign_byte_costs_one_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "progress.jsonl"
    lines = write(path).splitlines(keepends=True)
    lines[3] = lines[3][:20] + b"\xff\xfe" + lines[3][20:]
    lines[5] = b"\0" * 50 + b"\n"
    path.write_bytes(b"".join(lines))
    caplog.set_level(logging.WARNING)
    assert read_progress(path) == [r for r in RECORDS if r["epoch"] not in {4, 6}]
    assert "left out 2 damaged of 11 records" in caplog.text


def test_a_line_cut_short_by_a_kill_is_no_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "progress.jsonl"
    content = write(path)
    path.write_bytes(content[:-30])
    assert read_progress(path) == RECORDS[:-1]
    assert caplog.text == ""


def test_files_from_before_there_were_checksums_are_read(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    assert read_progress(path) == RECORDS


@pytest.mark.parametrize("line", ["3", "[]", '{"event": "epoch"}', '{"event": "x", "step": "1"}'])
def test_what_is_no_record_is_left_out(tmp_path: Path, line: str) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_text(f'{line}\n{{"event": "score", "step": 5}}\n')
    assert read_progress(path) == [{"event": "score", "step": 5}]
