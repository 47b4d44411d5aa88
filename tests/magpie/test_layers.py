from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie.domain import Trait
from magpie.layers import file_name, is_absent, paths

HOSTILE = ["", ".", "..", "../../etc/passwd", "a/b", "a\\b", "CON", "nul.png", "aux ", " lead", "x" * 300]
HOSTILE += ["C:", "a:b", "tab\there", "new\nline", "\u202egnp", "\ud800", "ключ", "😀", "Crown.", "~", "-rf"]


@pytest.mark.parametrize("name", ["Crown", "3D Glasses", "Top Hat (red)", "Mother & Son", "a_b-c+d"])
def test_plain_names_stay_as_they_are(name):
    assert file_name(name) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_one_safe_name(name):
    safe = file_name(name)
    assert safe.isascii()
    assert 0 < len(safe) <= 80
    assert PurePosixPath(safe).name == PureWindowsPath(safe).name == safe
    assert not set(safe) & set('<>:"/\\|?*\0')
    assert not safe.startswith((".", "-", " "))
    assert not safe.endswith((".", " "))
    assert safe.split(".")[0].casefold().strip() not in {"con", "prn", "aux", "nul"}


@given(st.sets(st.text(max_size=30), min_size=2, max_size=8))
def test_names_that_differ_by_more_than_case_differ_as_files(names):
    folded = {file_name(name).casefold() for name in names}
    assert len(folded) >= len({name.casefold() for name in names})


def test_a_trait_has_a_mask_and_a_component():
    assert paths(Trait(type="Hat", value="Top Hat")) == (
        "masks/Hat/Top Hat.png",
        "components/Hat/Top Hat.png",
    )


@pytest.mark.parametrize(
    ("value", "absent"), [("None", True), ("n/a", True), ("-", True), ("Nonesuch", False)]
)
def test_values_that_say_that_nothing_is_there(value, absent):
    assert is_absent(Trait(type="Hat", value=value)) is absent
