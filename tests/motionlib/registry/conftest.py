from pathlib import Path

import pytest


@pytest.fixture
def make_file(tmp_path):
    def make(content: bytes, name: str = "source.npz") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make
