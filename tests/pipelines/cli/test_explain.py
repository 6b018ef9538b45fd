import pytest

from assets.layers import Layer, build_layer, remember_layer
from motionlib.corpus.row import ClipRow
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.result import StageResult
from motionlib.stages.table import TableContext, write_clip_table


@pytest.fixture
def table(motion_home):
    """A clip that two recipes rejected because its file could not be converted."""
    row = ClipRow(
        clip_id="CMU/01 é", dataset="CMU", subset="CMU", path="CMU/01 é.npz", sha256="ab",
        bytes=1, mtime_ns=1, frames=100, source_fps=50.0, seconds=2.0, gender="male",
        format="amass_smplh", start_s=0.0, end_s=1.5, split="train", weight=1.0,
        fate="indexed", reason="",
    )  # fmt: skip
    reason = "rotation vector: column 4 is nan in source frame 12"
    result = StageResult(
        clip_id=row.clip_id, key="cd", cache_path="", measures={}, reason=reason, recomputed=True,
        gate="nan", frame=12,
    )  # fmt: skip
    rows = judge([row], [result], HumanGates())
    for recipe in ("amass_smpl", "other"):
        context = TableContext(gates=HumanGates(), robot="smpl")
        stage = motion_home / "cache" / recipe / "clips"
        layer = build_layer(
            stage,
            {"rows": 1},
            lambda folder: write_clip_table(folder / "clips.parquet", rows, context=context),  # noqa: B023
        )
        remember_layer(stage, Layer(path=layer.path / "clips.parquet", sha256="0"))
    return reason


def test_a_clip_is_explained_for_every_recipe(motion, table):
    done = motion("explain", "CMU/01 é")
    assert done.status == 0
    assert "CMU/01 é in amass_smpl: rejected" in done.output
    assert "CMU/01 é in other: rejected" in done.output
    assert table in done.output
    assert "0 to 1.5 s of the file" in done.output
    verdict = next(line for line in done.output.splitlines() if line.startswith("nan"))
    assert verdict.split() == ["nan", "12", "rejected"]


def test_one_recipe_is_enough(motion, table):
    done = motion("explain", "CMU/01 é", "--recipe", "other")
    assert "in amass_smpl:" not in done.output
    assert done.status == 0


def test_an_unknown_clip_offers_the_nearest(motion, table):
    done = motion("explain", "CMU/02 é")
    assert done.status == 2
    assert "nearest: CMU/01 é" in done.errors


def test_a_beginning_that_only_one_clip_has_is_enough(motion, table):
    done = motion("explain", "CMU/01")
    assert done.status == 0
    assert "CMU/01 é in other: rejected" in done.output


def test_without_any_table_it_says_how_to_get_one(motion):
    done = motion("explain", "CMU/01")
    assert done.status == 2
    assert "run a recipe of human motions" in done.errors
