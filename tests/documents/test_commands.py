"""Every `ai-operator` and `make` command that our pages name works, on a small platform and stand-ins.

Those that can't be run here say why, and who runs them.
"""

import asyncio
import re
import shlex
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from documents.reading import ALL, commands, fenced
from operator_core.domain.mode import Mode
from operator_core.store.indexes import create_platform_indexes, missing_platform_indexes
from sandbox.catalogue.server import CatalogueServer, catalogue_server
from sandbox.database import marked_database
from sandbox.serving import environment, sandboxed, settings_text
from sandbox.slack import slack_stand_in
from support.core import core_over
from support.small_market import LITELLM, MODELS_DEV, listing
from support.source import ROOT
from support.world import ANA, BEN, Clock, Database, Document, World

NAMED = sorted(set().union(*(commands(page) for page in ALL if page.name != "CHANGELOG.md")))
NOT_RUN = {
    "ai-operator serve": "runs until it is stopped: tests/slack/test_serve.py starts and stops it",
    "ai-operator demo": "runs until Ctrl-C: tests/e2e/test_page.py and tests/slack/test_demo.py play it",
    "make bench": "takes half an hour, and writes docs/benchmarks.md",
    "make demo": "installs from the network first: tests/slack/test_demo.py plays what it starts",
    "make format": "rewrites the code",
    "make docs": "writes what tests/documents/test_generated.py compares",
    "make faults": "takes minutes: tests/faults plays forty of its scenarios",
    "make lint": "is what CI runs before the tests",
    "make check": "is what CI runs, these tests among it",
    "make model": "takes minutes: tests/model plays a part of it",
    "make mutants": "takes minutes, and changes files meanwhile",
    "make mutation": "takes hours, and changes files meanwhile",
    "make pins": "resolves versions over the network",
    "make screenshots": "writes docs/pictures, with a Chromium",
    "make test": "is what runs this test",
}
"""By the command's beginning: why it isn't run here. That it exists is looked at all the same."""
PATIENCE = 100.0


def reason(command: str) -> str:
    return next((why for begins, why in NOT_RUN.items() if f"{command} ".startswith(f"{begins} ")), "")


@dataclass(frozen=True)
class Place:
    """Where commands are typed."""

    settings: str
    secrets: Mapping[str, str]
    examples: Mapping[str, str]
    """What pages call a batch, a proposal or the settings → one that is there."""

    async def typed(self, command: str, folder: Path) -> tuple[int, str]:
        """Exit status, and all that was said."""
        if not re.search(r"ai-operator init(?! --update)", command):
            (folder / "operator.toml").write_text(self.settings, encoding="utf-8")
        for example, here in self.examples.items():
            command = command.replace(example, here)
        program = f'ai-operator() {{ {shlex.quote(sys.executable)} -m bot "$@"; }}; {command}'
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            f"set -o pipefail; {program}",
            cwd=folder,
            env={**self.secrets, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode or 0, said.decode()


@pytest.fixture(scope="module")
async def place(mongodb_uri: str) -> AsyncIterator[Place]:
    """A platform with six models gone, a batch that was done, and a proposal that waits."""
    async with AsyncExitStack() as stack:
        name = stack.enter_context(marked_database(mongodb_uri))
        client = await stack.enter_async_context(AsyncMongoClient[Document](mongodb_uri, tz_aware=True))
        slack = await stack.enter_async_context(slack_stand_in())
        lists: CatalogueServer = await stack.enter_async_context(
            catalogue_server(openrouter=listing(), models_dev=MODELS_DEV, litellm=LITELLM)
        )
        examples = await lived(client[name])
        settings = settings_text(sandboxed(name, slack, lists, (ANA, BEN)))
        installed = {"/etc/ai-operator/operator.toml": "operator.toml"}
        yield Place(settings, environment(mongodb_uri, slack), examples | installed)


async def lived(database: Database) -> dict[str, str]:
    """What was done before somebody types: it gives the examples their numbers; the indexes stand."""
    world = World(database, Clock(datetime.now(UTC)))
    await world.gone_on_bedrock()
    await world.gone("groq", 1, 8)
    await database["model_status"].insert_one({"provider": "groq", "model_id": "model-0"})
    async with core_over(database, clock=world.clock, begins=Mode.SHADOW) as (core, _):
        options = core.resources.options.mongodb
        await create_platform_indexes(database, await missing_platform_indexes(database, options))
        await core.run("test")
        waits, done = sorted(await core.waiting(), key=lambda one: one.provider)
        batch = await core.approve(done.id, done.revision, by=ANA, reason="said so")
    return {"P-412": waits.id, "J-412": batch.entry.id}


@pytest.mark.parametrize("command", [one for one in NAMED if "ai-operator" in one and not reason(one)])
async def test_what_a_page_tells_to_type_works(command: str, place: Place, tmp_path: Path) -> None:
    status, said = await place.typed(command, tmp_path)
    assert status == 0, said
    assert "Traceback" not in said


@pytest.mark.parametrize("page", ["README.md", "docs/day-0.md"])
async def test_typed_one_after_the_other_in_a_clone_they_lead_there(
    page: str, place: Place, tmp_path: Path
) -> None:
    """All but what installs, and what the README shows of the days after."""
    for file in ("operator.toml", "manifest.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    blocks = [one for one in fenced(ROOT / page) if "ai-operator " in one]
    typed = [line for one in blocks for line in one.splitlines() if not INSTALLS.search(line)]
    lines = "\n".join(["set -e", f"HOME={shlex.quote(str(tmp_path))}", *typed])
    status, said = await place.typed(lines, tmp_path)
    assert status == 0, said
    assert (tmp_path / "ai-operator" / "operator.toml").read_text() == (ROOT / "operator.toml").read_text()


INSTALLS = re.compile(
    r"pip install|-m venv|docker |--volume |export |ai-operator (?:doctor|serve)|^make |digest"
)


LOOKING = (
    *("analyze", "digest", "pending", "history", "why groq", "doctor", "doctor --rows"),
    *("discover report", "discover stats", "discover leaving", "autopilot", "undo J-1", "execute P-1"),
)


@pytest.mark.parametrize(("command", "looks"), [*((one, True) for one in LOOKING), ("autopilot off", False)])
async def test_whoever_may_write_and_only_looks_leaves_the_database_as_it_was(
    mongodb_uri: str, database: Database, tmp_path: Path, command: str, looks: bool
) -> None:
    """No collection is made either, nor an index: of all that shows, and of what shows without --yes."""
    world = World(database, Clock(datetime.now(UTC)))
    await world.gone_on_bedrock()
    here = Place(settings_text({"database": database.name}), {"MONGODB_URI": mongodb_uri}, {})
    before = await held(database)
    _, said = await here.typed(f"ai-operator {command}", tmp_path)
    assert "Traceback" not in said, said
    assert (await held(database) == before) is looks, "what changes is noticed"


async def held(database: Database) -> dict[str, tuple[list[Document], list[str]]]:
    """By collection its documents and its indexes."""
    names = sorted(await database.list_collection_names())
    return {
        name: (await database[name].find().to_list(), sorted(await database[name].index_information()))
        for name in names
    }


async def test_a_command_that_fails_would_be_noticed(place: Place, tmp_path: Path) -> None:
    for wrong in ("ai-operator analyse", "ai-operator undo J-9999", "ai-operator nonsense | cat"):
        assert (await place.typed(wrong, tmp_path))[0] != 0, wrong


@pytest.mark.parametrize("command", [one for one in NAMED if "ai-operator" in one and reason(one)])
async def test_what_isnt_run_here_exists(command: str, place: Place, tmp_path: Path) -> None:
    assert (await place.typed(f"{command} --help", tmp_path))[0] == 0


@pytest.mark.skipif(not shutil.which("make"), reason="make isn't installed")
@pytest.mark.parametrize("command", [one for one in NAMED if one.startswith("make ")])
async def test_what_make_is_asked_for_is_one_of_its_targets(
    command: str, place: Place, tmp_path: Path
) -> None:
    assert command == "make help" or reason(command), "why is it not run?"
    there = command.replace("make ", f"make --directory {shlex.quote(str(ROOT))} ", 1)
    status, said = await place.typed(f"{there} --dry-run" if reason(command) else there, tmp_path)
    assert status == 0, said


def test_each_reason_is_still_needed() -> None:
    begun = {begins for begins in NOT_RUN for one in NAMED if f"{one} ".startswith(f"{begins} ")}
    assert set(NOT_RUN) - begun <= {"make check", "make pins", "make format"}


async def test_the_journal_is_put_back_by_hand_as_the_page_says(
    mongodb_uri: str, database: Database, tmp_path: Path
) -> None:
    examples = await lived(database)
    entry = await database["operator_journal"].find_one({"_id": examples["J-412"]})
    assert entry is not None
    ref = entry["changes"][0]["ref"]
    [script] = [one for one in fenced(ROOT / "docs" / "mongodb.md", "python") if "operator_journal" in one]
    (tmp_path / "restore.py").write_text(script, encoding="utf-8")
    ran = Place("", {"MONGODB_URI": mongodb_uri}, examples)
    call = f"{shlex.quote(sys.executable)} restore.py {database.name} J-412"
    assert (await ran.typed(call, tmp_path)) == (0, f"{ref['model_id']} restored\n")
    restored = await World(database).model(**ref)
    assert restored["enabled"] is True
    assert "disabled_reason" not in restored
    assert (await ran.typed(call, tmp_path)) == (0, f"{ref['model_id']} left: changed since\n")
    assert await ran.typed(call.replace("412", "9999"), tmp_path) == (1, "there is no J-9999\n")
    usage = "usage: restore.py DATABASE J-NUMBER\n"
    assert await ran.typed(call.removesuffix(" J-412"), tmp_path) == (1, usage)
    added = {"ref": {"model_id": "m-new"}, "op": "insert", "result": "done", "undone_by": None}
    await database["operator_journal"].insert_one({"_id": "J-9000", "changes": [added]})
    assert await ran.typed(call.replace("412", "9000"), tmp_path) == (0, "m-new left: insert, done\n")
    with_bot = Place(settings_text({"database": database.name}), ran.secrets, examples)
    status, said = await with_bot.typed("ai-operator undo J-412 --yes", tmp_path)
    assert (status, "took back 0 of 1" in said, ": it stood so already" in said) == (0, True, True), said
