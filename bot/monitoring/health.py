"""The health endpoint: alive, ready and why not, and metrics, for whoever runs the bot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from operator_core.errors import ConfigurationError

Probe = Callable[[], Awaitable[str | None]]
"""Tells why a part is not ready, in plain words fit for anybody to read; None when it is."""
PATIENCE_SECONDS = 2.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_endpoint(
    port: int,
    probes: Mapping[str, Probe],
    registry: CollectorRegistry,
    *,
    host: str = "0.0.0.0",
    patience_seconds: float = PATIENCE_SECONDS,
) -> AbstractAsyncContextManager[int]:
    """Serves /healthz, /readyz and /metrics as `listening` does."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_ask(probe, patience_seconds) for probe in probes.values()))
        missing = {name: why for name, why in zip(probes, answers, strict=True) if why is not None}
        return web.json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": METRICS_TYPE})

    routes = [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", metrics)]
    return listening(routes, "health_port", port, host)


@asynccontextmanager
async def listening(
    routes: Sequence[web.RouteDef], setting: str, port: int, host: str | None = None
) -> AsyncIterator[int]:
    """Serves HTTP, and yields the port (0 asks for a free one). `setting`: what operator.toml calls it.

    Raises ConfigurationError when the port can't be had.
    """
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigurationError(
                f"[slack] {setting}: port {port} can't be used ({error.strerror}); choose another"
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _ask(probe: Probe, patience_seconds: float) -> str | None:
    try:
        async with asyncio.timeout(patience_seconds):
            return await probe()
    except TimeoutError:
        return f"no answer within {patience_seconds:g} seconds"
