"""The bare page of a link: framed by the web origins of one key, and by nobody else; oEmbed; cards."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from pydantic import ValidationError

from service.links.link import is_origin
from service.operations.links.models import LinkFields

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

ORIGIN, OTHER = "https://news.example", "https://maps.example:8443"
JSON = {"Accept": "application/json"}


async def add_key(service: Installation, link: Any, *origins: str) -> Any:
    return await service.ask("share.key.create", link_id=link["id"], label="Web", allowed_origins=origins)


async def look(service: Installation, url: str, **headers: str) -> ClientResponse:
    """Load an address as a browser does, which keeps the fragment to itself."""
    path = url.removeprefix(service.settings.base_url).partition("#")[0]
    return await service.client.get(path, headers={"Accept": "text/html", **headers})


async def shown(service: Installation, url: str, key: str) -> ClientResponse:
    path = url.removeprefix(service.settings.base_url).partition("#")[0]
    return await service.client.get(path, headers={**JSON, "X-Share-Key": key})


def ancestors(response: ClientResponse) -> str:
    found = re.search(r"frame-ancestors ([^;]*)", response.headers["Content-Security-Policy"])
    assert found is not None
    return found[1]


async def test_the_origins_of_the_key_and_no_others_may_frame_the_page(service: Installation) -> None:
    link = await service.add_link(name="Secret survey")
    key = await add_key(service, link, ORIGIN, OTHER)
    assert key["key"] not in key["embed_url"].partition("#")[0]
    assert key["embed_url"].endswith(f"#key={key['key']}")
    page = await look(service, key["embed_url"])
    assert page.status == 200
    assert ancestors(page) == f"{ORIGIN} {OTHER}"
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers
    assert "Secret survey" not in await page.text()
    for name, value in (("default-src", "'none'"), ("script-src", "'self'"), ("style-src", "'self'")):
        assert f"{name} {value};" in page.headers["Content-Security-Policy"]


async def test_what_the_page_shows_is_for_its_own_key_and_sets_no_cookie(service: Installation) -> None:
    link = await service.add_link(max_views=1)
    key, other, free = [await add_key(service, link, *each) for each in ((ORIGIN,), (OTHER,), ())]
    answer = await shown(service, key["embed_url"], key["key"])
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    told = await answer.json()
    assert (told["key"], told["view_count"]) == (key["key"], 0)
    for held in (other["key"], free["key"], told["urls"]["page"]):
        refused = await shown(service, key["embed_url"], held)
        assert refused.status in {401, 403}
    validated = await service.ask("share.link.validate", token=link["token"], password="correct horse battery")
    assert (await shown(service, key["embed_url"], validated["key"])).status == 403
    assert (await shown(service, key["embed_url"], "")).status == 401


async def test_a_key_without_origins_is_not_for_frames(service: Installation) -> None:
    link = await service.add_link()
    key = await add_key(service, link)
    assert (key["embed_url"], key["embed_html"]) == (None, None)
    page = await look(service, f"/s/{link['token']}/embed?key_id={key['id']}")
    assert (page.status, ancestors(page), page.headers["X-Frame-Options"]) == (403, "'none'", "DENY")


@pytest.mark.parametrize(
    "headers",
    [{"Referer": "https://elsewhere.example/page"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}],
    ids=str,
)
async def test_a_page_of_another_origin_is_refused_and_its_owner_told(
    service: Installation, headers: dict[str, str]
) -> None:
    link = await service.add_link()
    key = await add_key(service, link, ORIGIN)
    assert (await look(service, key["embed_url"], **headers)).status == 403
    assert (await look(service, key["embed_url"], Referer=f"{ORIGIN}/article")).status == 200
    events = await service.ask("share.link.events", link_id=link["id"])
    assert [(event["kind"], event["status"]) for event in events["events"]] == [("denied", 403)]


async def test_a_link_narrows_the_origins_of_its_keys(service: Installation) -> None:
    link = await service.add_link(allowed_origins=[ORIGIN])
    both, none = await add_key(service, link, ORIGIN, OTHER), await add_key(service, link, OTHER)
    assert ancestors(await look(service, both["embed_url"])) == ORIGIN
    page = await look(service, none["embed_url"])
    assert (page.status, ancestors(page)) == (403, "'none'")


async def test_an_ended_key_or_link_says_so_inside_the_frame(service: Installation) -> None:
    link = await service.add_link()
    key, other = await add_key(service, link, ORIGIN), await add_key(service, link, ORIGIN)
    await service.ask("share.key.revoke", key_id=key["id"])
    page = await look(service, key["embed_url"])
    assert (page.status, ancestors(page)) == (410, ORIGIN)
    assert (await shown(service, key["embed_url"], key["key"])).status == 401
    await service.ask("share.link.suspend", link_id=link["id"])
    page = await look(service, other["embed_url"])
    assert (page.status, ancestors(page)) == (410, ORIGIN)


async def test_a_key_of_another_link_opens_no_frame(service: Installation) -> None:
    item = await service.add_item()
    link, foreign = await service.add_link(item), await service.add_link(item)
    key = await add_key(service, foreign, ORIGIN)
    for key_id in (key["id"], "", "key_unknown", "k" * 5000):
        page = await look(service, f"/s/{link['token']}/embed?key_id={key_id}")
        assert (page.status, ancestors(page)) == (404, "'none'")
    assert (await look(service, f"/s/{'A' * 44}/embed?key_id={key['id']}")).status == 404


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example; script-src *",
        "https://a.example *",
        "https://*.example",
        "https://user@a.example",
        "https://a.example/",
        "https://a.example\n",
        "https://",
        "https://ex ample",
        "https://a.example:port",
        "null",
        "*",
    ],
)
def test_nothing_but_an_origin_gets_into_the_policy(origin: str) -> None:
    with pytest.raises(ValidationError, match="must be a web origin"):
        LinkFields.model_validate({"password": "correct horse", "allowed_origins": [origin]})
    assert not is_origin(origin), "one that was stored before is left out"


def test_ports_numbers_and_capitals_are_origins() -> None:
    given = ("https://Maps.Example.org", "http://127.0.0.1:3000", "http://[::1]:80", "http://localhost")
    fields = LinkFields.model_validate({"password": "correct horse", "allowed_origins": given})
    assert fields.allowed_origins == tuple(origin.lower() for origin in given)


async def oembed(service: Installation, url: str, **parameters: str) -> ClientResponse:
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in {"url": url, **parameters}.items())
    return await service.client.get(f"/oembed?{query}")


async def test_oembed_frames_the_whole_address_and_names_what_may_be_named(service: Installation) -> None:
    link = await service.add_link(name='Map <"1"> & more')
    key = await add_key(service, link, ORIGIN)
    told = await (await oembed(service, key["embed_url"], format="json")).json()
    assert (told["version"], told["type"], told["width"], told["height"]) == ("1.0", "rich", 800, 500)
    assert "title" not in told
    assert "Map" not in told["html"].replace("Shared map", "")
    source = re.search(r'src="([^"]*)"', told["html"])
    assert source is not None
    assert html.unescape(source[1]) == key["embed_url"]
    small = await (await oembed(service, key["embed_url"], maxwidth="320", maxheight="200")).json()
    assert (small["width"], small["height"]) == (320, 200)
    await service.ask("share.link.update", link_id=link["id"], public_name=True)
    named = await (await oembed(service, key["embed_url"])).json()
    assert named["title"] == 'Map <"1"> & more'
    assert 'title="Map &lt;&quot;1&quot;&gt; &amp; more"' in named["html"]
    assert key["embed_html"].count('"') % 2 == 0
    assert "<" not in key["embed_html"][1:].replace("</iframe>", "")


async def test_oembed_calls_an_address_without_its_key_a_link(service: Installation) -> None:
    link = await service.add_link()
    key = await add_key(service, link, ORIGIN)
    base = f"{service.settings.base_url}/s/{link['token']}"
    for url in (base, key["embed_url"].partition("#")[0], f"{base}#view=3/0/0"):
        told = await (await oembed(service, url)).json()
        assert (told["type"], "html" in told, "title" in told) == ("link", False, False)


async def test_oembed_tells_nothing_of_what_is_not_ours_or_not_open(service: Installation) -> None:
    link = await service.add_link()
    key, other = await add_key(service, link, ORIGIN), await add_key(service, link, OTHER)
    base = service.settings.base_url
    urls = (
        "",
        "https://elsewhere.example/s/x",
        f"{base}/docs",
        f"{base}/s/../x",
        f"{base}.evil.example/s/x",
        "http://[",
    )
    for url in urls:
        assert (await oembed(service, url)).status == 404, url
    assert (await oembed(service, f"{base}/s/{'A' * 44}")).status == 404
    assert (await oembed(service, key["embed_url"].replace(key["key"], other["key"]))).status == 401
    assert (await oembed(service, f"{key['embed_url']}x")).status == 401
    assert (await oembed(service, base, format="xml")).status == 422
    assert (await oembed(service, key["embed_url"], maxwidth="-1")).status == 422
    await service.ask("share.link.revoke", link_id=link["id"])
    assert (await oembed(service, key["embed_url"])).status == 410
    assert (await oembed(service, f"{base}/s/{link['token']}")).status == 410


async def test_a_card_names_a_link_only_where_it_allows_that(service: Installation) -> None:
    link = await service.add_link(name='Dig <"here">', description="Gold")
    page = await (await look(service, f"/s/{link['token']}")).text()
    assert "og:title" not in page
    assert "Dig" not in page
    await service.ask("share.link.update", link_id=link["id"], public_name=True)
    page = await (await look(service, f"/s/{link['token']}")).text()
    assert '<meta property="og:title" content="Dig &lt;&#34;here&#34;&gt;">' in page
    assert page.count("og:") == 1
    assert "Gold" not in page
    found = re.search(r'type="application/json\+oembed" href="([^"]*)"', page)
    assert found is not None
    address = urlsplit(html.unescape(found[1]))
    told = await (await service.client.get(f"{address.path}?{address.query}")).json()
    assert (told["type"], told["title"]) == ("link", 'Dig <"here">')
