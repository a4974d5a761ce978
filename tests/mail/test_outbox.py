"""The outbox of e-mail against a real SMTP server: nothing is lost, nothing is sent twice in the ordinary run."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.mail.letter import Block, BlockKind, Letter
from service.mail.mail import Mail, MailKind, MailStatus, new_mail
from service.mail.smtp_sender import SmtpSender
from service.mail.store import MailStore
from service.mail.worker import MailWorker
from service.mail_server import parse_mailbox, parse_smtp_url
from tests.links.samples import store_link
from tests.mail.sink import Sink, open_sink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import LinkId

URL = "https://maps.example.org/s/token"
SOON = [timedelta(milliseconds=20)] * 50
LEASE = timedelta(minutes=10)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as opened:
        yield opened


@pytest.fixture
def store(engine: AsyncEngine) -> MailStore:
    return MailStore(engine)


async def link_url(_link_id: LinkId) -> str | None:
    return URL


async def no_url(_link_id: LinkId) -> str | None:
    return None


def worker_of(store: MailStore, sink: Sink, **changes: Any) -> MailWorker:
    smtp = SmtpSender(parse_smtp_url(sink.url), step=changes.pop("step", 5.0))
    options = {"address_of": link_url, "look_every": 0.02, "pauses": SOON, "code_of": lambda *_: "", **changes}
    return MailWorker(store, smtp, parse_mailbox("Maps <maps@example.org>"), **options)


@asynccontextmanager
async def running(*workers: MailWorker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def put(store: MailStore, engine: AsyncEngine, *recipients: str) -> LinkId:
    """Put a letter to each recipient into the outbox, about a new link."""
    link = await store_link(engine)
    blocks = (Block(kind=BlockKind.LINK, text="Open it"),)
    letters = (Letter(recipient=recipient, subject="Island", blocks=blocks) for recipient in recipients)
    await store.add([new_mail(MailKind.SHARED, letter, link.id, datetime.now(UTC)) for letter in letters])
    return link.id


async def until(store: MailStore, link_id: LinkId, holds: Callable[[list[Mail]], bool]) -> dict[str, Mail]:
    """Return the letters about a link by recipient, once something holds for them."""
    async with asyncio.timeout(30):
        while not holds(mails := await store.of_link(link_id, 100)):  # noqa: ASYNC110  (SQL tells nobody)
            await asyncio.sleep(0.01)
    return {mail.letter.recipient: mail for mail in mails}


async def settled(store: MailStore, link_id: LinkId) -> dict[str, Mail]:
    """Return the letters about a link by recipient, once none is queued."""
    return await until(store, link_id, lambda mails: all(mail.status is not MailStatus.QUEUED for mail in mails))


async def failed_once(store: MailStore, link_id: LinkId) -> None:
    """Wait until a letter about a link could not be sent."""
    await until(store, link_id, lambda mails: any(mail.error for mail in mails))


async def test_two_workers_send_each_letter_once(store: MailStore, engine: AsyncEngine, sink: Sink) -> None:
    everybody = [f"b{n}@example.com" for n in range(20)]
    link_id = await put(store, engine, *everybody)
    async with running(worker_of(store, sink), worker_of(store, sink)):
        mails = await settled(store, link_id)
    assert sorted(message["To"] for message in sink.accepted) == sorted(everybody)
    assert [envelope.rcpt_tos for envelope in sink.envelopes] == [[message["To"]] for message in sink.accepted]
    assert all((mail.attempts, mail.letter.blocks) == (1, ()) for mail in mails.values())
    body = sink.accepted[0].get_body(("plain",))
    assert body is not None
    assert URL in body.get_content()


async def test_what_is_refused_for_good_fails_at_once_and_the_rest_is_tried_again(
    store: MailStore, engine: AsyncEngine, sink: Sink
) -> None:
    sink.refused = {"gone@example.com": "550 5.1.1 No such user", "grey@example.com": "451 4.7.1 Come back later"}
    link_id = await put(store, engine, "gone@example.com", "grey@example.com", "here@example.com", "не@пример.рф")
    async with running(worker_of(store, sink)):
        await sink.wait_for(2)
        mails = await until(store, link_id, lambda mails: any(mail.attempts >= 3 for mail in mails))
        assert "451" in (mails["grey@example.com"].error or "")
        sink.refused.pop("grey@example.com")
        mails = await settled(store, link_id)
    gone = mails.pop("gone@example.com")
    assert (gone.status, gone.attempts) == (MailStatus.FAILED, 1)
    assert gone.error is not None
    assert "No such user" in gone.error
    assert {mail.status for mail in mails.values()} == {MailStatus.SENT}
    assert mails["grey@example.com"].error is None


async def test_a_letter_is_given_up_after_its_last_pause(store: MailStore, engine: AsyncEngine, sink: Sink) -> None:
    sink.after_data = "452 4.3.1 Disk full"
    link_id = await put(store, engine, "b@example.com")
    async with running(worker_of(store, sink, pauses=SOON[:2])):
        [mail] = (await settled(store, link_id)).values()
    assert (mail.status, mail.attempts, mail.letter.blocks) == (MailStatus.FAILED, 3, ())
    assert mail.error == "The mail server answered 452 4.3.1 Disk full"


async def test_a_silent_server_costs_one_wait_a_letter_and_nothing_is_lost(
    store: MailStore, engine: AsyncEngine, sink: Sink
) -> None:
    sink.is_silent = True
    link_id = await put(store, engine, "b@example.com", "c@example.com")
    async with running(worker_of(store, sink, step=0.1)):
        await failed_once(store, link_id)
        sink.is_silent = False
        await settled(store, link_id)
    assert sorted(message["To"] for message in sink.accepted) == ["b@example.com", "c@example.com"]


async def test_letters_outlive_a_server_that_is_away_and_a_worker_that_ends(
    store: MailStore, engine: AsyncEngine, sink: Sink
) -> None:
    await sink.stop()
    link_id = await put(store, engine, "b@example.com", "c@example.com")
    async with running(worker_of(store, sink)):
        await failed_once(store, link_id)
    await sink.start()
    async with running(worker_of(store, sink)):
        mails = await settled(store, link_id)
    assert {mail.status for mail in mails.values()} == {MailStatus.SENT}
    assert len(sink.accepted) == 2


async def test_a_worker_that_dies_leaves_its_letter_to_the_next(
    store: MailStore, engine: AsyncEngine, sink: Sink
) -> None:
    link_id = await put(store, engine, "b@example.com")
    now = datetime.now(UTC)
    taken = await store.take(now, LEASE)
    assert taken is not None
    assert await store.take(now, LEASE) is None
    assert await store.take(now + LEASE, -2 * LEASE) is not None
    async with running(worker_of(store, sink)):
        await settled(store, link_id)
    [message] = sink.accepted
    assert message["Message-ID"] == f"<{taken.id}@example.org>"


async def test_ending_waits_for_the_letter_in_hand(store: MailStore, engine: AsyncEngine, sink: Sink) -> None:
    link_id = await put(store, engine, "b@example.com")
    task = asyncio.create_task(worker_of(store, sink).run())
    await until(store, link_id, lambda mails: mails[0].attempts > 0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert [mail.status for mail in await store.of_link(link_id, 1)] == [MailStatus.SENT]


async def test_a_letter_about_a_link_that_has_ended_is_not_sent(
    store: MailStore, engine: AsyncEngine, sink: Sink
) -> None:
    link_id = await put(store, engine, "b@example.com")
    async with running(worker_of(store, sink, address_of=no_url)):
        [mail] = (await settled(store, link_id)).values()
    assert mail.error == "The link had ended before this was sent."
    assert sink.accepted == []
