"""Measures of every single frame of an evaluation, on request."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from motionlib.files import atomic_path
from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.simulators.base import SimState


class FrameErrors:
    """Measures of every frame as a Parquet file: `with FrameErrors(path, measures) as sink`.

    A row for each frame, frame 0 included: `case`, `frame`, then the measures. The rows of a
    motion lie together; motions come in the order in which they ended.
    """

    def __init__(self, path: Path, measures: Mapping[str, str], *, controller: str) -> None:
        """Prepare a file.

        Args:
            path: Parquet to write, whole when the block ends without an error.
            measures: Column to measure.
            controller: For the column of that name.
        """
        self._measures, self._controller = dict(measures), controller
        fields = [pa.field("case", pa.string()), pa.field("controller", pa.string())]
        fields.append(pa.field("frame", pa.int32()))
        fields += [
            pa.field(name, pa.float32(), metadata={"unit": MEASURES[measure].unit})
            for name, measure in self._measures.items()
        ]
        self._schema = pa.schema(fields)
        self._place, self._lock = atomic_path(path), threading.Lock()
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(self._place.__enter__(), self._schema, compression="zstd")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()
        self._place.__exit__(kind, error, trace)

    def rows(self, now: Moment, state: SimState) -> Tensor:
        """See `Sink.rows`."""
        del state
        return torch.stack([MEASURES[name](now) for name in self._measures.values()], dim=-1)

    def keep(self, case: str, frames: np.ndarray) -> None:
        """See `Sink.keep`: a row group."""
        assert self._writer is not None, "used outside of its block"
        count = len(frames)
        columns = [pa.array([case] * count), pa.array([self._controller] * count)]
        columns.append(pa.array(np.arange(count, dtype=np.int32)))
        columns += [pa.array(np.ascontiguousarray(x, dtype=np.float32)) for x in frames.T]
        table = pa.Table.from_arrays(columns, schema=self._schema)
        with self._lock:
            self._writer.write_table(table)
