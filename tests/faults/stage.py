"""One scenario's stage: a database, Slack, replicas, the wires between them; and what is remembered."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from faults.mongo_wire import Armed, MongoWire, Struck
from faults.outside_world import SECRETS, Outside, first_models, gone_at_first, outside_world, results
from faults.replica import Replica
from faults.scenario import PEOPLE, Scenario
from faults.slack_wire import SlackWire, slack_wire
from model.laboratory import View
from model.platform import Edit
from operator_core.domain.journal import ModeChoice
from operator_core.domain.mode import Mode
from operator_core.store.records.state import StateRecords
from sandbox.database import free_port, marked_database
from sandbox.serving import settings_text
from sandbox.slack import SlackStandIn, slack_stand_in
from support.world import CHANNEL

Document = dict[str, Any]
DIGEST_SECONDS = 20.0
QUIET_SECONDS = 90.0
LOOK_SECONDS = 0.2
DIGEST = "ai_operator_digest"
COLLECTIONS = ("models", "operator_proposals", "operator_journal", "operator_holds")


@dataclass
class Stage:
    """Everything that a scenario's steps and truths look at."""

    scenario: Scenario
    database: AsyncDatabase[Document]
    slack: SlackStandIn
    wire: SlackWire
    outside: Outside
    struck: Struck
    replicas: list[Replica] = field(default_factory=list)
    wires: list[MongoWire] = field(default_factory=list)
    armed: list[Armed] = field(default_factory=list)
    """Shared: it befalls whichever replica comes first."""
    began: dict[object, Document] = field(default_factory=dict)
    """`models` as they were first."""
    edits: list[Edit] = field(default_factory=list)
    words: set[tuple[str, str, str]] = field(default_factory=set)
    """Who, did what, about which proposal."""
    gone: frozenset[tuple[str, str]] = frozenset()
    days: float = 0.0
    """By so many days the platform's time is ahead of this machine's."""
    planted: list[tuple[str, Document]] = field(default_factory=list)
    """Odd documents, by collection: nobody may change them."""
    listed: set[object] = field(default_factory=set)
    """In the catalogue before it shrank."""
    doing: list[asyncio.Task[None]] = field(default_factory=list)
    _down: set[int] = field(default_factory=set)
    """Replicas that a step keeps down."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.days)

    async def view(self) -> View:
        """Without what was planted."""
        odd = {(name, str(one["_id"])) for name, one in self.planted}
        found: list[dict[Any, Document]] = []
        for name in COLLECTIONS:
            documents = await self.database[name].find().to_list()
            found.append({one["_id"]: one for one in documents if (name, str(one["_id"])) not in odd})
        models, proposals, journal, holds = found
        batches = {
            one: entry for one, entry in journal.items() if "changes" in entry and not entry.get("mode")
        }
        pause = await self.database["operator_state"].find_one({"_id": "pause"})
        return View(models, proposals, batches, holds, pause)

    def digests(self) -> list[Any]:
        return [message for message in self.slack.messages(CHANNEL) if message.event == DIGEST]

    async def until(self, holds: Callable[[], Awaitable[object]], seconds: float) -> bool:
        """Whether it came to hold in time. Meanwhile the dead are started again, as an orchestrator does."""
        deadline = time.monotonic() + seconds
        while not await holds():
            if time.monotonic() > deadline:
                return False
            self.supervised()
            await asyncio.sleep(LOOK_SECONDS)
        return True

    def supervised(self) -> None:
        for number, replica in enumerate(self.replicas):
            replica.measured()
            if not replica.alive and number not in self._down:
                replica.start()

    def soon(self, doing: Awaitable[None]) -> None:
        """Beside the steps that follow."""
        self.doing.append(asyncio.ensure_future(doing))

    def slept(self, number: int, seconds: float) -> None:
        """A replica is put to sleep, and woken after so long."""
        if self.replicas[number].put_to_sleep():
            asyncio.get_running_loop().call_later(seconds, self.replicas[number].woken)

    async def heal(self) -> None:
        """Nothing fails any more, everybody is awake, and all that was begun is waited for."""
        self.armed.clear()
        for wire in self.wires:
            wire.healed()
        self.wire.healed()
        self.outside.healed()
        self._down.clear()
        for replica in self.replicas:
            replica.woken()
            replica.offset.value = self.days * 86400
        self.supervised()
        await asyncio.wait_for(asyncio.gather(*self.doing, return_exceptions=True), 60)


@asynccontextmanager
async def stage(scenario: Scenario, uri: str, struck: Struck) -> AsyncIterator[Stage]:
    """Set for this scenario, its replicas at work; everything is gone afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ai-operator-faults-")))
        name = stack.enter_context(marked_database(uri))
        outside = await stack.enter_async_context(outside_world(struck))
        client = await stack.enter_async_context(AsyncMongoClient[Document](uri, tz_aware=True))
        slack = await stack.enter_async_context(slack_stand_in())
        wire = await stack.enter_async_context(slack_wire(slack, struck))
        here = Stage(scenario, client[name], slack, wire, outside, struck)
        await _platform(here)
        stack.push_async_callback(_struck_down, here)
        for number in range(scenario.replicas):
            await _replica(stack, here, uri, folder, number)
        yield here


async def _platform(here: Stage) -> None:
    now = here.now()
    documents = first_models(now)
    here.began = {one["_id"]: one for one in documents}
    here.gone = gone_at_first()
    await here.database["models"].insert_many(documents)
    await results(here.database, here.gone, now, 4)
    mode = ModeChoice(mode=Mode(here.scenario.mode), at=now)
    await StateRecords(here.database, "mode", ModeChoice).add(mode)


async def _replica(stack: AsyncExitStack, here: Stage, uri: str, folder: Path, number: int) -> None:
    mongo = MongoWire(uri, here.struck, here.armed)
    server = await asyncio.start_server(mongo.serve, "127.0.0.1", 0)
    stack.callback(server.close)
    stack.push_async_callback(mongo.stop)
    port = server.sockets[0].getsockname()[1]
    settings = folder / f"operator-{number}.toml"
    settings.write_text(settings_text(_settings(here, number)), encoding="utf-8")
    environment = {
        "MONGODB_URI": f"mongodb://127.0.0.1:{port}/?directConnection=true&serverMonitoringMode=poll",
        "SLACK_BOT_TOKEN": here.slack.bot_token,
        "SLACK_APP_TOKEN": here.slack.app_token,
        "OPENAI_API_KEY": SECRETS[-1],
    }
    replica = Replica(settings, environment, folder / f"replica-{number}.log")
    mongo.kill = replica.killed
    mongo.sleep = lambda seconds: here.slept(number, seconds)
    here.replicas.append(replica)
    here.wires.append(mongo)
    replica.start()


def _settings(here: Stage, number: int) -> dict[str, object]:
    hour = datetime.now(UTC).hour
    return {
        "database": here.database.name,
        "api_url": here.wire.api_url(f"r{number}"),
        "health_port": free_port(),
        "channel": CHANNEL,
        "approvers": list(PEOPLE),
        "digest_at": "00:00",
        "discovery_at": "00:00",
        "timezone": f"Etc/GMT{hour - 12:+d}",  # noon: no scenario sees a date change by itself
        "base_url": here.outside.llm.base_url,
        "timeout_seconds": 2,
        **here.outside.lists.urls,
    }


async def _struck_down(here: Stage) -> None:
    for task in here.doing:
        task.cancel()
    await asyncio.gather(*here.doing, return_exceptions=True)
    for replica in here.replicas:
        replica.killed()
        if replica.process is not None and replica.process.pid is not None:  # else not even begun
            await asyncio.to_thread(replica.process.join, 5)
