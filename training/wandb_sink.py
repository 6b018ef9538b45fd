"""Measures to Weights & Biases; the only file of this room that imports it, on request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.progress import Measures
from training.values import ConfigError


class WandbSink:
    """One wandb run, taken up again under the same id when the training resumes."""

    def __init__(self, folder: Path, *, project: str, name: str, config: Mapping[str, Any]) -> None:
        try:
            import wandb  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise ConfigError(
                "--use-wandb needs the wandb package; in the checkout: pip install -e '.[wandb]'"
            ) from error
        folder.mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=project,
            name=name,
            id=name,
            resume="allow",
            dir=str(folder),
            config=dict(config),
            settings=wandb.Settings(silent=True),
        )

    def epoch(self, *, epoch: int, step: int, seconds: float, measures: Measures) -> None:
        """See `Sink.epoch`."""
        self._run.log({**measures, "perf/epoch": epoch, "perf/seconds": seconds}, step=step)

    def score(self, *, step: int, measures: Measures) -> None:
        """See `Sink.score`."""
        self._run.log(dict(measures), step=step)

    def close(self) -> None:
        """See `Sink.close`."""
        self._run.finish()
