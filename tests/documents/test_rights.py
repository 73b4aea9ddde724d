"""The roles that docs/mongodb.md has to paste suffice: what is sent to MongoDB is held against them."""

import io
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from pymongo import monitoring
from rich.console import Console

from bot.commands.analyze import analyze
from bot.commands.digest import show_digest
from bot.commands.discover import show_leaving, show_report, show_stats
from bot.commands.doctor import GRANT, examine, show_rows
from bot.commands.history import history, show_story
from bot.commands.pending import pending
from bot.discovery_job import discover_now, discoverer_for
from bot.serve import jobs, probes
from bot.settings import Settings
from bot.wiring import open_use_cases
from documents.reading import FOR_USERS, fenced, text_of
from operator_core.domain.mode import Mode
from operator_core.store.indexes import OWN_INDEXES
from operator_core.use_cases import UseCases
from sandbox.catalogue.server import catalogue_server
from sandbox.slack import SlackStandIn, slack_stand_in
from support.core import with_values
from support.shipped import SETTINGS
from support.small_market import LITELLM, MODELS_DEV, listing
from support.source import ROOT, modules
from support.world import ANA, Clock, Database, World, bot_at_work

PAGE = ROOT / "docs" / "mongodb.md"
Right = tuple[str, str]
"""A collection, or "" for the database itself, and an action."""
FREE = {"ping", "hello", "endSessions", "buildInfo", "getMore", "killCursors", "connectionStatus"}
ACTIONS: Mapping[str, str] = {
    **dict.fromkeys(("find", "aggregate", "count", "distinct"), "find"),
    "insert": "insert",
    "update": "update",
    "delete": "remove",
    "findAndModify": "update",
    "createIndexes": "createIndex",
    "dropIndexes": "dropIndex",
    "listIndexes": "listIndexes",
}
"""Which right a command wants, beside what `rights_of` says."""


def roles() -> dict[str, set[Right]]:
    """Each role's rights, as MongoDB would read the page's script."""
    [script] = [one for one in fenced(PAGE, "js") if "createRole" in one]
    lists = {
        name: re.findall(r'"(\w+)"', body)
        for name, body in re.findall(r"var (\w+) = \[(.*?)\]", script, re.DOTALL)
    }
    granted = dict[str, set[Right]]()
    for name, parents, body in re.findall(
        r'(?m)^put\("(\w+)", \{roles: \[(.*?)\], privileges: \[\n(.*?)\]\}\)', script, re.DOTALL
    ):
        rights = {right for parent in re.findall(r'"(\w+)"', parents) for right in granted[parent]}
        for where, actions in re.findall(r"\.\.\.on\((.+?), \[([^\]]*)\]\)", body):
            named = re.findall(r'"(\w*)"', where)
            named += [
                one
                for part in re.findall(r"(?<![\w\"])(\w+)(?![\w\"])", where)
                for one in lists.get(part, ())
            ]
            rights |= {(one, action) for one in named for action in re.findall(r"\w+", actions)}
        granted[name] = rights
    return granted


def rights_of(event: monitoring.CommandStartedEvent) -> Iterator[Right]:
    command, name = event.command, event.command_name
    if name == "listCollections":
        yield "", name
    elif name not in FREE:
        collection = str(command[name])
        yield collection, "remove" if command.get("remove") else ACTIONS[name]
        if name == "findAndModify":
            yield collection, "find"
        if command.get("upsert") or any(one.get("upsert") for one in command.get("updates", ())):
            yield collection, "insert"


class Recorder(monitoring.CommandListener):
    """What was sent to one database, as the rights that it wants."""

    def __init__(self) -> None:
        self.database, self.wanted = "", set[Right]()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name == self.database:
            self.wanted |= set(rights_of(event))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


RECORDER = Recorder()


@pytest.fixture(scope="module", autouse=True)
def listening() -> None:
    """Clients that are opened from now on tell."""
    monitoring.register(RECORDER)


@contextmanager
def recorded(database: Database) -> Iterator[set[Right]]:
    RECORDER.database, RECORDER.wanted = database.name, set()
    yield RECORDER.wanted
    RECORDER.database = ""


@pytest.fixture
async def settings(
    database: Database, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    """Of the reader's commands, over a platform with trouble and the public lists."""
    monkeypatch.setenv("MONGODB_URI", mongodb_uri)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with catalogue_server(openrouter=listing(), models_dev=MODELS_DEV, litellm=LITELLM) as lists:
        yield with_values(SETTINGS, mongodb={"database": database.name}, discovery=lists.urls)


async def lived_through(world: World, slack: SlackStandIn, settings: Settings) -> set[Right]:
    """A day of the bot: discovery, digest, approval, undo, pause, mode, watch, a restart. What it wanted."""
    await world.gone_on_bedrock()
    with recorded(world.database) as wanted:
        async with bot_at_work(world, slack) as services:
            core = services.use_cases
            async with discoverer_for(settings, core) as discoverer:
                await discover_now(core, discoverer)
            await services.digests.post_for(core.now().date())
            [asked] = [one for one in await core.waiting() if one.provider == "bedrock"]
            done = await core.approve(asked.id, asked.revision, by=ANA, reason="")
            await core.undo(done.entry.id, by=ANA, reason="")
            await core.pause(by=ANA, reason="")
            await core.stores.pause.take()
            await core.mode.choose(Mode.SHADOW, by=ANA)
            for job in jobs(services).values():
                await job(core.now())
            for name, probe in probes(services).items():
                assert name == "hearing" or await probe() is None
        async with bot_at_work(world, slack) as services:
            await services.use_cases.run("test")
    return wanted


async def test_the_operator_may_do_all_that_the_bot_does(database: Database, settings: Settings) -> None:
    async with slack_stand_in() as slack:
        wanted = await lived_through(World(database, Clock(datetime.now(UTC))), slack, settings)
    assert {("models", "update"), ("operator_journal", "insert"), ("openrouter_catalog", "insert")} <= wanted
    assert sorted(wanted - roles()["aiOperator"]) == []


async def test_the_operator_may_do_all_but_what_the_page_excepts(
    database: Database, settings: Settings
) -> None:
    """The platform's indexes are for somebody else to make: no page lets the operator's user try."""
    said = " ".join(text_of(PAGE).split())
    assert "the operator can do everything but `doctor --create-indexes`." in said
    await World(database, Clock(datetime.now(UTC))).gone_on_bedrock()
    secrets = {"MONGODB_URI": os.environ["MONGODB_URI"]}
    with recorded(database) as wanted:
        await examine(settings, secrets, lambda: datetime.now(UTC))
    assert sorted(wanted - roles()["aiOperator"]) == []
    with recorded(database) as wanted:
        await examine(settings, secrets, lambda: datetime.now(UTC), create_indexes=True)
    mongodb = settings.mongodb
    looked = (mongodb.successes, mongodb.errors)
    beyond = {(name, "createIndex") for name in (mongodb.models, mongodb.model_status, *looked)}
    assert wanted - roles()["aiOperator"] == beyond
    assert [page.name for page in FOR_USERS for one in fenced(page) if "--create-indexes" in one] == []


READING: Mapping[str, Callable[[Settings, UseCases, Console], Awaitable[None]]] = {
    "analyze": lambda _, core, shown: analyze(core, shown),
    "digest": lambda settings, _, shown: show_digest(settings, shown, skip_run=False),
    "digest --skip-operator": lambda settings, _, shown: show_digest(settings, shown, skip_run=True),
    "pending": lambda _, core, shown: pending(core, shown),
    "history": lambda _, core, shown: history(core, shown),
    "why": lambda _, core, shown: show_story(core, shown, "bedrock"),
    "doctor --rows": lambda _, core, shown: show_rows(core, shown),
    "discover stats": lambda settings, _, shown: show_stats(settings, shown, json=False),
    "discover leaving": lambda settings, _, shown: show_leaving(settings, shown, json=True),
    "discover report": lambda settings, _, shown: show_report(
        settings, shown, max_matches=None, provider="", json=False
    ),
}
"""What a reader can do."""


def test_the_page_names_what_a_reader_can_do() -> None:
    said = " ".join(text_of(PAGE).split()).partition("The reader can ")[2].partition(";")[0]
    assert set(re.findall(r"`([^`]+)`", said)) == {*READING} - {"digest --skip-operator"}


async def test_the_reader_may_do_all_that_the_page_promises(database: Database, settings: Settings) -> None:
    async with slack_stand_in() as slack:
        await lived_through(World(database, Clock(datetime.now(UTC))), slack, settings)
    for command, type_it in READING.items():
        with recorded(database) as wanted:
            async with open_use_cases(settings, with_llm=False, writes=False) as core:
                await type_it(settings, core, Console(file=(said := io.StringIO()), width=200))
        told = {one.split()[0] for one in re.findall(r"(?<!who may write can )`([a-z]+)`", said.getvalue())}
        assert told <= {name.split()[0] for name in READING}, "it leads to what a reader can't do"
        assert wanted, command
        assert sorted(wanted - roles()["aiOperatorReader"]) == [], command


def test_roles_name_our_collections_and_no_others() -> None:
    mongodb = SETTINGS.mongodb.model_dump()
    platform = {name for key, name in mongodb.items() if key != "database"}
    for name, rights in roles().items():
        assert {collection for collection, _ in rights} == platform | set(OWN_INDEXES) | {""}, name


def test_the_reader_can_change_nothing_and_the_operator_only_what_the_page_says() -> None:
    looking = {"find", "listIndexes", "listCollections"}
    assert {action for _, action in roles()["aiOperatorReader"]} == looking
    changed = {collection for collection, action in roles()["aiOperator"] if action not in looking}
    assert changed == {"models", "model_status", "openrouter_catalog", *OWN_INDEXES}


def test_for_a_right_that_is_missing_pages_name_the_line_that_doctor_shows() -> None:
    """No role that is there is created again: MongoDB would refuse that."""
    [command] = re.findall(r"\.(\w+)\(\"aiOperator\"", GRANT)
    for page in ("mongodb.md", "upgrade.md"):
        assert f"`{command}`" in text_of(ROOT / "docs" / page), page


def test_upgrade_tells_of_each_of_our_collections() -> None:
    told = re.findall(r"^\| `(operator_\w+)` \|", text_of(ROOT / "docs" / "upgrade.md"), re.MULTILINE)
    assert sorted(told) == sorted(OWN_INDEXES)


def fields(of: str) -> set[str]:
    """All that stand in the second column of the table below this line."""
    table = text_of(PAGE).partition(of)[2].partition("\n\n| collection")[2].partition("\n\n")[0]
    rows = [row.split(" | ") for row in table.splitlines()[2:]]
    return {name for row in rows for name in re.findall(r"`([a-z_.]+)`", row[1])}


@pytest.mark.parametrize("of", ["What is read.", "What is written:"])
def test_each_field_that_the_page_names_stands_in_the_code(of: str) -> None:
    code = "\n".join((ROOT / module.path).read_text(encoding="utf-8") for module in modules())
    named = {field for field in fields(of) if field != "model_id"}
    assert len(named) > 10
    assert [
        field for field in named if not re.search(rf"[\"'$.]{re.escape(field)}[\"'.]|\b{field}: ", code)
    ] == []


async def test_the_fields_of_models_that_are_written_are_those_that_the_page_names(
    database: Database, settings: Settings
) -> None:
    async with slack_stand_in() as slack:
        await lived_through(World(database, Clock(datetime.now(UTC))), slack, settings)
    entries = await database["operator_journal"].find().to_list()
    changes = [change for entry in entries for change in entry["changes"]]
    written = {name for one in changes for part in ("before", "after") for name in one[part]["values"]}
    assert written
    assert written <= fields("What is written:")
