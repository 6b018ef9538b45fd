"""Where a table's clips lie in the packed libraries: layer, file and number."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def library_path(folder: Path, split: str, *, clips: int, shards: int) -> tuple[Path, int]:
    """The file, or the name that stands for several, of a split's library, and their number.

    Args:
        folder: Of the library's layer.
        split: Whose clips it holds.
        clips: Their number; no file is empty.
        shards: Asked for by the recipe.
    """
    from motionlib.formats.protomotions.shards import TOKEN

    shards = min(shards, clips)
    return folder / (f"{split}_{TOKEN}.pt" if shards > 1 else f"{split}.pt"), shards


def with_places(
    rows: Rows, library_of: Callable[[Mapping[str, Any]], str], *, fps: float = 0.0, shards: int
) -> list[dict[str, Any]]:
    """The rows with `library`, `library_file` and `library_index`, the number in that file.

    Args:
        rows: All of a table, in its order; with `split` and `output_frames`.
        library_of: Row to the layer that holds it; empty for one that no library holds.
        fps: Of all clips; 0 where the rows have a rate each.
        shards: Files that each library is divided into.
    """
    from motionlib.formats.protomotions.shards import deal, shard_paths

    libraries: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if library := library_of(row):
            libraries.setdefault(library, []).append(number)
    places: dict[int, tuple[str, str, int]] = {}
    for library, numbers in libraries.items():
        split = rows[numbers[0]]["split"]
        path, parts = library_path(Path(), split, clips=len(numbers), shards=shards)
        seconds = [
            (rows[number]["output_frames"] - 1) / (fps or rows[number]["fps"]) for number in numbers
        ]
        for file, dealt in zip(shard_paths(path, parts), deal(seconds, parts), strict=True):
            for index, each in enumerate(dealt):
                places[numbers[each]] = (library, file.name, index)
    names = ("library", "library_file", "library_index")
    nowhere = ("", "", None)
    return [
        {**row, **dict(zip(names, places.get(number, nowhere), strict=True))}
        for number, row in enumerate(rows)
    ]
