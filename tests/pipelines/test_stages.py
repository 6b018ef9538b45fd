import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.common import key_of
from assets.graph import graph_of
from assets.layers import Layer
from assets.partitions import known_subsets
from assets.recipes.recordings import HumanRecipe
from assets.tables import read_json, read_rows, write_rows
from pipelines.changes import changes_of
from pipelines.definitions import definitions_of
from pipelines.home import open_instance
from pipelines.recipe import load_recipe
from pipelines.stages import STARTED_BY, run_stages
from tests.asking_checks import asked

TINY = Path(__file__).resolve().parents[1] / "recipes" / "amass_tiny.yaml"


@dataclass
class Workshop:
    """A folder of recordings, a home, and runs of the recipe over them."""

    folder: Path
    home: Path
    recipe: HumanRecipe
    instance: dg.DagsterInstance

    def run(self, *changed: str) -> list[dg.ExecuteInProcessResult]:
        definitions = definitions_of([self.recipe])
        return list(
            run_stages(self.recipe, self.instance, definitions=definitions, changed=changed)
        )

    def shown(self, layer: str) -> dict[str, Any]:
        """Newest metadata of an asset."""
        event = self.instance.get_latest_materialization_event(key_of(self.recipe, layer))
        assert event is not None
        assert event.asset_materialization is not None
        return {name: x.value for name, x in event.asset_materialization.metadata.items()}

    def rows(self) -> dict[str, dict[str, Any]]:
        rows = read_rows(self.home / "reports" / "amass_tiny" / "clips.parquet")
        return {row["clip_id"]: row for row in rows}

    def changes(self) -> list[str]:
        return changes_of(self.recipe, graph_of(self.recipe).assets, self.instance)


@pytest.fixture(scope="module")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, write_recording: Callable[..., Path]
) -> Iterator[Workshop]:
    folder, home = tmp_path_factory.mktemp("amass"), tmp_path_factory.mktemp("home")
    for seed, name in enumerate(("CMU/01/a", "CMU/01/b", "KIT/3/a", "HumanEva/S1/a")):
        write_recording(folder / f"{name}_poses.npz", seed=seed)
    (folder / "CMU/01/broken_poses.npz").write_text("not a zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTION_HOME", str(home))
        patch.setenv("DAGSTER_HOME", "")
        patch.setenv("AMASS_TINY", str(folder))
        recipe = load_recipe(TINY)
        assert isinstance(recipe, HumanRecipe)
        with open_instance() as instance:
            made = Workshop(folder=folder, home=home, recipe=recipe, instance=instance)
            assert all(result.success for result in made.run())
            yield made


_RUN = """
import os, sys
from pathlib import Path
os.environ |= {"MOTION_HOME": sys.argv[1], "AMASS_TINY": sys.argv[2], "DAGSTER_HOME": ""}
from assets.tables import read_rows
from pipelines.definitions import definitions_of
from pipelines.home import open_instance
from pipelines.recipe import load_recipe
from pipelines.stages import run_stages
recipe = load_recipe(Path(sys.argv[3]))
with open_instance() as instance:
    Path(sys.argv[2], "ready").touch()
    results = list(run_stages(recipe, instance, definitions=definitions_of([recipe])))
    assert all(result.success for result in results)
    events = [e for r in results for e in r.get_asset_materialization_events()]
    found = [e.step_materialization_data.materialization for e in events]
    table = next(m for m in found if m.asset_key.path[-1] == "clips").metadata["path"].value
    print(sorted(row["clip_id"] for row in read_rows(Path(table))))
"""


@pytest.mark.slow
def test_runs_of_one_recipe_on_two_folders_do_not_mix(
    tmp_path: Path, write_recording: Callable[..., Path], run_child: Callable[..., Any]
) -> None:
    """At once, then one after that; a part of one on the other's layers is refused."""
    for name in "ab":
        write_recording(tmp_path / name / f"CMU/01/{name}_poses.npz", seed=ord(name))
    home = tmp_path / "home"
    told = {name: f"['CMU/01/{name}_poses']" for name in "ab"}
    for names in ("ab", "b"):
        children = {name: run_child(_RUN, home, tmp_path / name, TINY) for name in names}
        for name, child in children.items():
            assert told[name] in child.finish(), name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTION_HOME", str(home))
        patch.setenv("DAGSTER_HOME", "")
        patch.setenv("AMASS_TINY", str(tmp_path / "a"))
        recipe = load_recipe(TINY)
        job = definitions_of([recipe]).resolve_job_def("amass_tiny_motions")
        with open_instance() as instance:
            part = job.execute_in_process(
                instance=instance, partition_key="CMU", raise_on_error=False
            )
    assert not part.success
    said = " ".join(str(event.event_specific_data) for event in part.filter_events(_is_failure))
    assert f"its newest layer is of {tmp_path / 'b'}, this run reads {tmp_path / 'a'}" in said


def _is_failure(event: dg.DagsterEvent) -> bool:
    return event.is_step_failure


def test_every_clip_has_one_row_and_the_books_balance(workshop: Workshop) -> None:
    rows = workshop.rows()
    fates = {name: row["fate"] for name, row in rows.items()}
    assert fates.pop("CMU/01/broken_poses") == "rejected"
    assert set(fates.values()) == {"accepted"}
    rejected = read_rows(workshop.home / "reports/amass_tiny/rejected.parquet")
    assert [row["clip_id"] for row in rejected] == ["CMU/01/broken_poses"]
    assert rejected[0]["gate"] == "unreadable"
    books = read_json(workshop.home / "reports/amass_tiny/books.json")
    assert books["balanced"] is True
    assert "They balance." in (workshop.home / "reports/amass_tiny/books.md").read_text()


def test_the_page_of_a_table_begins_with_what_matters(workshop: Workshop) -> None:
    shown = workshop.shown("clips")
    names = list(shown)
    assert names[0] == "verdict"
    assert shown["verdict"] == "4 of 5 clips kept, 1 rejected by unreadable"
    assert names.index("clips") < names.index("plot") < names.index("books") < names.index("path")
    assert shown["dagster/row_count"] == 5
    assert shown["dagster/uri"].endswith("/clips.parquet")
    said = {column.name: column.description for column in shown["dagster/column_schema"].columns}
    assert said["root_speed_max"] == "Fastest step of the root (m/s)"
    plots = workshop.home / "plots" / "amass_tiny"
    assert any(f"/plots/amass_tiny/{file.name})" in shown["plot"] for file in plots.iterdir())
    assert shown["verdict"] in (plots / "clips.svg").read_text()
    graph = definitions_of([workshop.recipe]).resolve_asset_graph()
    key = key_of(workshop.recipe, "clips")
    assert "(/plots/amass_tiny/clips.svg)" in (graph.get(key).description or "")


def test_runs_of_a_command_belong_to_the_location_that_the_ui_shows(workshop: Workshop) -> None:
    runs = workshop.instance.get_runs()
    assert {run.job_name for run in runs} == {"amass_tiny_index", "amass_tiny_motions"}
    for run in runs:
        assert run.remote_job_origin is not None
        assert run.remote_job_origin.location_name == "motion"
        assert run.remote_job_origin.job_name == run.job_name


def test_libraries_hold_their_split_and_an_empty_one_says_why(workshop: Workshop) -> None:
    from motionlib.formats.protomotions.motion_lib import load_motion_lib
    from motionlib.robots.files import load_robot

    by_split: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    for name, row in workshop.rows().items():
        if row["fate"] == "accepted":
            by_split[row["split"]].add(name)
    for split, names in by_split.items():
        shown = workshop.shown(f"motion_lib_{split}")
        files = list(Path(shown["path"]).glob("*.pt"))
        if not names:
            assert files == []
            assert shown["skipped"] == f"no clip of split {split} was kept"
            continue
        (file,) = files
        packed = load_motion_lib(file, load_robot("smpl")).names
        assert set(packed) == names
        rows = workshop.rows()
        assert [rows[name]["library_index"] for name in packed] == list(range(len(packed)))
    assert any(not names for names in by_split.values()), "one split should be empty"


def test_a_library_that_differs_from_the_table_fails_its_books(
    workshop: Workshop, tmp_path: Path
) -> None:
    (check,) = [
        each
        for each in graph_of(workshop.recipe).checks
        if each.check_key.asset_key.path[-1] == "motion_lib_train"
    ]
    packed = Layer(path=Path(workshop.shown("motion_lib_train")["path"]), sha256="")
    rows = read_rows(workshop.home / "reports/amass_tiny/clips.parquet")
    changes = ({}, {"output_frames": 7}, {"clip_id": "CMU/z"}, {"fate": "rejected"})
    for number, change in enumerate(changes):
        table = tmp_path / f"{number}.parquet"
        write_rows(table, [{**rows[0], **change}, *rows[1:]])
        found = asked(check, motion_lib=packed, table=Layer(path=table, sha256=""))
        assert found.passed is (number == 0), change


def test_the_artifact_says_where_it_comes_from(workshop: Workshop) -> None:
    from motionlib.registry import open_registry

    reference = workshop.shown("published_artifact")["reference"]
    manifest = open_registry("local", workshop.home / "artifacts").pull(reference).manifest
    assert {"train.pt", "clips.parquet", "rejected.parquet", "books.json"} <= set(manifest.files)
    assert manifest.facts.velocity_rule == "forward_min3"
    assert manifest.facts.fps == 30.0
    assert manifest.facts.recipe == "amass_tiny"
    assert manifest.facts.extra["clips"]["train_clips"] >= 1  # type: ignore[index]
    assert [parent.kind for parent in manifest.parents] == ["file"]


def test_a_touched_file_changes_nothing_but_the_index(workshop: Workshop) -> None:
    before = {name: workshop.shown(name)["sha256"] for name in ("clips", "published_artifact")}
    os.utime(workshop.folder / "CMU/01/a_poses.npz", ns=(1, 1))
    assert all(result.success for result in workshop.run())
    assert workshop.shown("human_motions")["run_recomputed"] == 0
    assert workshop.shown("motion_lib_train")["reused"] is True
    assert {name: workshop.shown(name)["sha256"] for name in before} == before
    assert workshop.shown("published_artifact")["new_version"] is False


def test_one_changed_file_costs_one_clip(
    workshop: Workshop, write_recording: Callable[..., Path]
) -> None:
    before = workshop.rows()
    assert workshop.changes() == []
    write_recording(workshop.folder / "KIT/3/a_poses.npz", seed=99)
    assert workshop.changes() == [f"{workshop.folder.name} changed"]
    workshop.run()
    assert workshop.shown("human_motions")["run_recomputed"] == 1
    after = workshop.rows()
    assert {name for name in after if after[name]["key"] != before[name]["key"]} == {
        "KIT/3/a_poses"
    }


def converted(results: Sequence[dg.ExecuteInProcessResult]) -> list[str]:
    """Partitions of human motions that runs made."""
    events = [event for each in results for event in each.get_asset_materialization_events()]
    made = [event.step_materialization_data.materialization for event in events]
    return sorted(str(m.partition) for m in made if m.asset_key.path[-1] == "human_motions")


def test_a_run_for_changed_datasets_converts_no_others(
    workshop: Workshop, write_recording: Callable[..., Path]
) -> None:
    write_recording(workshop.folder / "KIT/3/b_poses.npz", seed=11)
    write_recording(workshop.folder / "CMU/01/c_poses.npz", seed=12)
    write_recording(workshop.folder / "EKUT/x/never_poses.npz", seed=13)
    results = workshop.run("CMU", "KIT")
    assert all(result.success for result in results)
    assert converted(results) == ["CMU", "EKUT", "KIT"]
    rows = workshop.rows()
    for name in ("KIT/3/b_poses", "CMU/01/c_poses", "EKUT/x/never_poses", "HumanEva/S1/a_poses"):
        assert rows[name]["fate"] == "accepted", name
    assert workshop.changes() == []
    shutil.rmtree(workshop.folder / "EKUT")
    results = workshop.run("EKUT")
    assert all(result.success for result in results)
    assert converted(results) == []
    assert "EKUT/x/never_poses" not in workshop.rows()


def test_datasets_come_and_go_as_partitions(
    workshop: Workshop, write_recording: Callable[..., Path]
) -> None:
    key = key_of(workshop.recipe, "human_motions")
    write_recording(workshop.folder / "ACCAD/x/new_poses.npz", seed=7)
    workshop.run()
    assert "ACCAD" in known_subsets(workshop.recipe, workshop.instance)
    assert "ACCAD" in workshop.instance.get_materialized_partitions(key)
    shutil.rmtree(workshop.folder / "ACCAD")
    assert all(result.success for result in workshop.run())
    assert "ACCAD" not in known_subsets(workshop.recipe, workshop.instance)
    assert not any(name.startswith("ACCAD") for name in workshop.rows())


def test_subsets_of_another_index_are_refused_by_the_table(
    workshop: Workshop, write_recording: Callable[..., Path]
) -> None:
    write_recording(workshop.folder / "KIT/3/late_poses.npz", seed=5)
    defs = definitions_of([workshop.recipe])
    index = defs.resolve_job_def("amass_tiny_index")
    assert index.execute_in_process(instance=workshop.instance).success
    motions = defs.resolve_job_def("amass_tiny_motions")
    tags = {
        "dagster/asset_partition_range_start": "CMU",
        "dagster/asset_partition_range_end": "CMU",
    }
    result = motions.execute_in_process(instance=workshop.instance, tags=tags, raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "amass_tiny__clips"
    assert "1 of 3 subsets" in str(failure.step_failure_data.error)
    assert "KIT" in str(failure.step_failure_data.error)


def test_shards_share_a_split(workshop: Workshop) -> None:
    from motionlib.formats.protomotions.motion_lib import load_motion_lib
    from motionlib.robots.files import load_robot

    libraries = replace(workshop.recipe.libraries, shards=2)
    recipe = replace(workshop.recipe, libraries=libraries)
    assert all(
        result.success
        for result in run_stages(recipe, workshop.instance, definitions=definitions_of([recipe]))
    )
    folder = Path(workshop.shown("motion_lib_train")["path"])
    files = sorted(folder.glob("*.pt"))
    assert [file.name for file in files] == ["train_0.pt", "train_1.pt"]
    names = {file.name: load_motion_lib(file, load_robot("smpl")).names for file in files}
    parts = [set(each) for each in names.values()]
    rows = workshop.rows()
    wanted = {n for n, row in rows.items() if row["fate"] == "accepted" and row["split"] == "train"}
    assert parts[0] | parts[1] == wanted
    assert not parts[0] & parts[1]
    for name in wanted:
        assert names[rows[name]["library_file"]][rows[name]["library_index"]] == name
    assert {row["library_index"] for n, row in rows.items() if n not in wanted} <= {None, 0}


def test_one_job_runs_everything_and_names_its_runs(workshop: Workshop) -> None:
    whole = definitions_of([workshop.recipe]).resolve_job_def("amass_tiny")
    result = whole.execute_in_process(instance=workshop.instance)
    assert result.success
    started = workshop.instance.get_runs(dg.RunsFilter(tags={STARTED_BY: result.run_id}))
    assert {run.job_name for run in started} == {"amass_tiny_index", "amass_tiny_motions"}
    assert all(run.is_success for run in started)


def test_a_folder_that_is_gone_stops_the_first_run(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMASS_TINY", str(workshop.folder / "nowhere"))
    (result,) = workshop.run()
    assert not result.success
    whole = definitions_of([workshop.recipe]).resolve_job_def("amass_tiny")
    with pytest.raises(dg.Failure, match="amass_tiny_index failed"):
        whole.execute_in_process(instance=workshop.instance)


def test_a_robot_that_recordings_cannot_go_to_stops_the_recipe_at_once(workshop: Workshop) -> None:
    wrong = replace(workshop.recipe, robot="g1")
    runs = list(run_stages(wrong, workshop.instance, definitions=definitions_of([wrong])))
    assert [run.success for run in runs] == [False]
    failed = runs[0].filter_events(lambda event: event.is_step_failure)
    assert [event.step_key for event in failed] == ["amass_tiny__robot_model"]
    assert "retargeting" in str(failed[0].event_specific_data)
