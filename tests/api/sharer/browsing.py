"""A browser without a screen: it keeps the session's cookie, and sends what browsers send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
CSRF = re.compile(r'<meta name="csrf" content="([^"]+)">')


@dataclass(kw_only=True)
class Browsing:
    """Somebody at the sharer's page."""

    service: Installation
    cookie: str = ""
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: dict(SAME_ORIGIN))

    async def sign_in(self, api_key: str | None = None, way: str = "") -> ClientResponse:
        """Sign in, and read the token of the session from the first page."""
        form = {"api_key": self.service.api_key if api_key is None else api_key, "next": way}
        response = await self.post_form("/sign-in", form)
        if response.status == 303:
            self.csrf = CSRF.findall(await (await self.get("/")).text())[0]
        return response

    async def get(self, path: str) -> ClientResponse:
        """Load a page."""
        return self._kept(await self.service.client.get(path, headers=self._sent(), allow_redirects=False))

    async def post_form(self, path: str, form: dict[str, str]) -> ClientResponse:
        """Send a form."""
        sent = self._sent()
        return self._kept(await self.service.client.post(path, data=form, headers=sent, allow_redirects=False))

    async def call(self, operation: str, /, headers: dict[str, str] | None = None, **body: Any) -> ClientResponse:
        """Call an operation as a script of the page does."""
        sent = self._sent() | {"X-CSRF-Token": self.csrf} | (headers or {})
        return await self.service.client.post(f"/page/op/{operation}", json=body, headers=sent)

    async def sign_out(self) -> ClientResponse:
        """Press the button."""
        return await self.post_form("/sign-out", {"csrf": self.csrf})

    def _sent(self) -> dict[str, str]:
        self.service.client.session.cookie_jar.clear()
        return self.headers | ({"Cookie": self.cookie} if self.cookie else {})

    def _kept(self, response: ClientResponse) -> ClientResponse:
        for cookie in response.cookies.values():
            self.cookie = f"{cookie.key}={cookie.value}" if cookie.value else ""
        return response
