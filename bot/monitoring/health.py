"""The health endpoint: alive, ready and why not, and metrics, for whoever runs the bot."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web
from prometheus_client import generate_latest

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from operator_core.errors import ConfigurationError

Probe = Callable[[], Awaitable[str | None]]
"""Tells why a part is not ready, in plain words fit for anybody to read; None when it is."""
PATIENCE_SECONDS = 2.0
REMEMBERED_SECONDS, TROUBLE_SECONDS = 30.0, 5.0
"""For so long an answer of another's service stands, however often we are looked at."""
log = logger(__name__)
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_endpoint(
    port: int,
    probes: Mapping[str, Probe],
    metrics: Metrics,
    *,
    host: str = "0.0.0.0",
    patience_seconds: float = PATIENCE_SECONDS,
) -> AbstractAsyncContextManager[int]:
    """Serves /healthz, /readyz and /metrics as `listening` does."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def missing_parts() -> dict[str, str]:
        asked = dict(probes)  # as it is now: while the bot starts there are others
        answers = await asyncio.gather(*(_ask(probe, patience_seconds) for probe in asked.values()))
        missing = {name: why for name, why in zip(asked, answers, strict=True) if why is not None}
        for name in asked:
            metrics.ready.labels(name).set(name not in missing)
        return missing

    async def ready(_: web.Request) -> web.Response:
        missing = await missing_parts()
        return web.json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)

    async def measured(_: web.Request) -> web.Response:
        await missing_parts()
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": METRICS_TYPE})

    routes = [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", measured)]
    return listening(routes, "health_port", port, host)


@asynccontextmanager
async def listening(
    routes: Sequence[web.RouteDef], setting: str, port: int, host: str | None = None, *, largest: int = 0
) -> AsyncIterator[int]:
    """Serves HTTP, and yields the port (0 asks for a free one). `setting`: what operator.toml calls it.

    `largest`: bytes of a request's body. Handlers log their own trouble: what can't be read as HTTP leaves no
    trace, as anybody may send it. Raises ConfigurationError when the port can't be had.
    """
    application = web.Application(client_max_size=largest or 1)
    application.add_routes(routes)
    silent = logging.Logger("silent", logging.CRITICAL + 1)
    runner = web.AppRunner(application, access_log=None, logger=silent)
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


def remembered(probe: Probe, stopwatch: Callable[[], float], seconds: float = REMEMBERED_SECONDS) -> Probe:
    """The same, whose answer stands for so long, trouble for less; who asks meanwhile waits for it."""
    one_at_a_time, kept = asyncio.Lock(), list[tuple[float, str | None]]()

    async def asked() -> str | None:
        async with one_at_a_time:
            if not kept or stopwatch() - kept[-1][0] >= (TROUBLE_SECONDS if kept[-1][1] else seconds):
                kept[:] = [(stopwatch(), await probe())]
            return kept[-1][1]

    return asked


async def _ask(probe: Probe, patience_seconds: float) -> str | None:
    try:
        async with asyncio.timeout(patience_seconds):
            return await probe()
    except TimeoutError:
        return f"no answer within {patience_seconds:g} seconds"
    except Exception as error:
        log.exception("a probe failed")
        return f"could not be looked at ({type(error).__name__})"
