from tests.training.evaluation.comparing.conftest import Save
from tests.training.evaluation.test_report import Page
from training.evaluation.comparing.seeds import Replica, over_seeds
from training.evaluation.comparing.seeds_page import seeds_html
from training.evaluation.comparing.sides import side_of_table


def test_the_page_says_by_which_method_and_what_is_missing(save: Save) -> None:
    replicas = [
        Replica(
            variant=variant,
            seed=seed,
            side=side_of_table(
                save(f"{variant}{seed}.parquet", {"walk": {"body_pos_error_mean": error}}),
                label="",
            ),
        )
        for variant, seed, error in (("a", 0, 0.1), ("a", 1, 0.2), ("b", 0, 0.05), ("b", 1, 0.15))
    ]
    html = seeds_html(over_seeds(replicas), title="gains <b>", notes=["not evaluated: c_seed0"])
    page = Page(html)
    assert page.open == page.loads == []
    words = " ".join(" ".join(page.words).split())
    assert "gains <b>" in words
    assert "not evaluated: c_seed0" in words
    assert "Student's t over seeds" in words
    assert "body pos error mean, cm a 2 1 15" in words
    # equal differences of both seeds: as sure as can be
    assert "-5 [-5, -5] better" in words
