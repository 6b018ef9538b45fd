import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pytest

from assets.common import key_of
from assets.graph import graph_of
from assets.layers import Home, Layer, LayerError, newest_layer
from assets.recipes.recordings import HumanRecipe
from assets.stages.robots import gather_results
from assets.stages.tables import kept_rows, rejected_rows
from assets.tables import read_rows, write_rows
from pipelines.changes import changes_of
from pipelines.definitions import definitions_of
from pipelines.home import open_instance
from pipelines.recipe import load_recipe
from pipelines.stages import run_stages
from tests.asking_checks import asked

TINY = Path(__file__).resolve().parents[1] / "recipes" / "amass_robot_tiny.yaml"
BENT = "KIT/3/bent_poses"

pytestmark = pytest.mark.slow


@dataclass
class Workshop:
    """A folder of recordings, a home, and runs of the recipe over them."""

    folder: Path
    home: Path
    recipe: HumanRecipe
    instance: dg.DagsterInstance

    def run(self) -> list[dg.ExecuteInProcessResult]:
        return list(
            run_stages(self.recipe, self.instance, definitions=definitions_of([self.recipe]))
        )

    def shown(self, layer: str) -> dict[str, Any]:
        """Newest metadata of an asset."""
        event = self.instance.get_latest_materialization_event(key_of(self.recipe, layer))
        assert event is not None
        assert event.asset_materialization is not None
        return {name: x.value for name, x in event.asset_materialization.metadata.items()}

    def table(self, name: str) -> dict[str, dict[str, Any]]:
        rows = read_rows(self.home / "reports" / self.recipe.name / f"{name}.parquet")
        return {row["clip_id"]: row for row in rows}

    def layer(self, name: str) -> Layer:
        return newest_layer(self.home / "cache" / self.recipe.name / name, name)

    def look(self, asset: str, name: str, **inputs: Layer) -> dg.AssetCheckResult:
        """One check on tables that the caller chose."""
        (check,) = [
            each
            for each in graph_of(self.recipe).checks
            if each.check_key.name == name and each.check_key.asset_key.path[-1] == asset
        ]
        return asked(check, **inputs)


def bend(path: Path) -> None:
    """Bend the knees of a recording forward, as no robot's knees can."""
    with np.load(path) as file:
        arrays = dict(file)
    arrays["poses"][:, [12, 15]] = -1.5
    np.savez(path, **arrays)


@pytest.fixture(scope="module")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, write_recording: Callable[..., Path]
) -> Iterator[Workshop]:
    folder, home = tmp_path_factory.mktemp("amass"), tmp_path_factory.mktemp("home")
    for seed, name in enumerate(("CMU/01/a", "CMU/01/b", "KIT/3/bent")):
        write_recording(folder / f"{name}_poses.npz", seed=seed)
    bend(folder / f"{BENT}.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTION_HOME", str(home))
        patch.setenv("DAGSTER_HOME", "")
        patch.setenv("AMASS_TINY", str(folder))
        recipe = load_recipe(TINY)
        assert isinstance(recipe, HumanRecipe)
        with open_instance() as instance:
            made = Workshop(folder=folder, home=home, recipe=recipe, instance=instance)
            assert [result.success for result in made.run()] == [True] * 4
            yield made


def test_a_recipe_without_robots_has_none_of_it(workshop: Workshop) -> None:
    graph = graph_of(replace(workshop.recipe, retarget=None))
    keys = [key.path[-1] for asset in graph.assets for key in asset.keys]
    checked = [check.check_key.asset_key.path[-1] for check in graph.checks]
    assert keys == [
        "robot_model", "clip_index", "human_motions", "clips", "motion_lib_train",
        "published_artifact",
    ]  # fmt: skip
    assert set(checked) == {"clip_index", "clips", "motion_lib_train"}


def test_robots_and_subsets_are_two_dimensions(workshop: Workshop) -> None:
    key = key_of(workshop.recipe, "robot_motions")
    assert workshop.instance.get_materialized_partitions(key) == {"g1|CMU", "g1|KIT"}
    assert workshop.shown("robot_motions")["run_recomputed"] == 3


def test_every_kept_human_clip_has_a_fate_on_the_robot(workshop: Workshop) -> None:
    human, rows = workshop.table("clips"), workshop.table("robot_clips")
    assert set(rows) == {name for name, row in human.items() if row["fate"] != "rejected"}
    assert {name: row["fate"] for name, row in human.items() if row["gate"]} == {BENT: "flagged"}
    assert human[BENT]["gate"] == "height_shift"
    assert human[BENT]["library"] == "motion_lib_train"
    assert {name for name, row in rows.items() if row["fate"] == "rejected"} == {BENT}
    assert rows[BENT]["gate"] == "keypoint_error_mean_cm"
    assert "keypoint_error_mean_cm" in rows[BENT]["reason"]
    assert rows[BENT]["library"] == ""


def test_the_books_balance_and_name_the_reason(workshop: Workshop) -> None:
    reports = workshop.home / "reports" / workshop.recipe.name
    books = json.loads((reports / "robot_books.json").read_text())
    assert books["balanced"] is True
    pages = {(r["page"], r["fate"]): r["clips"] for r in books["pages"] if r["robot"] == "g1"}
    assert pages["all", "in"] == 3
    assert pages["all", "rejected: keypoint_error_mean_cm"] == 1
    assert "They balance." in (reports / "robot_books.md").read_text()


def test_the_library_keeps_names_and_weights(workshop: Workshop) -> None:
    from motionlib.formats.protomotions.motion_lib import load_motion_lib
    from motionlib.robots.files import load_robot

    (file,) = Path(workshop.shown("robot_motion_lib_train")["path"]).glob("*.pt")
    library = load_motion_lib(file, load_robot("g1"))
    human = workshop.table("clips")
    assert list(library.names) == ["CMU/01/a_poses", "CMU/01/b_poses"]
    assert library.weights.tolist() == [human[name]["weight"] for name in library.names]
    assert library.fps.tolist() == [30.0, 30.0]


def test_npz_files_stop_at_the_limit_and_are_read_back(workshop: Workshop) -> None:
    from motionlib.formats.beyondmimic import load_npz
    from motionlib.robots.files import load_robot

    folder = Path(workshop.shown("robot_npz")["path"])
    (file,) = folder.rglob("*.npz")
    assert file.relative_to(folder).as_posix() == "train/CMU/01/a_poses.npz"
    (motion,) = load_npz(file, load_robot("g1"))
    assert motion.fps == 50.0
    assert motion.provenance.source == "CMU/01/a_poses.npz"
    assert "retargeted to g1 by native" in motion.provenance.steps


def test_the_artifact_comes_from_the_human_one(workshop: Workshop) -> None:
    from motionlib.registry import open_registry

    reference = workshop.shown("robot_artifact")["reference"]
    assert "amass-tiny-g1:v0" in reference
    manifest = open_registry("local", workshop.home / "artifacts").pull(reference).manifest
    assert set(manifest.files) == {
        "train.pt",
        "npz/train/CMU/01/a_poses.npz",
        "robot_clips.parquet",
        "robot_rejected.parquet",
        "robot_books.json",
    }
    (parent,) = manifest.parents
    assert parent.reference == workshop.shown("published_artifact")["reference"]
    assert manifest.facts.robot == "g1"


def test_the_report_lies_where_people_look(workshop: Workshop) -> None:
    text = (workshop.home / "reports" / workshop.recipe.name / "retarget_g1.html").read_text()
    assert BENT in text


def test_a_lost_or_tampered_row_fails_the_books(workshop: Workshop, tmp_path: Path) -> None:
    clips, rows = workshop.layer("clips"), list(workshop.table("robot_clips").values())
    edits: Mapping[str, list[dict[str, Any]]] = {
        "as it was": rows,
        "lost": rows[1:],
        "twice": [*rows, rows[0]],
        "invented": [*rows, {**rows[0], "clip_id": "CMU/z"}],
        "other hours": [{**rows[0], "seconds": 9.0}, *rows[1:]],
        "no such fate": [{**rows[0], "fate": "lost"}, *rows[1:]],
        "silent": [{**row, "reason": ""} for row in rows],
    }
    for name, edited in edits.items():
        table = tmp_path / name / "robot_clips.parquet"
        write_rows(table, edited)
        write_rows(table.with_name("robot_rejected.parquet"), rejected_rows(rows))
        layer = Layer(path=table, sha256="")
        found = workshop.look("robot_clips", "books_balanced", table=layer, taken_in=clips)
        assert found.passed is (name == "as it was"), name


def test_too_much_rejected_stops_the_robot(workshop: Workshop, tmp_path: Path) -> None:
    clips, rows = workshop.layer("clips"), list(workshop.table("robot_clips").values())
    table = tmp_path / "rejected.parquet"
    write_rows(table, [{**row, "fate": "rejected"} for row in rows])
    found = workshop.look(
        "robot_report", "rejected_share", report=clips, taken_in=clips,
        table=Layer(path=table, sha256=""),
    )  # fmt: skip
    assert not found.passed
    assert "100.0% of the hours are rejected on g1" in str(found.description)


def test_a_library_that_differs_from_the_table_fails_its_books(
    workshop: Workshop, tmp_path: Path
) -> None:
    packed = Layer(path=Path(workshop.shown("robot_motion_lib_train")["path"]), sha256="")
    rows = list(workshop.table("robot_clips").values())
    for number, change in enumerate(({}, {"weight": 3.0}, {"output_frames": 7}, {"library": ""})):
        table = tmp_path / f"{number}.parquet"
        write_rows(table, [{**rows[0], **change}, *rows[1:]])
        layer = Layer(path=table, sha256="")
        found = workshop.look(
            "robot_motion_lib_train", "books_balanced", motion_lib=packed, table=layer
        )
        assert found.passed is (number == 0), change


def test_results_of_other_motions_or_settings_are_refused(workshop: Workshop) -> None:
    home, human = Home(path=str(workshop.home)), kept_rows(workshop.layer("clips"))
    found = gather_results(workshop.recipe, home, "g1", human)
    assert set(found) == {row["clip_id"] for row in human}
    other = [{**human[0], "content_sha256": "0"}, *human[1:]]
    with pytest.raises(LayerError, match=r"1 of 2 subsets are not retargeted to g1 .*\(CMU\)"):
        gather_results(workshop.recipe, home, "g1", other)
    section = workshop.recipe.retarget
    assert section is not None
    recipe = replace(
        workshop.recipe, retarget=replace(section, settings=replace(section.settings, fps=25.0))
    )
    with pytest.raises(LayerError, match="2 of 2 subsets"):
        gather_results(recipe, home, "g1", human)


def test_one_changed_file_costs_one_clip(
    workshop: Workshop, write_recording: Callable[..., Path]
) -> None:
    assets = graph_of(workshop.recipe).assets
    assert changes_of(workshop.recipe, assets, workshop.instance) == []
    before = workshop.table("robot_clips")
    write_recording(workshop.folder / "CMU/01/b_poses.npz", seed=99)
    shutil.rmtree(workshop.folder / "KIT")
    assert all(result.success for result in workshop.run())
    assert workshop.shown("robot_motions")["run_recomputed"] == 1
    after = workshop.table("robot_clips")
    assert set(after) == {"CMU/01/a_poses", "CMU/01/b_poses"}
    assert after["CMU/01/a_poses"]["key"] == before["CMU/01/a_poses"]["key"]
    assert after["CMU/01/b_poses"]["key"] != before["CMU/01/b_poses"]["key"]
    assert workshop.shown("robot_npz")["reused"] is True
    assert workshop.shown("robot_motion_lib_train")["reused"] is False
