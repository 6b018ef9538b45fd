"""The end of a training whose numbers are no longer numbers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motionlib.formats.broken_states import BrokenStates


class TrainingDivergedError(Exception):
    """A number of the training became infinite or NaN."""

    def __init__(self, message: str, states: "BrokenStates | None" = None) -> None:
        super().__init__(message)
        self.states = states
        """Robots by which it was seen; None where no single one is to blame."""
