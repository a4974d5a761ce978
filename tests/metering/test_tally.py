from __future__ import annotations

from service.identifiers import LinkId, OrganizationId
from service.metering.charges import Charge
from service.metering.tally import Tally
from service.metering.usage import Units

ORG = OrganizationId("org_AAAAAAAAAAAAAAAAAAAA")


def charge(link: str, renders: int) -> Charge:
    units = Units(renders=renders, bytes=10 * renders)
    return Charge(organization_id=ORG, link_id=LinkId(link), version=1, units=units)


def test_what_changed_after_a_batch_is_told_whole() -> None:
    tally = Tally()
    tally.add([charge("a", 1), charge("b", 2), charge("a", 3)], "2026-07-01", 1)
    tally.add([charge("b", 5)], "2026-07-01", 2)
    tally.add([charge("b", 7)], "2026-07-02", 3)
    assert tally.since(0) == [
        ["a", "2026-07-01", 4, 0, 40, 0, 0, 0, 0],
        ["b", "2026-07-01", 7, 0, 70, 0, 0, 0, 0],
        ["b", "2026-07-02", 7, 0, 70, 0, 0, 0, 0],
    ]
    assert tally.since(1) == [["b", "2026-07-01", 7, 0, 70, 0, 0, 0, 0], ["b", "2026-07-02", 7, 0, 70, 0, 0, 0, 0]]
    assert tally.since(3) == []


def test_it_grows_with_links_not_with_use_and_forgets_past_days() -> None:
    tally = Tally()
    for day in range(1, 31):
        today, first = f"2026-07-{day:02}", f"2026-07-{max(1, day - 3):02}"
        tally.forget_before(first)
        for seq in range(100):
            tally.add([charge("a", 1), charge("b", 1)], today, day * 100 + seq)
        assert len(tally.since(0)) == 2 * min(day, 4)
