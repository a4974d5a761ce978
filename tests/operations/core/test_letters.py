"""What letters say of who writes them."""

from __future__ import annotations

import pytest

from service.accounts.people import Person
from service.identifiers import UserId
from service.operations.core.letters import shared_letter
from tests.links.samples import make_link


@pytest.mark.parametrize(
    ("email", "name", "shown", "reply_to"),
    [
        ("anna@example.org", "Anna", "Anna (anna@example.org)", "anna@example.org"),
        ("anna@example.org", "anna@example.org", "anna@example.org", "anna@example.org"),
        ("owner@localhost", "Owner", "Owner", None),
    ],
)
def test_a_letter_names_its_writer_and_an_address_that_can_be_answered(
    email: str, name: str, shown: str, reply_to: str | None
) -> None:
    sharer = Person(id=UserId("usr_1"), email=email, name=name)
    letter = shared_letter(make_link(name="Island"), sharer, "b@example.com", "")
    assert letter.blocks[0].text == f"{shown} shares “Island” with you."
    assert letter.reply_to == reply_to


def test_a_letter_about_a_link_without_a_password_says_so() -> None:
    sharer = Person(id=UserId("usr_1"), email="anna@example.org", name="Anna")
    letter = shared_letter(make_link(password_hash=""), sharer, "b@example.com", "")
    assert "It needs no password." in "".join(block.text for block in letter.blocks)
