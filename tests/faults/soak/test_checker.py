from __future__ import annotations

import pytest

from tests.faults.soak.checker import Budget, Checker, Counted, Delivered, Findings, Reading


def reading(**links: Counted) -> Reading:
    """What is counted when the organization is the sum of its links."""
    return Reading(links=links, organization=sum(link.tiles for link in links.values()))


@pytest.mark.parametrize(
    ("delivered", "uncertain", "counted", "found"),
    [
        pytest.param(5, 0, 5, Findings(tiles=5), id="each once"),
        pytest.param(5, 0, 3, Findings(tiles=5, lost=2), id="two not counted"),
        pytest.param(5, 0, 7, Findings(tiles=5, double=2), id="two counted again"),
        pytest.param(5, 3, 7, Findings(tiles=5, phantoms=2, uncertain=3), id="two may have been counted"),
        pytest.param(5, 3, 9, Findings(tiles=5, phantoms=3, double=1, uncertain=3), id="more than may have been"),
        pytest.param(5, 3, 4, Findings(tiles=5, lost=1, uncertain=3), id="uncertain ones excuse no loss"),
    ],
)
def test_a_window_is_judged_by_what_clients_got(delivered: int, uncertain: int, counted: int, found: Findings) -> None:
    tally = Delivered(tiles=delivered, bytes=10 * delivered, uncertain=uncertain)
    assert Checker().look({"a": tally}, reading(a=Counted(tiles=counted, bytes=10 * counted))) == found


def test_one_link_makes_up_for_no_other() -> None:
    tallies = {"a": Delivered(tiles=5), "b": Delivered(tiles=5)}
    found = Checker().look(tallies, reading(a=Counted(tiles=4), b=Counted(tiles=6)))
    assert (found.lost, found.double) == (1, 1)


def test_a_window_makes_up_for_no_other() -> None:
    checker = Checker()
    lost = checker.look({"a": Delivered(tiles=5)}, reading(a=Counted(tiles=4)))
    late = checker.look({"a": Delivered(tiles=8)}, reading(a=Counted(tiles=8)))
    assert (lost.lost, late.double) == (1, 1)
    assert not (lost + late).is_right


def test_uncertain_requests_of_one_window_excuse_nothing_in_the_next() -> None:
    checker = Checker()
    checker.look({"a": Delivered(uncertain=3)}, reading())
    assert checker.look({"a": Delivered(uncertain=3)}, reading(a=Counted(tiles=1))).double == 1


def test_phantoms_of_an_earlier_window_are_no_finding_any_more() -> None:
    checker = Checker()
    checker.look({"a": Delivered(uncertain=3)}, reading(a=Counted(tiles=2)))
    assert checker.look({"a": Delivered(tiles=1, uncertain=3)}, reading(a=Counted(tiles=3))) == Findings(tiles=1)


def test_more_phantoms_than_were_in_flight_are_double() -> None:
    tallies = {link: Delivered(uncertain=9) for link in "ab"}
    found = Checker().look(tallies, reading(a=Counted(tiles=4), b=Counted(tiles=4))).bounded(5)
    assert (found.phantoms, found.double) == (5, 3)


def test_the_right_number_of_wrong_tiles_is_found_by_their_bytes() -> None:
    found = Checker().look({"a": Delivered(tiles=2, bytes=30)}, reading(a=Counted(tiles=2, bytes=40)))
    assert found.crooked == 1
    assert not found.is_right


def test_an_organization_is_the_sum_of_its_links() -> None:
    books = Reading(links={"a": Counted(tiles=2)}, organization=3)
    assert not Checker().look({"a": Delivered(tiles=2)}, books).is_right


def test_a_tile_that_is_not_counted_yet_is_missed() -> None:
    checker = Checker()
    assert checker.misses({"a": Delivered(tiles=1)}, reading())
    assert not checker.misses({"a": Delivered(tiles=1)}, reading(a=Counted(tiles=1)))


def test_wrong_pixels_are_found() -> None:
    counted = reading(a=Counted(tiles=2, bytes=30, pixels=2 * 65536))
    assert Checker().look({"a": Delivered(tiles=2, bytes=30, pixels=2 * 65536)}, counted).is_right
    assert Checker().look({"a": Delivered(tiles=2, bytes=30, pixels=5 * 65536)}, counted).crooked == 1


def test_a_month_is_the_sum_of_its_links() -> None:
    links = {"a": Counted(tiles=2, bytes=7, pixels=9), "a queries": Counted(tiles=3)}
    months = {"renders": 2, "pixels": 9, "bytes": 7, "queries": 3}
    assert Checker().look({}, Reading(links=links, organization=5, months=months)).is_right
    for unit in months:
        wrong = Reading(links=links, organization=5, months=months | {unit: 1})
        assert Checker().look({}, wrong).crooked == 1


@pytest.mark.parametrize(
    ("used", "refused", "over", "short"),
    [
        pytest.param(10, 5, 0, 0, id="all of it"),
        pytest.param(9, 5, 0, 0, id="too little left for one more"),
        pytest.param(8, 5, 0, 1, id="refused what would have fit"),
        pytest.param(8, 0, 0, 0, id="not asked for more"),
        pytest.param(11, 0, 1, 0, id="beyond it"),
    ],
)
def test_a_budget_is_used_up_and_not_exceeded(used: int, refused: int, over: int, short: int) -> None:
    tally = Delivered(tiles=used, exhausted=refused)
    budget = Budget(unit="renders", limit=10, least=2)
    found = Checker().look({"a": tally}, reading(a=Counted(tiles=used)), [budget])
    assert (found.over, found.short) == (over, short)
    assert found.is_right is not bool(over or short)
    other = Budget(unit="queries", limit=10, least=2)
    assert Checker().look({"a": tally}, reading(a=Counted(tiles=used)), [other]).short == 0
