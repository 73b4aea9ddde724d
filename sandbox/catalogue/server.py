"""A stand-in for the three public lists that discovery reads, over real HTTP.

They are OpenRouter's catalogue, models.dev and LiteLLM's list. What each serves, and how it fails, can be set
at any time.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from operator_core.domain.base import Frozen
from sandbox.catalogue.data import litellm_answer, models_dev_answer, openrouter_answer
from sandbox.catalogue.new_models import NEW, New
from sandbox.loopback import served
from sandbox.platform.values import Platform

Source = Literal["openrouter", "models_dev", "litellm"]
PATHS: dict[Source, str] = {
    "openrouter": "/api/v1/models",
    "models_dev": "/api.json",
    "litellm": "/model_prices_and_context_window.json",
}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page(Frozen):
    """What a source gives back to one request."""

    body: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay_seconds: float = 0.0
    """How long the server holds the request first."""
    sent_share: float = 1.0
    """Below 1: the connection breaks after this share of the body that was announced."""
    encoding: str = "utf-8"
    content_type: str = "application/json"


def document(content: object) -> Page:
    return Page(body=json.dumps(content))


def cut(content: object, share: float = 0.5) -> Page:
    """A body that ends early, as if it were whole: no longer JSON."""
    text = json.dumps(content)
    return Page(body=text[: int(len(text) * share)])


def broken(content: object, share: float = 0.5) -> Page:
    """The connection breaks within the body."""
    return Page(body=json.dumps(content), sent_share=share)


def malformed() -> Page:
    return Page(body="<html>Please come back later</html>")


def empty() -> Page:
    return Page()


def slow(seconds: float, page: Page) -> Page:
    return page.model_copy(update={"delay_seconds": seconds})


def failing(status: int, retry_after: int | None = None) -> Page:
    """An error; `retry_after` in seconds."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Page(body=json.dumps({"error": {"code": status}}), status=status, headers=headers)


@dataclass
class CatalogueServer:
    """A running stand-in. A source without a page is a 404."""

    base_url: str = ""
    pages: dict[Source, list[Page]] = field(default_factory=dict)
    """Served in their order; the last one stays."""
    requests: list[Source] = field(default_factory=list)
    """Which source was asked, oldest first."""

    @property
    def urls(self) -> dict[str, str]:
        """The options of `[discovery]` that lead here."""
        return {f"{source}_url": self.url(source) for source in PATHS}

    def url(self, source: Source) -> str:
        return self.base_url + PATHS[source]

    def serve(self, source: Source, *pages: Page | dict[str, Any]) -> None:
        """Sets what a source gives from now on: pages, or documents."""
        self.pages[source] = [page if isinstance(page, Page) else document(page) for page in pages]

    def next_page(self, source: Source) -> Page:
        """The page for one more request."""
        self.requests.append(source)
        left = self.pages.get(source, [])
        if not left:
            return failing(404)
        return left.pop(0) if len(left) > 1 else left[0]


@asynccontextmanager
async def catalogue_server(**documents: Any) -> AsyncIterator[CatalogueServer]:
    """Runs a stand-in that serves these documents, by the name of their source."""
    server = CatalogueServer()
    app = web.Application()
    for source, path in PATHS.items():
        if source in documents:
            server.serve(source, documents[source])
        app.router.add_get(path, _handler(server, source))
    async with served(app) as url:
        server.base_url = url
        yield server


def platform_catalogue(
    platform: Platform, new: Sequence[New] = NEW
) -> AbstractAsyncContextManager[CatalogueServer]:
    """Runs a stand-in whose three lists agree with this platform, and OpenRouter's has these new models."""
    return catalogue_server(
        openrouter=openrouter_answer(platform, new),
        models_dev=models_dev_answer(platform),
        litellm=litellm_answer(platform),
    )


def _handler(server: CatalogueServer, source: Source) -> Handler:
    async def give(request: web.Request) -> web.StreamResponse:
        page = server.next_page(source)
        await asyncio.sleep(page.delay_seconds)
        if page.sent_share < 1:
            return await _break_off(request, page)
        headers = {"Content-Type": page.content_type, **dict(page.headers)}
        body = page.body.encode(page.encoding, "surrogatepass")
        return web.Response(body=body, status=page.status, headers=headers)

    return give


async def _break_off(request: web.Request, page: Page) -> web.StreamResponse:
    body = page.body.encode()
    response = web.StreamResponse(status=page.status, headers={"Content-Length": str(len(body))})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(body[: int(len(body) * page.sent_share)])
    if request.transport is not None:
        request.transport.close()
    return response
