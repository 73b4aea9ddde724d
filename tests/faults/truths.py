"""What must be true in the end, looked at from outside: MongoDB's documents, what stands in Slack, the calls.

No wording is judged, but for who is told: buttons by their action ids, cards by their blocks' ids.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

from faults.gestures import in_progress
from faults.outside_world import SECRETS
from faults.scenario import PEOPLE, STRANGER
from faults.slack_wire import IN_FLIGHT_SECONDS, RETRY_AFTER
from faults.stage import QUIET_SECONDS, Stage
from model.laboratory import View
from model.settled_truths import LANDED, Settled, wrong_when_settled
from sandbox.slack import Message
from support.world import CHANNEL

Document = dict[str, Any]
POLICY = "policy"
MOST = {"MB": 400, "threads": 40, "files": 120}
CONNECTIONS, SOCKETS = 60, 3
CALLS_A_MINUTE = 100
"""Of one method and replica: Slack's tier 3 is about fifty, in bursts more."""
NOT_OUR_FAULT = (
    "expired_trigger_id",
    "invalid_trigger_id",
    "acknowledged too late",
    "expired_url",
    "used_url",
    "not_found",
    "exchanged_trigger_id",
)
"""What Slack refuses after a delay that the scenario caused."""


async def wrong(stage: Stage) -> list[str]:
    """Each thing that isn't as promised, in words. The scenario is healed by now."""
    found = [one async for one in _unfinished(stage)]
    view = await stage.view()
    if not found:
        found += wrong_when_settled(Settled(stage.began, {}), view, stage.edits)
        found += [one async for one in _statuses(stage, view)]
    found += _named(stage, view)
    found += _digests(stage)
    if died(stage):
        for _ in _untold(stage):
            stage.struck.note("not promised: a dialog waits whose process died")
    found += _sent(stage)
    found += _bounded(stage)
    found += [one async for one in _planted(stage)]
    found += [one async for one in _secrets(stage)]
    return found


async def _unfinished(stage: Stage) -> AsyncIterator[str]:
    """All that was begun ends, soon after nothing fails any more."""
    left: list[str] = []

    async def quiet() -> bool:
        """Messages, too: what a digest counts is drawn a moment after the cards that it counts."""
        left[:] = [one async for one in _waiting(stage)]
        if not left:
            left[:] = [one async for one in _cards(stage, await stage.view())]
        if not left and not died(stage):
            left[:] = _untold(stage)
        return not left

    if not await stage.until(quiet, QUIET_SECONDS):
        for one in left:
            yield f"{QUIET_SECONDS:.0f} s after all was well again: {one}"


async def _waiting(stage: Stage) -> AsyncIterator[str]:
    for wait in begun(await stage.view()):
        yield wait
    lost = await _lost(stage)
    async for kept in stage.database["operator_state"].find({"_id": {"$regex": "^message:"}, "unsent": True}):
        if kept["_id"] not in lost:
            yield f"{kept['_id']} has changes that Slack has not got"
    today = stage.now().date().isoformat()
    if not any(claim_of(message).endswith(today) for message in stage.digests()):
        yield f"there is no digest of {today}"
    if stage.slack.workspace.busy:
        yield "Slack is busy"
    if stage.slack.courier.connections < 1:
        yield "nobody listens to Slack"


async def _lost(stage: Stage) -> set[str]:
    """Messages that Slack lets nobody edit any more: another one stands in for each."""
    where = {"_id": {"$regex": "^owed:"}, "lost": True}
    given_up = [one["_id"] async for one in stage.database["operator_state"].find(where)]
    return {name.replace("owed:", "message:", 1) for name in given_up}


def begun(view: View) -> Iterator[str]:
    for entry in view.journal.values():
        if entry["state"] != "closed":
            yield f"{entry['_id']} is still {entry['state']}"
        elif entry["actor"].startswith("U") and entry.get("answered") is not True:
            yield f"{entry['actor']} was not told what came of {entry['_id']}"
    for one in view.proposals.values():
        if one["state"] == "approved":
            yield f"{one['_id']} is approved, and nobody carries it out"
        for drawn in one["drawn"]:
            if (drawn["revision"], drawn["state"]) != (one["revision"], one["state"]):
                yield f"{one['_id']} is {one['state']} ({one['revision']}), and {drawn['ts']} shows {drawn}"


def _named(stage: Stage, view: View) -> Iterator[str]:
    """Nothing is changed in the name of somebody who didn't ask for it, nor by policy where it may not."""
    for entry in view.journal.values():
        by, number = entry["actor"], entry["proposal_id"]
        verb = "undo" if entry["undo_of"] else "approve"
        refs = {f"{c['member']['provider']}/{c['member']['model_id']}" for c in entry["changes"]}
        if by in PEOPLE:
            commanded = any(who == by and did == "command" and what in refs for who, did, what in stage.words)
            if (by, verb, number) not in stage.words and not (commanded and verb == "approve"):
                yield f"{entry['_id']} is in the name of {by}, who did not {verb} {number}"
        elif by != POLICY:
            yield f"{entry['_id']} is in the name of {by}"
        elif entry["undo_of"] is None:
            yield from _alone(stage, entry)
    yield from _brakes(stage, view)


def _alone(stage: Stage, entry: Document) -> Iterator[str]:
    made = [change for change in entry["changes"] if change["result"] == "done"]
    if made and stage.scenario.mode != "on":
        yield f"policy acted in {stage.scenario.mode}: {entry['_id']}"
    for change in made:
        ref = (change["ref"]["provider"], change["ref"]["model_id"])
        if ref not in stage.gone and change["op"] == "set":
            yield f"policy disabled {ref}, which answers: {entry['_id']}"


def _brakes(stage: Stage, view: View) -> Iterator[str]:
    """A fifth of a provider, one at least, counted by what stood enabled at first."""
    first = Counter(one["provider"] for one in stage.began.values())
    off = Counter(
        change["ref"]["provider"]
        for entry in view.journal.values()
        if entry["actor"] == POLICY and entry["undo_of"] is None
        for change in entry["changes"]
        if change["result"] == "done" and not change["undone_by"]
    )
    for provider, count in off.items():
        if count > max(1, first[provider] // 5):
            yield f"policy disabled {count} of {first[provider]} models of {provider}"


async def _cards(stage: Stage, view: View) -> AsyncIterator[str]:
    """Every card that stands in Slack is the proposal as it is."""
    for one in view.proposals.values():
        for drawn in one["drawn"]:
            message = stage.slack.workspace.message(drawn["channel"], drawn["ts"])
            if message is None:
                yield f"{one['_id']} is said to stand in {drawn['ts']}, and there is no such message"
                continue
            ids = {str(block.get("block_id", "")).split(".")[0] for block in message.blocks}
            if one["_id"] not in ids:
                continue
            said = json.dumps(message.blocks)
            for verb, wanted in (("approve", _asks(one)), ("undo", _can_be_undone(one, view))):
                if (f'"{verb}.{one["_id"]}"' in said) is not wanted:
                    has = "lacks" if wanted else "has"
                    yield f"{one['_id']} is {one['state']}, and its card {has} the button {verb}"
    lost = await _lost(stage)
    async for kept in stage.database["operator_state"].find({"_id": {"$regex": "^message:"}}):
        _, channel, ts = kept["_id"].split(":", 2)
        message = stage.slack.workspace.message(channel, ts)
        if message is not None and message.text != kept["text"] and kept["_id"] not in lost:
            yield f"{kept['_id']} reads {message.text!r} in Slack, and {kept['text']!r} in MongoDB"


def _asks(one: Document) -> bool:
    """Additions of several providers are picked in a dialog; those of one are approved in the card."""
    picked = one["action"] == "add" and not one["provider"]
    return one["action"] != "attend" and not picked and one["state"] == "pending"


def _can_be_undone(one: Document, view: View) -> bool:
    entries = [view.journal[name] for name in one["journal_ids"][-1:] if name in view.journal]
    return one["state"] in ("executed", "partly") and any(
        change["result"] == "done" and not change["undone_by"]
        for entry in entries
        for change in entry["changes"]
    )


async def _statuses(stage: Stage, view: View) -> AsyncIterator[str]:
    """`model_status` says of each model what its latest proposal that was carried out says."""
    latest: dict[tuple[str, str], tuple[Document, Document]] = {}
    for entry in sorted(view.journal.values(), key=lambda entry: entry["started_at"]):
        if entry["undo_of"] is None and entry["action"] in ("disable", "enable"):
            for change in entry["changes"]:
                latest[change["member"]["provider"], change["member"]["model_id"]] = (entry, change)
    for (provider, model_id), (entry, change) in latest.items():
        found = await stage.database["model_status"].find_one({"provider": provider, "model_id": model_id})
        decision = (found or {}).get("operator_decision") or {}
        if decision.get("proposal_id") != entry["proposal_id"]:
            continue  # a later run asks anew, or it was cleared
        done = "auto_executed" if entry["actor"] == POLICY else "approved"
        landed = change["result"] in LANDED
        right = (
            {"rejected"} if change["undone_by"] and landed else {done} if landed else {"failed", "pending"}
        )
        if decision["status"] not in right:
            said = f"{entry['_id']} {change['result']}"
            yield f"model_status says {decision['status']} of {provider}/{model_id}: {said}"


def _digests(stage: Stage) -> Iterator[str]:
    """One a day and channel; but where an answer was lost, and Slack then didn't tell what stands."""
    claims = Counter(claim_of(message) for message in stage.digests())
    untold = any(one.failed for one in stage.wire.sent if one.method == "conversations.history")
    lost = any(one.failed for one in stage.wire.sent if one.method == "chat.postMessage") or died(stage)
    for claim, count in claims.items():
        if count > 1 and untold and lost:
            stage.struck.note("not promised: two digests of which Slack did not tell")
        elif count > 1:
            yield f"{count} digests under {claim}"


def claim_of(message: Message) -> str:
    return str((message.metadata or {})["event_payload"]["claim"])


def died(stage: Stage) -> bool:
    """What dies with a process before it was on disk nobody can know of: the page says so, and how often."""
    return any(replica.ends for replica in stage.replicas)


def _untold(stage: Stage) -> Iterator[str]:
    """Nobody looks at "one moment" for ever without having been told otherwise."""
    for who in (*PEOPLE, STRANGER):
        view = stage.slack.person(who).view
        told = [*stage.slack.ephemerals(who), *stage.slack.messages(f"D{who[1:]}")]
        if view is not None and in_progress(view) and not told:
            yield f"{who} waits before a dialog, and nobody tells them what came of it"


def _sent(stage: Stage) -> Iterator[str]:
    """No faster than Slack allows, nothing before Retry-After, nothing that Slack would not take."""
    waits: dict[tuple[str, str], float] = {}
    for sent in stage.wire.sent:
        key = (sent.replica, sent.method)
        until = waits.get(key, 0.0)
        if until - RETRY_AFTER + IN_FLIGHT_SECONDS < sent.at < until - IN_FLIGHT_SECONDS:
            yield f"{sent.method} was called {until - sent.at:.2f} s before Slack's Retry-After was over"
        if sent.waits:
            waits[key] = sent.at + RETRY_AFTER
    minutes = Counter((sent.replica, sent.method, int(sent.at // 60)) for sent in stage.wire.sent)
    yield from (f"{key} was called {n} times in a minute" for key, n in minutes.items() if n > CALLS_A_MINUTE)
    for refused in stage.slack.rejections:
        if not any(reason in refused for reason in NOT_OUR_FAULT):
            yield f"Slack would have refused this: {refused}"


def _bounded(stage: Stage) -> Iterator[str]:
    for number, replica in enumerate(stage.replicas):
        for name, most in MOST.items():
            if replica.largest.get(name, 0) > most:
                yield f"replica {number} held {replica.largest[name]} {name}"
    yield from (f"{wire.most} connections to MongoDB" for wire in stage.wires if wire.most > CONNECTIONS)
    if stage.wire.most > SOCKETS:
        yield f"{stage.wire.most} sockets to Slack"


async def _planted(stage: Stage) -> AsyncIterator[str]:
    """What nobody understands, nobody changes."""
    for collection, document in stage.planted:
        now = await stage.database[collection].find_one({"_id": document["_id"]})
        kept = {name: (now or {}).get(name, "missing") for name in document}  # a start may add to our own
        if repr(kept) != repr(document):
            yield f"{document['_id']} in {collection} was {document}, and is {now}"
    listed = {one["_id"] async for one in stage.database["openrouter_catalog"].find({}, {"_id": 1})}
    if forgotten := stage.listed - listed:
        yield f"the catalogue shrank, and was believed: {len(forgotten)} models are forgotten"


async def _secrets(stage: Stage) -> AsyncIterator[str]:
    """In no message, no prompt, no log, and no document of ours."""
    places = {"a call of Slack": "\n".join(stage.wire.heard)}
    places["the LLM's prompt"] = json.dumps(stage.outside.llm.requests[-50:])
    for number, replica in enumerate(stage.replicas):
        if replica.log.exists():
            places[f"replica {number}'s log"] = replica.log.read_text(errors="replace")
    for name in await stage.database.list_collection_names():
        if name.startswith("operator_") or name == "model_status":
            places[name] = repr(await stage.database[name].find().to_list())
    for place, text in places.items():
        for secret in (*SECRETS, stage.slack.bot_token, stage.slack.app_token):
            if secret in text and not (place == "a call of Slack" and secret.startswith(("xoxb", "xapp"))):
                yield f"{secret[:6]}… stands in {place}"
    for message in stage.slack.messages(CHANNEL):
        if any(
            mark in json.dumps([message.text, *message.blocks])
            for mark in ("<!channel", "<!everyone", "<!here")
        ):
            yield f"a message wakes everybody: {message.text[:80]}"
