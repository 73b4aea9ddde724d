"""`doctor`: what must be right before the bot can work, and what to do about it. Nothing changes unasked."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import groupby, pairwise, product
from operator import itemgetter

from openai import AsyncOpenAI
from pydantic import BaseModel
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.text import Text
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.commands import shared as lines
from bot.settings import Settings, SlackOptions, secret
from bot.slack.client import SlackClient
from bot.slack.connection import of_no_workspace
from bot.slack.errors import SLACK_ERRORS, refusal_in
from bot.wiring import mongo_client
from operator_core.errors import AdvisorError, ConfigurationError, FactsUnreadable, StoreUnavailable
from operator_core.judgement.llm import Advisor
from operator_core.options import MongoOptions
from operator_core.store import indexes
from operator_core.store.mongo import Database, cause_of
from operator_core.store.platform.reading import Use
from operator_core.store.platform.rows import shown
from operator_core.store.platform.signals import databases, some_of
from operator_core.use_cases import UseCases
from operator_core.words import plural

PATIENCE_SECONDS = 5
SCOPES = frozenset({"chat:write", "commands", "files:write"})
HISTORY = ("channels:history", "groups:history")
"""One of them: the second for a private channel."""
EXAMPLES = frozenset({"C0000000000", "U0000000000"})
"""What operator.toml says before anybody filled it in."""
GROUP_SCOPE = "usergroups:read"
"""Needed only where approvers names a user group."""
TOLERATED_SKEW_SECONDS = 30
GRANT = (
    "docs/mongodb.md has the roles to paste; or, in mongosh, as a user who may change roles: "
    'db.getSiblingDB("{}").grantPrivilegesToRole("aiOperator", {})'
)
BY_WHOM = "let somebody make them who may, with a MONGODB_URI of theirs: docs/mongodb.md, Indexes, says how"
VIEW = "there, as a view: it uses the indexes of what lies under it, which aren't looked at"
NO_VIEW = "it is written: name a collection in [mongodb] that the platform follows, as docs/mongodb.md says"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    detail: str
    fix: str = ""
    """What to do about it; empty where all is well."""
    needed: bool = True

    @property
    def ok(self) -> bool:
        return not self.fix


Checks = tuple[Check, ...]


async def examine(
    settings: Settings,
    environment: Mapping[str, str],
    clock: Callable[[], datetime],
    *,
    create_indexes: bool = False,
) -> Checks:
    """All checks, in the order in which to read them. What can't be reached fails its own checks only."""
    slack = settings.slack
    client = partial(SlackClient, slack=slack, timeout=PATIENCE_SECONDS)
    examined: dict[str, Callable[[str], Awaitable[Checks]]] = {
        "MONGODB_URI": lambda uri: _database(uri, settings, create_indexes),
        "SLACK_BOT_TOKEN": lambda token: _slack(client(token), slack, clock),
        "SLACK_APP_TOKEN": lambda token: _socket(client(token), token),
        "SLACK_SIGNING_SECRET": _signature,
        "OPENAI_API_KEY": lambda key: _llm(key, settings),
    }
    del examined["SLACK_SIGNING_SECRET" if slack.mode == "socket" else "SLACK_APP_TOKEN"]
    groups = await asyncio.gather(*(_with(name, environment, look) for name, look in examined.items()))
    return (*_examples(slack), *(check for group in groups for check in group))


async def _with(
    name: str, environment: Mapping[str, str], examined: Callable[[str], Awaitable[Checks]]
) -> Checks:
    if name == "OPENAI_API_KEY" and not environment.get(name):
        fix = f"export {name}=…; until then the written rules judge, and nothing is done by itself"
        return (Check(name, "not set", fix, needed=False),)
    try:
        value = secret(name, environment)
    except ConfigurationError as error:
        return (Check(name, str(error), f"export {name}=…"),)
    return await examined(value)


def show(checks: Iterable[Check], console: Console) -> int:
    """Prints each check, and below a failed one what to do, once where that is the same for several in a row.
    Returns how many failed that the bot needs."""
    failed = 0
    for check, after in pairwise((*checks, Check("", ""))):
        mark = ("✓", "green") if check.ok else ("✗", "red") if check.needed else ("⚠", "yellow")
        console.print(Text.assemble(mark, " ", (check.name, "bold"), "  ", check.detail))
        failed += check.needed and not check.ok
        if check.fix not in {"", after.fix}:
            console.print(Text(f"  → {check.fix}"))
    return failed


async def show_rows(use_cases: UseCases, console: Console) -> None:
    """The rows that can't be read, by what is wrong with them, with examples."""
    problems = (await use_cases.resources.collected(use_cases.now(), use=Use.NONE)).problems
    for (collection, why), rows in sorted(problems.counts.items()):
        if rows:
            examples = map(shown, problems.examples[collection, why])
            lines.show(console, f"{plural(rows, 'row')} in {collection}: {why}", *examples)
    if not problems.counts.total():
        days = use_cases.resources.options.analysis.window_days
        console.print(f"All rows of the last {days} days can be read.")


async def show_rebuilt(use_cases: UseCases, console: Console) -> None:
    """Reads all rows of the window, puts right what is kept of them, and says what differed."""
    proved = await use_cases.resources.collected(use_cases.now(), use=Use.PROVE)
    kept = "nothing is kept of them" if proved.differed is None else "what was kept of them was right"
    lines.show(console, "All rows were read anew", *(proved.notes or (kept,)))


async def _database(uri: str, settings: Settings, create_indexes: bool) -> Checks:
    """Reachable, writable, the platform's collections, their indexes; what can't be reached ends it."""
    mongo = settings.mongodb
    try:
        client = mongo_client(uri)
    except ConfigurationError as error:
        fix = "write it like mongodb://user:password@host:27017/ or mongodb+srv://…"
        return (Check("MongoDB", str(error), fix),)
    async with client:
        database = client[mongo.database]
        try:
            await client.admin.command("ping")
            rights = await _rights(database, mongo)
            collections = await (await database.list_collections()).to_list()
        except PyMongoError as error:
            fix = "check MONGODB_URI, [mongodb] database, the network, and the user's right to read"
            return (Check("MongoDB", cause_of(error), fix),)
        named = (mongo.models, mongo.successes, mongo.errors)
        views = {one["name"] for one in collections if one["type"] == "view"} & {*named}
        seen = {name: (VIEW, NO_VIEW * (name == mongo.models)) for name in views}
        present = {one["name"]: ("there", "") for one in collections} | seen
        fix = f"check [mongodb] in operator.toml, the database's name too; there are: {some_of(present)}"
        if not some_of(present):
            fix = (
                f"check [mongodb] database in operator.toml; there are: {await databases(database) or 'none'}"
            )
            return Check("MongoDB", f"database {database.name} has none of the platform's", fix), rights
        return (
            Check("MongoDB", f"database {database.name} answers"),
            rights,
            *(Check(f"collection {name}", *present.get(name, ("no such collection", fix))) for name in named),
            # An index would make a collection that was only named wrongly, and then seems to be there.
            *(await _indexes(database, mongo, create_indexes) if present.keys() >= {*named} else ()),
        )


def needed_rights(mongo: MongoOptions) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """A reader's, and what the operator needs beyond them, as docs/mongodb.md's roles: collections, or "" for
    the database itself, and what MongoDB calls actions."""
    own, noted = tuple(indexes.OWN_INDEXES), (mongo.model_status, mongo.openrouter_catalog)
    looks = product((mongo.models, mongo.successes, mongo.errors, *noted, *own), ("find", "listIndexes"))
    changes = product((mongo.models, *own), ("insert", "update", "remove"))
    makes = product(own, ("createCollection", "createIndex", "dropIndex"))
    return {("", "listCollections"), *looks}, {*changes, *makes, *product(noted, ("insert", "update"))}


async def _rights(database: Database, mongo: MongoOptions) -> Check:
    """What the user may do, as MongoDB tells it; where nobody has to say who they are, everything."""
    said = (await database.client.admin.command("connectionStatus", showPrivileges=True))["authInfo"]
    if not said["authenticatedUsers"]:
        return Check("rights", "no access control: everybody may do everything")
    reads, changes = needed_rights(mongo)
    granted = [(one["resource"], {*one["actions"]}) for one in said.get("authenticatedUserPrivileges", ())]
    if not granted:
        return Check("rights", "can't be seen here", "compare its roles with docs/mongodb.md", needed=False)
    lacks = {
        (name, action)
        for name, action in reads | changes
        if not any(
            _about(where, database.name, name) and not may.isdisjoint({action, "anyAction"})
            for where, may in granted
        )
    }
    by_name = {name: [action for _, action in those] for name, those in groupby(sorted(lacks), itemgetter(0))}
    wanted = [{"resource": {"db": database.name, "collection": n}, "actions": by_name[n]} for n in by_name]
    fix = GRANT.format(database.name, json.dumps(wanted))
    if lacks == changes:
        return Check("rights", "a reader's: enough to look, not to serve", fix, needed=False)
    named = "; ".join(f"{name or 'the database'}: {', '.join(by_name[name])}" for name in by_name)
    return Check("rights", f"missing for {named}", fix) if lacks else Check("rights", "all that are needed")


def _about(resource: Mapping[str, object], database: str, collection: str) -> bool:
    """Whether a privilege on this covers that collection; "" in it means any."""
    names = resource.get("db") in {"", database} and resource.get("collection") in {"", collection}
    return names or resource.get("anyResource") is True


async def _indexes(database: Database, mongo: MongoOptions, create: bool) -> Checks:
    try:
        missing = await indexes.missing_platform_indexes(database, mongo)
        made = await indexes.create_platform_indexes(database, missing) if create else {}
    except FactsUnreadable as error:
        return (Check("indexes", str(error), "check the user's rights on the platform's collections"),)
    except StoreUnavailable as error:
        return (Check("indexes", str(error), BY_WHOM, needed=False),)
    fix = "run ai-operator doctor --create-indexes, at a quiet hour if the collection is large"
    said = made.items() if create else [(index, f"missing: {index.why}") for index in missing]
    return tuple(
        Check(f"index {index.collection} ({', '.join(index.keys)})", detail, "" if create else fix, False)
        for index, detail in said
    ) or (Check("indexes", "each of the platform's collections that is no view has all that help"),)


async def _slack(client: SlackClient, slack: SlackOptions, clock: Callable[[], datetime]) -> Checks:
    """Token, clock, scopes, channel and approvers; after a refused token only that."""
    answer = await _ask("Slack", client.auth_test())
    if isinstance(answer, Check):
        return (answer,)
    if wrong := of_no_workspace(answer):
        return (Check("Slack", *wrong),)
    history = client.conversations_history(channel=slack.channel, limit=1)
    people = [approver for approver in slack.approvers if not approver.startswith("S")]
    channel, *groups = await asyncio.gather(
        _accepted(f"channel {slack.channel}", history, "the bot is in it"),
        *(_group(client, approver) for approver in slack.approvers if approver not in people),
    )
    not_looked_up = f"{', '.join(people)} (not looked up: that would take one more scope)"
    return (
        Check("Slack", f"{answer['user']} in {answer['team']}"),
        *_clock(answer.headers.get("Date"), clock()),
        _scopes(answer.headers.get("x-oauth-scopes"), wants_groups=bool(groups)),
        channel,
        *([Check("approvers", not_looked_up)] if people else ()),
        *groups,
    )


async def _ask(name: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | Check:
    """What Slack answers; else what it refused, and what to do about that."""
    try:
        return await call
    except SLACK_ERRORS as error:
        refusal = refusal_in(error)
        detail = f"{refusal.code} ({refusal.scope})" if refusal.scope else refusal.code
        return Check(name, detail, refusal.cure)


async def _accepted(name: str, call: Awaitable[AsyncSlackResponse], detail: str) -> Check:
    """`detail`: what it means that Slack took the call."""
    answer = await _ask(name, call)
    return answer if isinstance(answer, Check) else Check(name, detail)


def _clock(date: str | None, now: datetime) -> Checks:
    try:
        skew = (now - parsedate_to_datetime(date or "")).total_seconds()
    except (TypeError, ValueError):  # no date, or one without a zone
        return ()
    seconds, side = round(abs(skew)), "ahead of" if skew > 0 else "behind"
    if abs(skew) <= TOLERATED_SKEW_SECONDS:
        return (Check("clock", f"within {max(seconds, 1)} s of Slack's"),)
    fix = "let the machine follow a time server: ages and leases depend on it"
    return (Check("clock", f"{seconds} s {side} Slack's", fix),)


def _scopes(granted: str | None, *, wants_groups: bool) -> Check:
    have = {scope.strip() for scope in (granted or "").split(",")}
    needed = SCOPES | {GROUP_SCOPE} if wants_groups else SCOPES
    missing = sorted([*(needed - have), *(() if have & set(HISTORY) else HISTORY[:1])])
    if not missing:
        return Check("scopes", "all that are needed")
    fix = "add them (see manifest.yaml), then reinstall the app to the workspace"
    return Check("scopes", f"missing: {', '.join(missing)}", fix)


async def _group(client: SlackClient, group: str) -> Check:
    answer = await _ask(f"approvers {group}", client.usergroups_users_list(usergroup=group))
    if isinstance(answer, Check):
        return answer
    members = len(answer.get("users") or ())
    fix = "" if members else "add people to the group, or name others in [slack] approvers"
    return Check(f"approvers {group}", f"a group with {members} members", fix)


async def _socket(client: SlackClient, app_token: str) -> Checks:
    """Whether Socket Mode would let us in; no connection is made."""
    call = client.apps_connections_open(app_token=app_token)
    return (await _accepted("Socket Mode", call, "the app token is good"),)


def _examples(slack: SlackOptions) -> Checks:
    """What nobody filled in yet."""
    whence = {
        "channel": "write yours: in Slack, click the channel's name; its id stands at the bottom of About",
        "approvers": "write yours: in Slack, click a person's picture, then ⋮, Copy member ID",
    }
    left = [("channel", slack.channel), *(("approvers", approver) for approver in slack.approvers)]
    return tuple(
        Check(f"[slack] {key}", f"{one} is the example's", whence[key])
        for key, one in left
        if one in EXAMPLES
    )


async def _signature(_: str) -> Checks:
    return (Check("SLACK_SIGNING_SECRET", "set; the first request will tell"),)


class _Ready(BaseModel):
    ready: bool


async def _llm(key: str, settings: Settings) -> Checks:
    """One request of a few tokens, in the form in which the bot asks."""
    messages = [{"role": "user", "content": "Are you there? Answer with ready: true."}]
    try:
        async with AsyncOpenAI(api_key=key, base_url=settings.llm.base_url, max_retries=0) as client:
            reply = await Advisor(client, settings.llm).ask(messages, _Ready, max_completion_tokens=1_000)
    except AdvisorError as error:
        fix = "check [llm] and OPENAI_API_KEY; until then the written rules judge, and nothing runs by itself"
        return (Check("LLM", str(error), fix),)
    cost = "price unknown" if reply.cost_usd is None else f"${reply.cost_usd:.4f}"
    return (Check("LLM", f"{settings.llm.model} answered ({cost})"),)
