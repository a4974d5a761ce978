"""A field of a link is declared once for those who ask, and has one name wherever it goes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from service.database.tables import links
from service.links.link import Link
from service.operations.links.batches.models import LinkBatchCreate
from service.operations.links.models import LinkCreate, LinkDetail, LinkFields, LinkUpdate

WORKED_OUT = {"password", "expires_in_hours"}
"""What is said of a link in other words than it is kept in."""
SAID = sorted(LinkFields.model_fields.keys() - WORKED_OUT)


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_link_is_kept_and_shown(name: str) -> None:
    assert name in {field.name for field in fields(Link)}
    assert name in links.c
    assert name in LinkDetail.model_fields


@pytest.mark.parametrize("body", [LinkCreate, LinkUpdate, LinkBatchCreate])
def test_whoever_makes_or_changes_links_says_the_same_of_them(body: type[LinkFields]) -> None:
    assert issubclass(body, LinkFields)


def test_a_link_has_a_column_for_each_of_its_fields() -> None:
    assert {field.name for field in fields(Link)} == set(links.c.keys())
