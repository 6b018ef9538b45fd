from pathlib import Path

import tyro

from assets.layers import Layer
from assets.tail.evaluation import _arguments, evaluation_metadata
from assets.tail.tails import tails_of
from pipelines.recipe import load_recipe
from tests.training.evaluation.test_report import METADATA, result
from training.evaluation.store import load_evaluation, save_evaluation
from training.inference_agent import InferenceArguments

DUCK = Path(__file__).resolve().parents[3] / "pipelines" / "recipes" / "microduck_walk.yaml"


def test_the_program_is_told_the_recipes_bounds_and_to_say_no_paths() -> None:
    recipe = load_recipe(DUCK)
    (tail,) = tails_of(recipe)
    policy = Layer(path=Path("/results/last.ckpt"), sha256="ab")
    artifact = Layer(path=Path("/v0"), sha256="cd", reference="local/motions/duck:v0")
    words = _arguments(tail, "", policy, artifact, "train")
    told = tyro.cli(InferenceArguments, args=words)
    assert told.bounds == recipe.evaluation.bounds()
    assert told.bounds.success_rate == 0.4
    assert not told.say_paths
    assert InferenceArguments(checkpoint=policy.path).say_paths, "a person sees them"


def test_an_assets_page_shows_titles_where_motions_have_them(tmp_path: Path) -> None:
    results = [result("policy", {"0.06_0.0_0.0": None, "dance": None})]
    for titles, shown in (({"0.06_0.0_0.0": "forward .06 m/s"}, True), ({}, False)):
        folder = tmp_path / str(shown)
        save_evaluation(folder, results, {**METADATA, "titles": titles})
        preview = evaluation_metadata({"train": load_evaluation(folder)})["preview"]
        rows = [record.data for record in preview.records]
        assert [row.get("title") for row in rows] == (
            ["forward .06 m/s", "dance"] if shown else [None, None]
        )
