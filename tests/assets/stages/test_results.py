from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assets.layers import LayerError, build_layer, remember_layer
from assets.stages.results import KeptResults, by_subset, run_metadata, subset_metadata
from assets.tables import write_rows
from motionlib.stages.result import StageResult
from motionlib.stages.store import ClipStore


@pytest.fixture
def kept(tmp_path: Path) -> KeptResults:
    return KeptResults(
        name="mine/human_motions",
        folder=tmp_path / "tables",
        source="here",
        store=ClipStore(tmp_path / "store"),
        done="converted as the clip index has them",
    )


@pytest.fixture
def results(kept: KeptResults) -> list[StageResult]:
    """A clip with notes, one that failed at a frame, one that never came here."""
    made = kept.store.put_arrays(
        "ab", {"dof_pos": np.zeros((3, 2))}, fps=30.0, measures={"seconds": 2.0, "depth_max": 0.5}
    )
    good = StageResult(
        clip_id="CMU/a", key="ab", cache_path=made.path, measures=made.measures, reason="",
        notes=("up axis y", "unit cm"), recomputed=True,
    )  # fmt: skip
    nothing = replace(good, cache_path="", measures={}, notes=())
    bad = replace(nothing, clip_id="CMU/b", key="cd", reason="nan in frame 7", gate="nan", frame=7)
    over = replace(nothing, clip_id="KIT/c", key="", reason="no zip", recomputed=False)
    return [good, bad, over]


KEYS = {"CMU": {"CMU/a": "ab", "CMU/b": "cd"}, "KIT": {"KIT/c": ""}}


def test_what_is_kept_comes_back_whole(kept: KeptResults, results: list[StageResult]) -> None:
    items = by_subset((each.clip_id.partition("/")[0], each) for each in results)
    made = kept.keep(items, results)
    assert [each.subset for each in made] == ["CMU", "KIT"]
    found = kept.gather(KEYS)
    assert list(found.values()) == [replace(each, recomputed=False) for each in results]
    again = kept.keep(items, results)
    assert [each.layer.reused for each in again] == [True, True]


@pytest.mark.parametrize(
    "why",
    [
        "another key",
        "a clip more",
        "never made",
        "gone from the store",
        "another source",
        "an older version's",
    ],
)
def test_what_is_not_as_it_should_be_is_refused(
    kept: KeptResults, results: list[StageResult], why: str
) -> None:
    kept.keep({"CMU": results[:2], "KIT": results[2:]}, results)
    keys = {subset: dict(found) for subset, found in KEYS.items()}
    if why == "another key":
        keys["CMU"]["CMU/a"] = "ef"
    elif why == "a clip more":
        keys["CMU"]["CMU/z"] = "ef"
    elif why == "never made":
        keys["New"] = {"New/a": "ef"}
    elif why == "gone from the store":
        (kept.store.folder / results[0].cache_path).unlink()
    elif why == "an older version's":
        older = [{"clip_id": "CMU/a", "key": "ab", "path": "p"}, {"clip_id": "CMU/b", "key": "cd"}]
        folder = kept.folder / "CMU"
        layer = build_layer(folder, {}, lambda to: write_rows(to / "results.parquet", older))
        remember_layer(folder, layer, source="here")
    else:
        kept = replace(kept, source="elsewhere")
    with pytest.raises(
        LayerError, match=r"^mine/human_motions: \d of \d subsets are not converted as"
    ):
        kept.gather(keys)


def test_partitions_and_runs_say_what_became_of_their_clips(
    kept: KeptResults, results: list[StageResult]
) -> None:
    made = kept.keep({"CMU": results[:2], "KIT": results[2:]}, results)
    shown = subset_metadata(made[0], ("depth_max", "never_measured"))
    assert {name: shown[name] for name in ("clips", "seconds", "recomputed")} == {
        "clips": 2, "seconds": 2.0, "recomputed": 2,
    }  # fmt: skip
    assert "nan in frame 7" in str(shown["failed"])
    assert "depth_max" in str(shown["measures"])
    assert "never_measured" not in str(shown["measures"])
    assert run_metadata(made) == {
        "run_partitions": 2, "run_clips": 3, "run_recomputed": 2, "run_failed": 2,
        "run_hours": round(2.0 / 3600.0, 4),
    }  # fmt: skip
