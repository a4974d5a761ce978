"""The outbox of webhooks: what a receiver may do, and what becomes of what it is sent. The clock is an argument."""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook as Signer

from service.database.tables import emails
from service.identifiers import WebhookId, new_id
from service.mail.worker import PAUSES
from service.notices.notice import claimed, new_notice, opened
from service.notices.notices import Notices
from service.notices.webhooks.delivery_store import DeliveryStore
from service.notices.webhooks.sender import WebhookSender
from service.notices.webhooks.webhook import DeliveryStatus, Webhook, new_secret
from service.notices.webhooks.webhook_store import WebhookStore
from service.notices.webhooks.worker import LEASE, MOST_OF_ONE, PATIENCE, WebhookWorker
from service.operations.account.notices.webhooks import MOST
from service.outbound.reach import Reach
from tests.links.samples import NOW, store_account, store_link
from tests.notices.receiver import Receiver, open_receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.links.link import Link
    from service.notices.webhooks.webhook import Delivery

KEYS = (b"k" * 32,)
REACH = Reach(networks=(ip_network("127.0.0.0/8"),))


@dataclass(kw_only=True)
class House:
    """A database with a link and a webhook, and a worker on it."""

    engine: AsyncEngine
    link: Link
    receiver: Receiver
    now: datetime = NOW
    secret: str = field(default_factory=new_secret)
    reach: Reach = REACH
    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    """What the name of the receiver leads to."""
    looked_up: int = 0

    def __post_init__(self) -> None:
        self.notices = Notices(self.engine, sends_mail=True)
        self.webhooks = WebhookStore(self.engine, KEYS, sends_mail=True)
        self.deliveries = DeliveryStore(self.engine)
        self.worker = self.another()

    def another(self, *, seconds: float = 20.0) -> WebhookWorker:
        sender = WebhookSender(self.reach, resolve=self.resolve, seconds=seconds)
        return WebhookWorker(self.webhooks, self.deliveries, sender, now=lambda: self.now)

    async def resolve(self, _host: str, _port: int) -> list[str]:
        self.looked_up += 1
        return self.addresses

    async def hook(self, url: str = "", events: tuple[str, ...] = ()) -> Webhook:
        webhook = Webhook(
            id=WebhookId(new_id("whk")),
            organization_id=self.link.organization_id,
            url=url or self.receiver.url.replace("127.0.0.1", "hooks.example.org"),
            description="",
            events=events,
            created_by=self.link.created_by,
            created_at=self.now,
            updated_at=self.now,
        )
        await self.webhooks.add(webhook, self.secret)
        return webhook

    async def happen(self, email: str = "b@example.org") -> None:
        await self.notices.add(claimed(self.link.id, email, self.now))

    async def send(self, after: timedelta = timedelta(0), worker: WebhookWorker | None = None) -> None:
        """Let time pass, and have sent what is due then."""
        self.now += after
        worker = worker or self.worker
        await worker.look()
        await worker.finish()

    async def last(self, webhook: Webhook) -> Delivery:
        [delivery] = await self.deliveries.list(webhook.id, before=None, limit=1)
        return delivery

    async def again(self, webhook: Webhook) -> Webhook:
        found = await self.webhooks.get(webhook.id)
        assert found is not None
        return found

    async def letters(self) -> list[tuple[str, str]]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(select(emails.c.kind, emails.c.recipient).order_by(emails.c.recipient))
            return [(row.kind, row.recipient) for row in rows]


@pytest.fixture
async def house(sqlite_engine: AsyncEngine) -> AsyncIterator[House]:
    async with open_receiver() as receiver:
        yield House(engine=sqlite_engine, link=await store_link(sqlite_engine), receiver=receiver)


@pytest.fixture
async def each_house(engine: AsyncEngine) -> AsyncIterator[House]:
    """On a database of each kind."""
    async with open_receiver() as receiver:
        yield House(engine=engine, link=await store_link(engine), receiver=receiver)


async def test_an_event_is_signed_and_sent_once(house: House) -> None:
    house.now = datetime.now(NOW.tzinfo)  # the receiver's clock is a real one
    webhook = await house.hook()
    await house.happen()
    await house.send()
    await house.send()
    [received] = house.receiver.received
    received.verify(house.secret)
    assert received.said["data"] | {"email": "b@example.org", "link_id": house.link.id} == received.said["data"]
    delivery = await house.last(webhook)
    assert (delivery.status, delivery.attempts, delivery.response_status) == (DeliveryStatus.DELIVERED, 1, 200)
    assert received.id == delivery.notice.id
    assert house.looked_up == 1
    with pytest.raises(Exception, match="signature"):
        received.verify(new_secret())


async def test_a_receiver_that_fails_is_asked_again_under_the_same_id(each_house: House) -> None:
    house = each_house
    webhook = await house.hook()
    house.receiver.status = 500
    await house.happen()
    await house.send()
    failed = await house.last(webhook)
    assert (failed.status, failed.next_attempt_at) == (DeliveryStatus.QUEUED, house.now + PAUSES[0])
    assert failed.error == "The server answered 500."
    assert (await house.again(webhook)).failing_since == house.now
    await house.send(PAUSES[0] / 2)
    assert len(house.receiver.received) == 1
    house.receiver.status = 204
    await house.send(PAUSES[0])
    first, second = house.receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert (await house.last(webhook)).status is DeliveryStatus.DELIVERED
    assert (await house.again(webhook)).failing_since is None


async def test_after_the_last_pause_a_delivery_is_given_up(house: House) -> None:
    webhook = await house.hook()
    house.receiver.status = 503
    await house.happen()
    await house.send()
    for pause in PAUSES:
        await house.send(pause)
    await house.send(timedelta(hours=1))
    assert (await house.last(webhook)).status is DeliveryStatus.FAILED
    assert len(house.receiver.received) == len(PAUSES) + 1


async def test_five_days_of_failure_disable_a_webhook_with_one_letter(each_house: House) -> None:
    house = each_house
    webhook, well = await house.hook(), await house.hook(events=("link.opened",))
    house.receiver.status = 500
    for day in range(5):
        await house.happen(f"{day}@example.org")
        await house.send(timedelta(days=1))
    assert (await house.again(webhook)).enabled
    others = [house.another() for _ in range(3)]
    house.now += PATIENCE
    for worker in (house.worker, *others):
        await worker.look()
        await worker.finish()
    disabled = await house.again(webhook)
    assert (disabled.disabled_at, disabled.disabled_reason) == (house.now, "it took nothing for 5 days.")
    assert (await house.again(well)).enabled
    letters = await house.letters()
    assert [kind for kind, _ in letters].count("webhook_disabled") == 1
    found = await house.deliveries.list(webhook.id, before=None, limit=100)
    assert {delivery.status for delivery in found} == {DeliveryStatus.FAILED}
    before = len(house.receiver.received)
    await house.happen("later@example.org")
    await house.send()
    assert len(house.receiver.received) == before

    house.receiver.status = 200
    await house.webhooks.save(replace(disabled, disabled_at=None, failing_since=None, disabled_reason=None))
    await house.happen("again@example.org")
    await house.send()
    assert house.receiver.received[-1].said["data"]["email"] == "again@example.org"


async def test_410_disables_at_once(house: House) -> None:
    webhook = await house.hook()
    house.receiver.status = 410
    await house.happen()
    await house.send()
    assert (await house.again(webhook)).disabled_reason == "the server answered 410 Gone."


async def test_a_receiver_that_hangs_holds_up_nobody_else(house: House) -> None:
    async with open_receiver() as well:
        hanging, good = await house.hook(), await house.hook(well.url)
        house.receiver.hangs = True
        for n in range(3):
            await house.happen(f"{n}@example.org")
        worker = house.another(seconds=0.3)
        await house.send(worker=worker)
        assert len(well.received) == 3
        assert (await house.last(good)).status is DeliveryStatus.DELIVERED
        failed = await house.last(hanging)
        assert (failed.status, failed.response_status) == (DeliveryStatus.QUEUED, None)
        assert "did not answer within" in (failed.error or "")


async def test_an_organization_whose_servers_all_hang_holds_up_no_other(each_house: House) -> None:
    house = each_house
    async with open_receiver() as well:
        hanging = [await house.hook() for _ in range(MOST)]
        house.receiver.hangs = True
        await house.happen()
        house.link = await store_link(house.engine, await store_account(house.engine, "Other"))
        await house.hook(well.url)
        house.now += timedelta(seconds=1)  # all others have waited longer
        await house.happen()
        await house.send(worker=house.another(seconds=2))
        assert len(well.received) == 1
        assert sum([(await house.last(webhook)).attempts for webhook in hanging]) == MOST_OF_ONE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(house: House, status: int) -> None:
    webhook = await house.hook()
    house.receiver.status = status
    house.receiver.headers = {"Location": house.receiver.url.replace("/hook", "/elsewhere")}
    await house.happen()
    await house.send()
    assert (await house.last(webhook)).error == f"The server answered {status}; redirects are not followed."


async def test_an_answer_without_an_end_is_not_read(house: House) -> None:
    webhook = await house.hook()
    house.receiver.huge = True
    await house.happen()
    await house.send()
    assert (await house.last(webhook)).status is DeliveryStatus.DELIVERED
    assert house.receiver.sent < 64 * 2**20


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"])
async def test_a_name_that_now_leads_to_a_private_address_is_not_asked(house: House, address: str) -> None:
    """DNS rebinding: it led to an allowed one when the webhook was made."""
    sender = WebhookSender(REACH, resolve=house.resolve)
    webhook = await house.hook()
    await sender.check(webhook.url)
    house.addresses = [address]
    await house.happen()
    await house.send()
    assert house.receiver.received == []
    assert "public addresses" in ((await house.last(webhook)).error or "")
    house.addresses = ["127.0.0.1", address]  # one among good ones is enough
    await house.send(PAUSES[0])
    assert house.receiver.received == []
    house.addresses = ["127.0.0.1"]
    await house.send(PAUSES[1])
    assert len(house.receiver.received) == 1


async def test_by_default_this_machine_and_http_are_refused(house: House) -> None:
    sender = WebhookSender(Reach(), resolve=house.resolve)
    for url in ("https://hooks.example.org/", "http://hooks.example.org/", "http://93.184.215.14/"):
        with pytest.raises(ValueError, match="must be https"):
            await sender.check(url)
    house.addresses = ["93.184.215.14"]
    await sender.check("https://hooks.example.org/")
    with pytest.raises(ValueError, match="must be https"):
        await sender.check("http://hooks.example.org/")


async def test_a_worker_that_dies_leaves_its_delivery_to_the_next(house: House) -> None:
    webhook = await house.hook()
    await house.happen()
    taken = await house.deliveries.take(webhook.id, house.now, house.now + LEASE)
    assert taken is not None
    await house.send()
    assert house.receiver.received == []
    await house.send(LEASE)
    assert [one.id for one in house.receiver.received] == [taken.notice.id]


async def test_many_that_see_the_same_write_it_once(each_house: House) -> None:
    house = each_house
    await house.hook()
    many = [Notices(house.engine, sends_mail=True) for _ in range(5)]
    for notices in many:
        await notices.add(opened(house.link.id, None, house.now), opened(house.link.id, None, house.now))
    await house.send()
    assert house.receiver.types() == ["link.opened"]
    assert [kind for kind, _ in await house.letters()] == ["notice"]


async def test_a_webhook_gets_what_it_asked_for(house: House) -> None:
    await house.hook(events=("link.opened",))
    await house.happen()
    await house.notices.add(opened(house.link.id, None, house.now))
    await house.send()
    assert house.receiver.types() == ["link.opened"]


async def test_the_secret_is_sealed(house: House) -> None:
    webhook = await house.hook()
    assert await house.webhooks.secret_of(webhook.id) == house.secret
    stranger = WebhookStore(house.engine, (b"x" * 32,), sends_mail=False)
    assert await stranger.secret_of(webhook.id) is None
    assert await WebhookStore(house.engine, (b"x" * 32, *KEYS), sends_mail=False).secret_of(webhook.id) == house.secret


async def test_what_is_old_is_forgotten_and_causes_that_last_are_not(each_house: House) -> None:
    house = each_house
    webhook = await house.hook()
    await house.notices.add(opened(house.link.id, None, house.now))
    await house.send()
    await house.notices.forget_before(house.now + timedelta(days=1))
    assert await house.deliveries.list(webhook.id, before=None, limit=9) == []
    assert await Notices(house.engine, sends_mail=False).add(opened(house.link.id, None, house.now)) == 0


async def test_ending_finishes_the_delivery_in_hand_and_begins_no_other(house: House) -> None:
    webhook = await house.hook()
    for n in range(3):
        await house.happen(f"{n}@example.org")
    house.receiver.pause = 0.3
    task = asyncio.create_task(house.worker.run())
    async with asyncio.timeout(30):
        while not house.receiver.received:  # noqa: ASYNC110  (a server of our own)
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    found = await house.deliveries.list(webhook.id, before=None, limit=9)
    statuses = sorted(delivery.status for delivery in found)
    assert statuses == [DeliveryStatus.DELIVERED, DeliveryStatus.QUEUED, DeliveryStatus.QUEUED]


def test_a_signature_is_verified_by_openssl_as_the_documentation_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    recipe = page.split("By hand, with openssl:")[1].split("```sh\n")[1].split("```")[0]
    secret, notice = new_secret(), new_notice("link.opened", NOW, {"link_name": "Süd “1”"})
    (tmp_path / "body.json").write_text(notice.payload, "utf-8")
    signature = Signer(secret).sign(notice.id, NOW, notice.payload)
    told = {"SECRET": secret, "ID": notice.id, "TIMESTAMP": str(int(NOW.timestamp()))}
    for shown, is_genuine in ((signature, True), (signature[:-5] + "AAAA=", False)):
        environment = {**os.environ, **told, "SIGNATURE": shown}
        done = subprocess.run(["sh", "-c", recipe], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (b"genuine" in done.stdout) is is_genuine, done
