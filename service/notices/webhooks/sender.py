"""Handing a notice to a webhook: signed, to a public server, once."""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from standardwebhooks import Webhook as Signer

from service.outbound.call import Call, ask, check_reach, resolve_host

if TYPE_CHECKING:
    from service.notices.notice import Notice
    from service.outbound.call import Resolve
    from service.outbound.reach import Reach

SECONDS = 10.0


class NotDelivered(Exception):
    """A webhook did not take a notice. reason: a sentence for the admin. status: of the answer, where there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status

    @property
    def is_gone(self) -> bool:
        """Whether the server says that it wants nothing any more."""
        return self.status == HTTPStatus.GONE


class WebhookSender:
    """Speaks with webhooks. Where a server is, is looked at each time: its name may lead elsewhere by now."""

    def __init__(
        self,
        reach: Reach,
        *,
        resolve: Resolve = resolve_host,
        tls: ssl.SSLContext | Literal[True] = True,
        seconds: float = SECONDS,
    ) -> None:
        """`seconds`: that an attempt may take."""
        self._reach = reach
        self._resolve = resolve
        self._tls = tls
        self._seconds = seconds

    async def check(self, url: str) -> None:
        """Raise ValueError with what is wrong unless a webhook may have this address."""
        try:
            async with asyncio.timeout(self._seconds):
                await check_reach(url, self._reach, self._resolve)
        except PermissionError as exc:
            raise ValueError(str(exc)) from exc
        except OSError as exc:
            raise ValueError("has a host name that does not resolve") from exc

    async def send(self, url: str, secret: str, notice: Notice, now: datetime) -> int:
        """Hand a notice in, and return the status of the answer, whose body is not read. Raises NotDelivered."""
        body = notice.payload
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tilegate-Webhooks",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signer(secret).sign(notice.id, now, body),
        }
        call = Call(method="POST", url=url, headers=headers, body=body.encode(), seconds=self._seconds)
        try:
            status = (await ask(call, self._reach, self._resolve, self._tls)).status
        except PermissionError as exc:
            raise NotDelivered(f"The address may not be asked: it {exc}.") from exc
        except TimeoutError as exc:
            raise NotDelivered(f"The server did not answer within {self._seconds:.0f} seconds.") from exc
        except (ssl.SSLError, ssl.CertificateError) as exc:
            raise NotDelivered("The server's certificate is not valid for its name.") from exc
        except OSError as exc:
            raise NotDelivered("The server cannot be reached.") from exc
        except ValueError as exc:
            raise NotDelivered("The server's answer cannot be read.") from exc
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            is_redirect = status < HTTPStatus.BAD_REQUEST
            more = "; redirects are not followed" if is_redirect else ""
            raise NotDelivered(f"The server answered {status}{more}.", status=status)
        return status
