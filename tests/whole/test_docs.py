"""The documents: a site that needs no network, links that lead somewhere, messages that are said."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("assets", "motionlib", "pipelines", "retarget", "training")
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?(?:https?:)?//|"
    r"<link[^>]*rel=[\"']?(?:stylesheet|preconnect|icon)[^>]*href=[\"']?(?:https?:)?//|"
    r"@import\s|url\((?:https?:)?//"
)
"""What a browser would get from a server when it opens a page."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed, so no site is built; make setup installs it")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder)))
    return folder


def anchors_of(document: Path) -> set[str]:
    """Names of a document's headings, as GitHub and the site make them."""
    text = re.sub(r"(?ms)^```.*?^```", "", document.read_text(encoding="utf-8"))
    titles = re.findall(r"(?m)^#+ (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def pages_of(nav: list | str) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
        return
    for entry in nav:
        (inner,) = entry.values()
        yield from pages_of(inner)


def said_texts() -> Iterator[str]:
    """Every text of the programs; `…` stands for what is put into it."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    for file in (*files, ROOT / "setup.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (x.value if isinstance(x, ast.Constant) else "…" for x in node.values)
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    yield (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_site_is_built_without_a_warning_and_needs_no_network(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert {page.stem for page in pages} >= {each.stem for each in (ROOT / "docs").glob("*.md")}
    for page in (*pages, *site.rglob("*.css")):
        found = FETCHED.search(page.read_text(encoding="utf-8"))
        assert found is None, f"{page.name}: {found and found.group(0)}"
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "Troubleshooting" in index
    home = (site / "index.html").read_text(encoding="utf-8")
    assert 'src="javascripts/iframe-worker.js"' in home


@pytest.mark.parametrize(
    "asked",
    [
        '<script src="https://unpkg.com/x"></script>',
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css">',
        "<img alt='' src='//x.y/z.png'>",
        ".a{background:url(https://x.y/z.png)}",
    ],
)
def test_what_a_page_fetches_is_seen(asked: str) -> None:
    assert FETCHED.search(asked)


def test_every_page_is_in_the_contents() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert set(pages_of(nav)) == pages, "mkdocs.yml: nav must name each page of docs/"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), f"{document.name}: {link}"
        if document.parent.name == "docs":
            assert target.is_relative_to(ROOT / "docs"), (
                f"{link}: the site has pages of docs/ alone"
            )
        if anchor:
            assert anchor in anchors_of(target), f"{document.name}: {link}"


def test_messages_that_are_explained_are_messages_of_the_programs() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    cells = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")]
    messages = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if "…" in span]
    assert len(messages) > 20
    texts = list(said_texts())
    for message in messages:
        pieces = [piece.strip() for piece in message.split("…")]
        near = (text for text in texts if max(pieces, key=len) in text)
        pattern = re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)
        assert any(pattern.search(text) for text in near), message


def test_readme_is_short_and_begins_with_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 110
    shown = [line.split("#")[0].strip() for line in lines if line.startswith("make ")]
    assert shown == ["make demo", "make test"]
