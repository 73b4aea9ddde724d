"""What must be right before the bot can work, checked one by one, each with what to do about it.

Nothing is changed but on request: only a note of our own is written and removed, to see that writing works.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from pydantic import BaseModel
from pymongo.errors import PyMongoError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.settings import SlackOptions
from bot.slack.errors import SLACK_ERRORS, refusal_in
from operator_core.errors import AdvisorError, FactsUnreadable
from operator_core.judgement.llm import Advisor
from operator_core.options import MongoOptions
from operator_core.store import indexes
from operator_core.store.mongo import Database, cause_of, for_writing

SCOPES = frozenset({"chat:write", "commands", "files:write"})
HISTORY = ("channels:history", "groups:history")
"""One of them: the second for a private channel."""
EXAMPLES = frozenset({"C0000000000", "U0000000000"})
"""What operator.toml says before anybody filled it in."""
GROUP_SCOPE = "usergroups:read"
"""Needed only where approvers names a user group."""
TOLERATED_SKEW_SECONDS = 30


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    detail: str
    fix: str = ""
    """What to do about it; empty where all is well."""
    needed: bool = True
    """The bot can't work without it."""

    @property
    def ok(self) -> bool:
        return not self.fix


Checks = tuple[Check, ...]


async def slack_checks(client: AsyncWebClient, slack: SlackOptions, clock: Callable[[], datetime]) -> Checks:
    """Token, clock, scopes, channel and approvers; after a refused token only that."""
    answer = await _ask("Slack", client.auth_test())
    if isinstance(answer, Check):
        return (answer,)
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


def example_checks(slack: SlackOptions) -> Checks:
    """What nobody filled in yet."""
    fix = "write your own: in Slack, the channel's or the person's menu has \"Copy … ID\""
    left = [("channel", slack.channel), *(("approvers", approver) for approver in slack.approvers)]
    return tuple(
        Check(f"[slack] {key}", f"{one} is the example's", fix) for key, one in left if one in EXAMPLES
    )


async def socket_check(client: AsyncWebClient, app_token: str) -> Checks:
    """Whether Socket Mode would let us in; no connection is made."""
    call = client.apps_connections_open(app_token=app_token)
    return (await _accepted("Socket Mode", call, "the app token is good"),)


async def database_checks(database: Database, mongo: MongoOptions, *, create_indexes: bool) -> Checks:
    """Reachable, writable, the platform's collections, their indexes; what can't be reached ends it."""
    try:
        await database.client.admin.command("ping")
        notes = for_writing(database)["operator_state"]
        await notes.replace_one({"_id": "doctor"}, {}, upsert=True)
        await notes.delete_one({"_id": "doctor"})
        present = set(await database.list_collection_names())
    except PyMongoError as error:
        fix = "check MONGODB_URI, the network, and the user's right to read and write"
        return (Check("MongoDB", cause_of(error), fix),)
    fix = "check [mongodb] in operator.toml: is it the right database, and the right name?"
    return (
        Check("MongoDB", f"database {database.name} answers, and writes by majority to its journal"),
        *(
            Check(f"collection {name}", "there")
            if name in present
            else Check(f"collection {name}", "no such collection", fix)
            for name in (mongo.models, mongo.successes, mongo.errors)
        ),
        *await _indexes(database, mongo, create_indexes),
    )


async def llm_check(advisor: Advisor) -> Checks:
    """One request of a few tokens, in the form in which the bot asks."""
    messages = [{"role": "user", "content": "Are you there? Answer with ready: true."}]
    try:
        reply = await advisor.ask(messages, _Ready, max_completion_tokens=1_000)
    except AdvisorError as error:
        fix = "check [llm] and OPENAI_API_KEY; until then the written rules judge, and nothing runs by itself"
        return (Check("LLM", str(error), fix),)
    cost = "price unknown" if reply.cost_usd is None else f"${reply.cost_usd:.4f}"
    return (Check("LLM", f"{advisor.options.model} answered ({cost})"),)


class _Ready(BaseModel):
    ready: bool


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


async def _group(client: AsyncWebClient, group: str) -> Check:
    answer = await _ask(f"approvers {group}", client.usergroups_users_list(usergroup=group))
    if isinstance(answer, Check):
        return answer
    members = len(answer.get("users") or ())
    fix = "" if members else "add people to the group, or name others in [slack] approvers"
    return Check(f"approvers {group}", f"a group with {members} members", fix)


async def _indexes(database: Database, mongo: MongoOptions, create: bool) -> Checks:
    try:
        missing = await indexes.missing_platform_indexes(database, mongo)
        made = await indexes.create_platform_indexes(database, missing) if create else {}
    except FactsUnreadable as error:
        return (Check("indexes", str(error), "check the user's rights on the platform's collections"),)
    fix = "run ai-operator doctor --create-indexes, at a quiet hour if the collection is large"
    said = made.items() if create else [(index, f"missing: {index.why}") for index in missing]
    return tuple(
        Check(f"index {index.collection} ({', '.join(index.keys)})", detail, "" if create else fix)
        for index, detail in said
    ) or (Check("indexes", "the platform's collections have all that help"),)
