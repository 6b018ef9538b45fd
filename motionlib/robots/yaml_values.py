"""Typed access to the values of a robot's yaml, with errors that name file and field."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.errors import FormatError, RobotError, nearest_names, repeated_names
from motionlib.showing import shown, shown_error


def robot_problem(path: Path, field: str, problem: str) -> RobotError:
    """Error that begins with file and field; `problem` says expected, found and the remedy."""
    return RobotError(f"{path}: {field}: {problem}" if field else f"{path}: {problem}")


def check_names(
    path: Path, field: str, names: Iterable[str], known: Sequence[str], *, kind: str
) -> None:
    """Refuse the first name that the model does not have.

    Raises:
        RobotError: Names file, field, the name and the nearest known ones.
    """
    for name in names:
        if name not in known:
            raise robot_problem(
                path,
                field,
                f"unknown {kind} {shown(name)} in the model; {nearest_names(name, known)}",
            )


def parse_yaml(path: Path) -> object:
    """Read a YAML file safely.

    Raises:
        RobotError: Missing or unreadable file, bad YAML, a key written twice.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise robot_problem(path, "", "no such file; expected a robot.yaml") from None
    except (OSError, FormatError) as error:
        raise robot_problem(path, "", f"cannot be read as text: {shown_error(error)}") from error
    try:
        return load_yaml(text, unique_keys=True)
    except FormatError as error:
        raise robot_problem(path, "", f"is not valid YAML: {error}") from error


class YamlValues:
    """Typed access to parsed yaml values, with messages that name file and field."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keys(self, value: object, field: str, known: Mapping[str, bool]) -> Mapping[str, object]:
        """Mapping whose keys are those of `known` (true: required) and no others."""
        mapping = self.mapping(value, field)
        for key in mapping:
            if key not in known:
                raise robot_problem(
                    self.path, field, f"unknown key {shown(key)}; {nearest_names(key, known)}"
                )
        missing = [key for key, required in known.items() if required and key not in mapping]
        if missing:
            raise robot_problem(
                self.path,
                field,
                f"missing required key {missing[0]!r}; add it (all missing: {', '.join(missing)})",
            )
        return mapping

    def mapping(self, value: object, field: str) -> Mapping[str, object]:
        """Mapping with text keys."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self._expected(field, "a mapping with text keys", value)
        return value

    def sequence(self, value: object, field: str) -> Sequence[object]:
        """List."""
        if not isinstance(value, list):
            raise self._expected(field, "a list", value)
        return value

    def text(self, value: object, field: str) -> str:
        """Text that is not empty."""
        if not isinstance(value, str) or not value:
            raise self._expected(field, "a name", value)
        return value

    def choice(self, value: object, field: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        if not isinstance(value, str) or value not in choices:
            raise self._expected(field, f"one of {', '.join(choices)}", value)
        return str(value)

    def names(self, value: object, field: str) -> tuple[str, ...]:
        """List of distinct names."""
        names = tuple(self.text(item, field) for item in self.sequence(value, field))
        if twice := repeated_names(names):
            found = shown(twice[0])
            raise robot_problem(
                self.path, field, f"expected distinct names, found {found} twice; remove one"
            )
        return names

    def number(
        self, value: object, field: str, *, low: float = -math.inf, infinite: bool = False
    ) -> float:
        """Number of at least `low`; never NaN, and infinite only on request."""
        expected = "a number" if infinite else "a finite number"
        if low > -math.inf:
            expected += f" of at least {low:g}"
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._expected(field, expected, value)
        number = float(value)
        if math.isnan(number) or number < low or (math.isinf(number) and not infinite):
            raise self._expected(field, expected, value)
        return number

    def numbers(self, value: object, field: str, count: int) -> tuple[float, ...]:
        """List of exactly `count` finite numbers."""
        items = self.sequence(value, field)
        if len(items) != count:
            raise self._expected(field, f"{count} numbers", value)
        return tuple(self.number(item, field) for item in items)

    def _expected(self, field: str, expected: str, found: object) -> RobotError:
        return robot_problem(
            self.path, field, f"expected {expected}, found {shown(found)}; correct the value"
        )
