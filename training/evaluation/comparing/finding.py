"""The table that a person names: by its file, its folder, its policy, or a name in the home."""

from collections.abc import Mapping
from pathlib import Path

from motionlib.errors import FormatError, nearest_names
from motionlib.files import motion_home
from motionlib.showing import listed
from training.evaluation.comparing.foreign import side_of_foreign
from training.evaluation.comparing.sides import Side, side_of_table
from training.evaluation.controllers import POLICY
from training.evaluation.store import table_file

TABLE = table_file(POLICY)
_FOREIGN = (".csv", ".json")
_BELOW = ("", "evaluation")
"""Folders below a named one in which its table is looked for."""


def open_side(reference: str, *, label: str = "", columns: Mapping[str, str] | None = None) -> Side:
    """The evaluation that a person names.

    Args:
        reference: A table (`.parquet`, or `.csv` and `.json` of another project), a folder with
            one, a checkpoint that was evaluated beside itself, or the name of a training in
            `results/` or of a recipe in `reports/`.
        label: What people call it; made of the reference if empty.
        columns: Names of columns of another project to ours.

    Raises:
        FormatError: There is none, it cannot be read, or the name fits several.
    """
    path = find_table(reference)
    label = label or label_of(path)
    if path.suffix in _FOREIGN:
        return side_of_foreign(path, label=label, columns=columns or {})
    return side_of_table(path, label=label)


def find_table(reference: str) -> Path:
    """The file that a reference means; see `open_side`.

    Raises:
        FormatError: There is none, or several.
    """
    path = Path(reference).expanduser()
    if path.suffix == ".ckpt":
        return _of_folder(path.parent, reference)
    if path.is_file():
        return path
    if path.is_dir():
        return _of_folder(path, reference)
    for place in ("results", "reports"):
        if (folder := motion_home() / place / reference).is_dir():
            return _of_folder(folder, reference)
    raise FormatError(
        f"{reference}: no such table, folder or policy, and none of this name in {motion_home()}; "
        f"{nearest_names(reference, _names())}"
    )


def label_of(path: Path) -> str:
    """What to call an evaluation that nobody gave a label: its folder, or its file's name."""
    if path.suffix in _FOREIGN or path.name != TABLE:
        return path.stem
    folder = path.parent.resolve()
    return folder.parent.name if folder.name == "evaluation" else folder.name


def distinct(labels: list[str]) -> list[str]:
    """Labels of which no two are alike: what is repeated gets a number."""
    found: list[str] = []
    for label in labels:
        name, number = label, 2
        while name in found:
            name, number = f"{label} ({number})", number + 1
        found.append(name)
    return found


def _of_folder(folder: Path, reference: str) -> Path:
    for below in _BELOW:
        if (path := folder / below / TABLE).is_file():
            return path
    deeper = sorted(folder.glob(f"*/{TABLE}")) + sorted(folder.glob(f"*/*/{TABLE}"))
    if len(deeper) == 1:
        return deeper[0]
    if deeper:
        names = [str(each.parent.relative_to(folder)) for each in deeper]
        raise FormatError(f"{reference}: holds several evaluations, expected one: {listed(names)}")
    raise FormatError(
        f"{folder}: has no {TABLE}, and none below it; run `motion evaluate --checkpoint "
        "... --full-eval`, or name the folder of reports of its recipe"
    )


def _names() -> list[str]:
    folders = (motion_home() / "results", motion_home() / "reports")
    return [each.name for folder in folders if folder.is_dir() for each in folder.iterdir()]
