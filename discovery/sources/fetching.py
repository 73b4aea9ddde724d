"""A public list over HTTP: bounded in time and size, tried again where that may help, and JSON in the end."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx

from operator_core.domain.base import mapping_in
from operator_core.errors import FetchFailed

MAX_BYTES = 30_000_000
ATTEMPTS = 3
FIRST_WAIT = 1.0
"""Seconds; twice as many each further time."""
LONGEST_WAIT = 10.0
"""Seconds: a server that asks for more patience is asked again at the next sync."""
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
WHOLE_FETCH = 60.0
"""Seconds for one attempt: a server that drips bytes ends here."""
MOST_PAGES = 20
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})

Sleep = Callable[[float], Awaitable[None]]


class _Again(FetchFailed):
    """Worth another attempt, after `wait` seconds where the server said so."""

    def __init__(self, cause: str, wait: float | None = None) -> None:
        super().__init__(cause)
        self.wait = wait


def http_client() -> httpx.AsyncClient:
    """Who opens it closes it. It follows redirects: raw.githubusercontent.com may send some."""
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=True, headers={"User-Agent": "ai-operator"})


async def fetch_whole(client: httpx.AsyncClient, url: str, *, sleep: Sleep = asyncio.sleep) -> object:
    """An answer with the `data` of all pages that `links.next` names on its server. Raises FetchFailed."""
    first = page = await fetch_json(client, url, sleep=sleep)
    models = list[object]()
    for _ in range(MOST_PAGES):
        fields = mapping_in(page)
        following, data = mapping_in(fields.get("links")).get("next"), fields.get("data")
        models += data if isinstance(data, list) else []
        if not isinstance(following, str) or not isinstance(data, list):
            return {**mapping_in(first), "data": models} if models and isinstance(data, list) else page
        address = httpx.URL(url).join(following)
        if address.host != httpx.URL(url).host:
            raise FetchFailed("its next page is on another server")
        page = await fetch_json(client, str(address), sleep=sleep)
    raise FetchFailed(f"more than {MOST_PAGES} pages")


async def fetch_json(
    client: httpx.AsyncClient, url: str, *, sleep: Sleep = asyncio.sleep, max_bytes: int = MAX_BYTES
) -> object:
    """Raises FetchFailed with the plain cause."""
    attempt = 1
    while True:
        try:
            return _parsed(await _body(client, url, max_bytes))
        except _Again as again:
            wait = FIRST_WAIT * 2 ** (attempt - 1) if again.wait is None else again.wait
            if attempt == ATTEMPTS or wait > LONGEST_WAIT:
                times = "once" if attempt == 1 else f"{attempt} times"
                raise FetchFailed(f"{again}, asked {times}") from again
        await sleep(wait)
        attempt += 1


async def _body(client: httpx.AsyncClient, url: str, max_bytes: int) -> bytes:
    try:
        async with asyncio.timeout(WHOLE_FETCH), client.stream("GET", url) as response:
            if response.status_code in RETRIED:
                patience = response.headers.get("retry-after", "")
                wait = float(patience) if patience.isascii() and patience.isdigit() else None
                raise _Again(f"status {response.status_code}", wait)
            if response.status_code != httpx.codes.OK:
                raise FetchFailed(f"status {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise FetchFailed(f"more than {max_bytes / 1e6:.0f} MB")
            return bytes(body)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise _Again("no whole answer in time") from error
    except httpx.TransportError as error:
        raise _Again(f"the connection failed ({type(error).__name__})") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchFailed(f"could not be asked ({type(error).__name__})") from error


def _parsed(body: bytes) -> object:
    """A cut or malformed answer isn't asked for again at once: it says the same a second later."""
    if not body.strip():
        raise FetchFailed("an empty answer")
    try:
        value: object = json.loads(body)
        if b"\\ud" in body.lower():
            # JSON may escape half of a character, which nothing can store: a replacement character instead.
            text = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
            value = json.loads(text.decode("utf-16", "replace"))
    except (ValueError, RecursionError) as error:
        raise FetchFailed("the answer is not JSON: cut, or not what was asked for") from error
    return value
