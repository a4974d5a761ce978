"""Which profile of an item is used."""

from __future__ import annotations

import pytest

from service.errors import NotFound
from tests.catalogue.samples import make_item, make_profile

ITEM = make_item(
    profiles=(make_profile(id="a", is_default=False), make_profile(id="b"), make_profile(id="c", is_default=False))
)


@pytest.mark.parametrize(
    ("wanted", "allowed", "used"),
    [
        pytest.param(None, (), "b", id="the default one"),
        pytest.param("c", (), "c", id="the one that is asked for"),
        pytest.param("c", ("a", "c"), "c", id="an allowed one"),
        pytest.param(None, ("a", "b"), "b", id="the default one where it is allowed"),
        pytest.param(None, ("c", "a"), "a", id="the first allowed one where the default is not"),
    ],
)
def test_a_profile_is_chosen(wanted: str | None, allowed: tuple[str, ...], used: str) -> None:
    assert ITEM.profile(wanted, allowed).id == used


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        pytest.param("d", (), id="unknown"),
        pytest.param("b", ("a",), id="not allowed"),
        pytest.param("", (), id="empty"),
        pytest.param(None, ("d",), id="none is left"),
    ],
)
def test_there_is_no_other_profile(wanted: str | None, allowed: tuple[str, ...]) -> None:
    with pytest.raises(NotFound) as missing:
        ITEM.profile(wanted, allowed)
    assert (missing.value.code, missing.value.field) == ("profile_not_found", "profile")


def test_an_item_that_is_no_raster_has_no_profile() -> None:
    with pytest.raises(NotFound, match="not a raster"):
        make_item(raster=None, profiles=()).profile(None)
