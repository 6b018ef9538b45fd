import pytest

from motionlib.errors import RegistryError
from motionlib.registry.references import (
    check_alias,
    check_file_name,
    check_name,
    is_name,
    parse_reference,
    version_number,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walk", "local/motions/walk:latest"),
        ("walk:v3", "local/motions/walk:v3"),
        ("demo/walk:best", "local/demo/walk:best"),
        ("me/demo/walk", "me/demo/walk:latest"),
    ],
)
def test_omitted_parts_take_the_defaults(text, expected):
    assert str(parse_reference(text)) == expected


def test_a_version_is_a_number_and_an_alias_is_not():
    assert parse_reference("walk:v12").version == 12
    assert parse_reference("walk:latest").version is None
    assert version_number("v01") is None
    with pytest.raises(RegistryError, match="looks like a version number"):
        check_alias("v3")


@pytest.mark.parametrize(
    "text",
    ["", ":latest", "walk:", "../walk", "a/../walk", "/etc/passwd", "a/b/c/d", ".hidden", "wa lk",
     "walk\x00", "walk:../x", "a\\b", "x" * 129],
)  # fmt: skip
def test_references_that_could_leave_the_folder_are_refused(text):
    with pytest.raises(RegistryError):
        parse_reference(text)


@pytest.mark.parametrize(
    "name", ["/abs", "../up", "a/../b", "a//b", "./a", "manifest.json", "", "a/.lock", "a\\b"]
)
def test_file_names_that_could_leave_the_artifact_are_refused(name):
    with pytest.raises(RegistryError):
        check_file_name(name)


def test_ordinary_names_pass():
    assert check_name("microduck-walk_2.0", "name") == "microduck-walk_2.0"
    assert check_file_name("clips/walk.npz") == "clips/walk.npz"


def test_is_name_asks_what_check_name_demands():
    assert is_name("walk-1.x_Y")
    assert not any(map(is_name, ("", ".", "..", "a/b", "-a", "a b", "x" * 129)))
