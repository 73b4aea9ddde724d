"""Serves the page on this machine alone: draws it, tells what changed, and takes what people do."""

import asyncio
import errno
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web
from rich.console import Console

from operator_core.errors import ConfigurationError
from sandbox.demo.stage import Stage, first_digest, opened
from sandbox.demo.world import HAPPENINGS, World
from sandbox.loopback import served
from sandbox.page.gestures import perform
from sandbox.page.screen import FOLDER, Screen, Spot

PORT = 8321
BREATH_SECONDS = 0.1
"""Changes that come closer together are told as one."""
HEARTBEAT_SECONDS = 15.0
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WORLD = web.AppKey("world", World)
STAGE = web.AppKey("stage", Stage)
SCREEN = web.AppKey("screen", Screen)
MOVING = web.AppKey("moving", set[asyncio.Task[None]])


async def show(*, llm: bool, port: int, console: Console) -> None:
    """Shows the demo until SIGINT or SIGTERM. Raises OperatorError when something doesn't come up."""
    chosen = port or PORT
    require_free(chosen)
    shown = asyncio.ensure_future(_shown(llm=llm, port=chosen, console=console))
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, shown.cancel)
    with suppress(asyncio.CancelledError):
        await shown
    console.print("The demo has ended; nothing of it is left.")


async def _shown(*, llm: bool, port: int, console: Console) -> None:
    async with opened(llm=llm, console=console) as stage, served(page(stage, real_llm=llm), port) as url:
        await first_digest(stage)
        console.print(f"The digest stands, at [bold]{url}[/bold] – Ctrl-C ends it.")
        if sys.platform in ("darwin", "win32") or os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
            await asyncio.to_thread(webbrowser.open, url)
        console.print(
            "In another terminal, commands look at the same database, at the page's time, such as pending:"
        )
        console.print(f"  {stage.typed} pending", soft_wrap=True, markup=False)
        await asyncio.Event().wait()


def require_free(port: int) -> None:
    """Raises ConfigurationError for a port that something listens on, saying what to do."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
            raise ConfigurationError(
                f"port {port} of 127.0.0.1 {why}. Is a demo open there already? Else name another: "
                f"make demo ARGS='--port {port + 1}'"
            ) from None


def page(stage: Stage, *, real_llm: bool = False) -> web.Application:
    """The application that shows this stage."""
    app = web.Application(middlewares=[_ours_alone])
    world = World(stage)
    app[STAGE], app[WORLD], app[MOVING] = stage, world, set()
    app[SCREEN] = Screen(stage, world, real_llm=real_llm)
    app.router.add_get("/", _draw)
    app.router.add_get("/events", _tell)
    app.router.add_post("/act", _act)
    app.router.add_get("/file/{id}", _picture)
    app.router.add_static("/static", FOLDER / "static")
    return app


@web.middleware
async def _ours_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No other page may act here, nor read: neither by its own address nor by a name that leads to this
    machine."""
    origin = request.headers.get("Origin", f"http://{request.host}")
    if request.url.host not in ("127.0.0.1", "localhost") or origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Only the page itself may ask for this.")
    return await handler(request)


async def _draw(request: web.Request) -> web.Response:
    stage = request.app[STAGE]
    spot = Spot.of(request.query, stage.slack.workspace.people)
    if spot.at == "home" and "X-Live" not in request.headers:
        _begin(request.app, _opened_home(stage, spot.me))
    html = await request.app[SCREEN].draw(spot)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=html, content_type="text/html", headers=headers)


async def _opened_home(stage: Stage, person: str) -> None:
    await stage.slack.person(person).open_home()


async def _tell(request: web.Request) -> web.StreamResponse:
    """An event whenever something changed, as long as the page is open."""
    response = web.StreamResponse(headers={"Cache-Control": "no-store"})
    response.content_type = "text/event-stream"
    await response.prepare(request)
    await response.write(b"retry: 500\ndata: now\n\n")
    with suppress(ConnectionError):
        while True:
            changed = await request.app[STAGE].slack.workspace.changed(HEARTBEAT_SECONDS)
            await asyncio.sleep(BREATH_SECONDS)
            await response.write(b"data: changed\n\n" if changed else b": here\n\n")
    return response


async def _act(request: web.Request) -> web.Response:
    act = await request.json()
    if act["do"] == "move":
        if act["value"] not in HAPPENINGS:
            raise web.HTTPNotFound
        _begin(request.app, request.app[WORLD].move(act["value"]))
        return web.json_response({"trouble": ""})
    return web.json_response({"trouble": await perform(request.app[STAGE].slack, act)})


def _begin(app: web.Application, work: Awaitable[None]) -> None:
    """In the background; what changes by it is told as everything is."""
    task: asyncio.Task[None] = asyncio.ensure_future(work)
    app[MOVING].add(task)
    task.add_done_callback(app[MOVING].discard)


async def _picture(request: web.Request) -> web.Response:
    files = request.app[STAGE].slack.files
    picture = next((file for file in files if file.id == request.match_info["id"]), None)
    if picture is None:
        raise web.HTTPNotFound
    return web.Response(body=picture.content, content_type="image/png")
