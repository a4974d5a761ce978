"""The key set of an issuer: fetched beside the requests, from where it is allowed to be."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from service.accounts.fetching import MOST_BYTES, fetch
from service.accounts.key_sets import KeySet
from service.accounts.session_keys import parse_key_set
from service.accounts.sessions import Sessions
from service.errors import Unauthenticated, Unavailable
from tests.accounts.signers import AUDIENCE, ISSUER, signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RS, ES, ED = signer("RS256"), signer("ES256"), signer("EdDSA")


class Issuer:
    """A web server with a key set."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.is_down = False
        self.url = ""

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if self.is_down:
            return web.Response(status=503)
        return web.json_response({"keys": self.keys})


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    one = Issuer()
    app = web.Application()
    app.router.add_get("/keys", one.answer)
    app.router.add_get("/elsewhere", _redirect)
    app.router.add_get("/large", _large)
    async with TestServer(app) as server:
        one.url = str(server.make_url("/keys"))
        yield one


async def _redirect(request: web.Request) -> web.Response:
    raise web.HTTPFound("/keys")


async def _large(request: web.Request) -> web.Response:
    return web.Response(body=b" " * (MOST_BYTES + 1))


@asynccontextmanager
async def running(issuer: Issuer, pause: float = 0.05) -> AsyncIterator[tuple[KeySet, Sessions]]:
    keys = KeySet(issuer.url, pause=pause)
    task = asyncio.create_task(keys.run())
    yield keys, Sessions(keys, issuer=ISSUER, audience=AUDIENCE, leeway=0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until_asked(issuer: Issuer, times: int) -> None:
    async with asyncio.timeout(20):
        while issuer.asked < times:  # noqa: ASYNC110  (a server of our own)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)


async def test_keys_are_found_by_their_names_and_new_ones_after_a_pause(issuer: Issuer) -> None:
    issuer.keys = [RS.jwk(kid="rs"), ES.jwk(kid="es", use="sig"), {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}]
    async with running(issuer) as (_, sessions):
        with pytest.raises(Unavailable):
            sessions.open(RS.token(headers={"kid": "rs"}))
        await until_asked(issuer, 1)
        assert sessions.open(RS.token(headers={"kid": "rs"})).subject == "user-1"
        assert sessions.open(ES.token(headers={"kid": "es"})).subject == "user-1"
        for token in (RS.token(headers={"kid": "es"}), RS.token(), ED.token(headers={"kid": "oct"})):
            with pytest.raises(Unauthenticated):
                sessions.open(token)
        issuer.keys.append(ED.jwk(kid="ed"))
        with pytest.raises(Unauthenticated) as refused:
            sessions.open(ED.token(headers={"kid": "ed"}))
        assert refused.value.retry_after is not None
        await until_asked(issuer, issuer.asked + 1)
        assert sessions.open(ED.token(headers={"kid": "ed"})).subject == "user-1"


async def test_unknown_names_do_not_make_us_ask_more_often(issuer: Issuer) -> None:
    issuer.keys = [RS.jwk(kid="rs")]
    async with running(issuer, pause=60) as (_, sessions):
        await until_asked(issuer, 1)
        for n in range(20):
            with pytest.raises(Unauthenticated):
                sessions.open(ES.token(headers={"kid": f"unknown {n}"}))
            await asyncio.sleep(0)
        assert issuer.asked == 1


async def test_an_issuer_that_is_away_leaves_the_keys_as_they_were(issuer: Issuer) -> None:
    issuer.keys = [RS.jwk(kid="rs")]
    async with running(issuer) as (keys, sessions):
        await until_asked(issuer, 1)
        issuer.is_down = True
        with pytest.raises(Unauthenticated):
            keys.find("new")
        await until_asked(issuer, 2)
        assert sessions.open(RS.token(headers={"kid": "rs"})).subject == "user-1"


def test_a_token_that_names_no_key_is_checked_with_the_only_one() -> None:
    assert parse_key_set(json.dumps({"keys": [ES.jwk(kid="es")]}).encode()).keys() == {None, "es"}
    assert parse_key_set(json.dumps({"keys": [ES.jwk(), RS.jwk()]}).encode()) == {}
    assert parse_key_set(json.dumps({"keys": [ES.jwk(use="enc"), RS.jwk(alg="PS256"), 7]}).encode()) == {}
    for raw in (b"[]", b"{}", b'{"keys": 7}', b"<html>"):
        with pytest.raises(ValueError, match=r"JSON|Expecting"):
            parse_key_set(raw)


async def test_a_redirect_is_not_followed_and_too_much_is_not_read(issuer: Issuer) -> None:
    for path in ("/elsewhere", "/large", "/nothing"):
        with pytest.raises(ValueError, match=r"answered|too large"):
            await fetch(issuer.url.replace("/keys", path))
