import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tiling.errors import ProfileInvalid
from tiling.models import Profile, ProfileKind

ADAPTER = TypeAdapter(Profile)
GOOD = {"id": "p", "label": "P", "kind": "raw"}


def test_a_profile_survives_json() -> None:
    profile = Profile(
        id="ndvi",
        label="NDVI",
        kind=ProfileKind.INDEX,
        expression="(b4-b1)/(b4+b1)",
        rescale=((-1, 1),),
        colormap="viridis",
    )
    assert ADAPTER.validate_json(ADAPTER.dump_json(profile)) == profile


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"id": "No Slug"}, "id", id="not a slug"),
        pytest.param({"id": "a" * 65}, "id", id="long slug"),
        pytest.param({"id": "a\n"}, "id", id="slug with a newline"),
        pytest.param({"label": ""}, "label", id="no label"),
        pytest.param({"bands": (0,)}, "bands", id="band zero"),
        pytest.param({"bands": (1, 2)}, "bands", id="two bands"),
        pytest.param({"bands": (10**100,)}, "bands", id="huge band"),
        pytest.param({"bands": (True,)}, "bands", id="bool band"),
        pytest.param({"bands": (1,), "expression": "b1"}, "expression", id="bands and expression"),
        pytest.param({"expression": "__import__('os')"}, "expression", id="code"),
        pytest.param({"rescale": ((math.nan, 1.0),)}, "rescale", id="nan"),
        pytest.param({"rescale": ((0.0, math.inf),)}, "rescale", id="inf"),
        pytest.param({"rescale": ((0, 10**400),)}, "rescale", id="huge int"),
        pytest.param({"rescale": ((1.0, 1.0),)}, "rescale", id="empty range"),
        pytest.param({"rescale": ((0.0, 1.0), (0.0, 1.0))}, "rescale", id="two ranges"),
        pytest.param({"rescale": ((0.0,),)}, "rescale", id="half a range"),
        pytest.param({"rescale": ((0.0, 1.0),) * 3}, "rescale", id="three ranges for one band"),
        pytest.param({"rescale": ((0.0, 1e-320),)}, "rescale", id="range without width"),
        pytest.param({"colormap": "no-such"}, "colormap", id="unknown colormap"),
        pytest.param({"colormap": "viridis", "bands": (1, 2, 3)}, "colormap", id="colormap on three bands"),
        pytest.param({"algorithm": "exec"}, "algorithm", id="unknown algorithm"),
        pytest.param({"algorithm": "terrainrgb"}, "algorithm", id="terrain as raw"),
        pytest.param({"kind": "terrain"}, "algorithm", id="terrain without algorithm"),
        pytest.param({"kind": "picture"}, "kind", id="unknown kind"),
        pytest.param({"resampling": "best"}, "resampling", id="unknown resampling"),
        pytest.param({"nodata": math.inf}, "nodata", id="infinite nodata"),
    ],
)
def test_a_wrong_profile_cannot_be_built_and_names_the_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(ProfileInvalid) as error:
        Profile(**(GOOD | {"kind": ProfileKind.RAW} | change))
    assert error.value.field == field


@given(st.floats(), st.floats())
def test_a_rescale_is_accepted_only_if_it_is_finite_and_ascending(low: float, high: float) -> None:
    usable = max(abs(low), abs(high)) <= 1e37 and high - low >= 1e-30
    try:
        Profile(id="p", label="P", kind=ProfileKind.RAW, rescale=((low, high),))
    except ProfileInvalid:
        assert not usable
    else:
        assert usable


def test_json_with_nan_is_refused_as_a_profile_not_as_a_crash() -> None:
    with pytest.raises(ProfileInvalid):
        ADAPTER.validate_python(GOOD | {"rescale": [[math.nan, 1]]})
