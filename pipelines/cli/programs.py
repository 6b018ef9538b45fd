"""`motion train` and `motion evaluate`: the two programs of `training/`, under the one command."""

from collections.abc import Mapping
from dataclasses import dataclass

from tyro.conf import Positional


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Train a policy on motions of yours: training/train_agent.py, with the same flags.

    The same command run again goes on where the last one stopped; Ctrl-C saves and stops. A recipe
    with a section `training` does this, and what comes before and after it, by `motion run`.
    """

    arguments: Positional[tuple[str, ...]] = ()
    """Flags of the program, passed on as they are."""

    def run(self) -> int:
        """Run the program in this process; its exit status."""
        from training.train_agent import main

        return main(list(self.arguments), prog="motion train")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Evaluate a trained policy, or film one motion: training/inference_agent.py, with its flags.

    With --full-eval every motion is followed once, whole, beside zero action and open-loop replay:
    tables, aggregate and report. Without, one motion is filmed.
    """

    arguments: Positional[tuple[str, ...]] = ()
    """Flags of the program, passed on as they are."""

    def run(self) -> int:
        """Run the program in this process; its exit status."""
        from training.inference_agent import main

        return main(list(self.arguments), prog="motion evaluate")


PROGRAMS: Mapping[str, type[Train] | type[Evaluate]] = {"train": Train, "evaluate": Evaluate}
"""Commands whose words nobody reads but the program itself."""
