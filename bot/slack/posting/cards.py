"""The messages that show proposals: posted, kept in MongoDB, and redrawn card by card.

A message's blocks are kept beside the proposals, so that any replica can redraw one card of it, whoever
changed the proposal and wherever it is shown.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from bot.logs import logger
from bot.slack.client import SlackClient
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in, slack_errors_logged
from bot.slack.posting.edits import Edited, Edits
from bot.slack.posting.records import Blocks, KeptMessage
from bot.slack.views.actions import Target
from bot.slack.views.blocks import section
from bot.slack.views.card import Card, card, folded_line
from bot.slack.views.content import Counters, Message
from operator_core.domain.base import mapping_in
from operator_core.domain.changes import LANDED, Result
from operator_core.domain.holds import by_answers_to
from operator_core.domain.mode import ChannelRefusal, Deployment
from operator_core.domain.proposals import Proposal, ShownIn, State
from operator_core.errors import Unreadable
from operator_core.store.stores import Stores
from operator_core.text.masking import in_words

NOT_SHOWN = "⚠ Slack would not show the page: /operator pending has what is to be decided."
log = logger(__name__)


@dataclass(frozen=True)
class Cards:
    """Draws proposals into Slack messages."""

    client: SlackClient
    stores: Stores
    clock: Callable[[], datetime]
    deployment: Deployment

    @cached_property
    def edits(self) -> Edits:
        return Edits(self.client, self.stores, self.clock)

    async def post(
        self,
        channel: str,
        message: Message,
        shown: Sequence[Proposal] = (),
        *,
        ts: str = "",
        thread_ts: str | None = None,
        metadata: dict[str, Any] | None = None,
        counters: Counters | None = None,
    ) -> str:
        """Posts a message, or rewrites the one named by `ts`, and remembers which proposals it shows.

        `shown`: the proposals as they were drawn. `counters`: what a digest's root counts. Its `ts`. Raises
        SLACK_ERRORS; a rewritten one that Slack refuses is owed, or posted anew where none may edit it.
        """
        posted = ts or await self.say(channel, message, thread_ts=thread_ts, metadata=metadata)
        stamps = {proposal.id: [proposal.revision, len(proposal.moves)] for proposal in shown}
        claim = metadata["event_payload"]["claim"] if metadata else ""
        about = {"root": thread_ts, "claim": claim, "counters": counters, "stamps": stamps}
        whole = KeptMessage(**message.sent, **about, unsent=bool(ts))
        await self.edits.kept.add(whole, f"{channel}:{posted}", since=self.clock())
        edited = await self.edits.edit(channel, ts, partial(_renewed, whole=whole)) if ts else Edited.SHOWN
        if ts and await self.edits.lost(channel, ts):
            return await self.post(channel, message, shown, metadata=metadata, counters=counters)
        owed = {} if edited == Edited.SHOWN else {"revision": 0}
        for proposal in shown:  # what Slack has yet to take is looked after until it shows
            await self._record(proposal, channel, posted, **owed)
        return posted

    async def say(self, channel: str, message: Message, **where: Any) -> str:
        """A new message in the channel; its `ts`. Whether Slack took it is kept. Raises SLACK_ERRORS."""
        try:
            answer = await self.client.chat_postMessage(channel=channel, **message.sent, **where)
        except SLACK_ERRORS as error:
            if message.blocks and refusal_in(error).lasts == Lasts.FOR_THIS_MESSAGE:
                return await self.say(channel, Message(text=f"{message.text}\n{NOT_SHOWN}"), **where)
            await self.channel_refused(error)
            raise
        if await self.stores.channel_refusal.take():
            await self.edits.hurry()
        return str(answer["ts"])

    async def write_to(self, person: str, message: Message) -> bool:
        """A direct message; whether Slack took it. It needs the app's Messages tab."""
        with slack_errors_logged(log.warning, "somebody could not be told directly", user=person):
            await self.client.chat_postMessage(channel=person, **message.sent)
            return True
        return False

    async def channel_refused(self, error: Exception) -> None:
        """What can't be told isn't done: it is kept, with when that began."""
        before, now, refusal = await self.stores.channel_refusal.get(), self.clock(), refusal_in(error)
        began, passing = before.since or before.at if before else now, refusal.lasts == Lasts.PASSING
        said = ChannelRefusal(code=refusal.code, at=now, since=began, why=str(refusal), passing=passing)
        await self.stores.channel_refusal.put(said)

    async def posted_already(self, channel: str, claim: str) -> str:
        """The `ts` of the message with this claim, that a dead process may have posted; or "". Slack is asked
        where MongoDB doesn't know: it may not tell."""
        for key, kept in (await self.edits.kept.all()).items():
            if kept.claim == claim and key.startswith(f"{channel}:"):
                return key.partition(":")[2]
        for ts, payload in await self.posted_lately(channel):
            ours = self.deployment.drew(str(payload.get("deployment", self.deployment.stamp)))
            if ours and payload["claim"] == claim:
                return ts
        return ""

    async def posted_lately(self, channel: str) -> list[tuple[str, dict[str, Any]]]:
        """Posted under a claim, ours and others', the newest first: `ts`, and what the metadata says."""
        try:
            answer = await self.client.conversations_history(
                channel=channel, include_all_metadata=True, limit=200
            )
        except SLACK_ERRORS as error:
            log.warning("can't tell what was posted before", cause=refusal_in(error).code)
            return []
        told = [message for message in answer["messages"] if mapping_in(message).get("ts")]
        said = ((m["ts"], mapping_in(mapping_in(m.get("metadata")).get("event_payload"))) for m in told)
        return [(ts, dict(payload)) for ts, payload in said if "claim" in payload]

    async def redraw(self, proposal: Proposal) -> None:
        """Shows the proposal as it is now, wherever it stands. What Slack refuses is tried again later."""
        if not proposal.drawn:
            return
        shown = await card_of(self.stores, proposal)
        blocks = card(shown, await self.stores.people.names(), self.clock())
        draw = partial(_with_card, shown=shown, drawn=blocks)
        for drawn in proposal.drawn:
            edited = await self.edits.edit(drawn.channel, drawn.ts, draw)
            if edited == Edited.SHOWN:
                await self._record(proposal, drawn.channel, drawn.ts)
            elif edited == Edited.LOST:
                await self._draw_anew(proposal, drawn, Message.of(f"{proposal.id}, drawn anew", blocks))

    async def _draw_anew(self, proposal: Proposal, drawn: ShownIn, message: Message) -> None:
        """A message of its own, below the one that can't be edited any more."""
        kept = await self.edits.kept.get(f"{drawn.channel}:{drawn.ts}")
        root = (kept and kept.root) or drawn.ts
        with slack_errors_logged(log.warning, "a card could not be drawn anew", proposal=proposal.id):
            ts = await self.post(drawn.channel, message, [proposal], thread_ts=root)
            await self.shrink_older(proposal, drawn.channel, ts)
            await self.stores.proposals.forget_drawn(proposal.id, drawn.channel, drawn.ts)

    async def redraw_stale(self) -> int:
        """Redraws what changed elsewhere (in another process, by policy), and what Slack refused before."""
        await self.edits.send_owed()
        stale = await self.stores.proposals.needing_redraw()
        for proposal in stale:
            try:
                await self.redraw(proposal)
            except Exception as error:  # noqa: BLE001 – one card that can't be drawn stops no other
                self.stores.notes.add("operator_proposals", proposal.id, f"can't be drawn: {in_words(error)}")
        return len(stale)

    async def shrink_older(self, proposal: Proposal, channel: str, ts: str) -> None:
        """The live card now stands in the message `ts`; older ones shrink to a line with a link."""
        older = [drawn for drawn in proposal.drawn if drawn.ts != ts]
        link = ""
        if older:  # Slack may refuse the link: the older card shrinks all the same
            with slack_errors_logged(log.info, "there is no link to the newest card", proposal=proposal.id):
                link = await self.link_to(channel, ts)
        line = [section(folded_line(proposal, link), proposal.id)]
        shrink = partial(_swapped, proposal_id=proposal.id, drawn=line)
        for drawn in older:
            await self.edits.edit(drawn.channel, drawn.ts, shrink)
            # Also where Slack takes that later: else whoever redraws the card draws it whole there again.
            await self.stores.proposals.forget_drawn(proposal.id, drawn.channel, drawn.ts)

    async def link_to(self, channel: str, ts: str) -> str:
        """Where people find a message. Raises SLACK_ERRORS."""
        return str((await self.client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"])

    async def _record(self, proposal: Proposal, channel: str, ts: str, **also: int) -> None:
        drawn = ShownIn(channel=channel, ts=ts, **proposal.model_dump(include={"revision", "state"}) | also)
        await self.stores.proposals.record_drawn(proposal.id, drawn)


async def card_of(stores: Stores, proposal: Proposal) -> Card:
    """The proposal with what became of each model, and of what was taken back."""
    done = None
    with suppress(Unreadable):  # another version's; it is named where people look
        done = await stores.journal.find(proposal.journal_ids[-1]) if proposal.journal_ids else None
    if done is None:
        return Card(proposal=proposal)
    undos = await stores.journal.undos_of(done.id)
    return Card(
        proposal=proposal,
        outcomes=done.outcomes,
        undo=Target.on(done) if done.standing else None,
        restored=tuple(o for entry in undos for o in entry.outcomes if o.result in LANDED),
        not_restored=tuple(o for o in undos[-1].outcomes if o.result not in LANDED) if undos else (),
        settled=sum(o.result != Result.PENDING for entry in (done, *undos) for o in entry.outcomes),
        **(await _holds_on(stores, proposal) if proposal.state == State.UNDONE else {"on_hold": False}),
    )


async def _holds_on(stores: Stores, proposal: Proposal) -> dict[str, bool]:
    """Whether its undo's own holds stand, and whether others do on its models."""
    standing = await stores.holds.active()
    own = by_answers_to(proposal, standing)
    refs = {(ref.provider, ref.model_id) for ref in proposal.refs}
    others = [h for h in standing if h not in own and (h.provider, h.model_id) in refs]
    return {"on_hold": bool(own), "held_besides": bool(others)}


def under_claim(event: str, claim: str) -> dict[str, Any]:
    """A message's metadata, by which whoever takes the claim over finds it."""
    return {"event_type": event, "event_payload": {"claim": claim}}


def _swapped(kept: KeptMessage, proposal_id: str, drawn: Blocks) -> KeptMessage:
    """The message with this proposal's blocks replaced, in their place."""
    ids = [str(block.get("block_id", "")).partition(".")[0] for block in kept.blocks]
    if proposal_id not in ids:
        return kept
    first = ids.index(proposal_id)
    others = [block for block, id_ in zip(kept.blocks, ids, strict=True) if id_ != proposal_id]
    return kept.model_copy(update={"blocks": [*others[:first], *drawn, *others[first:]]})


def _renewed(kept: KeptMessage, whole: KeptMessage) -> KeptMessage:
    """Drawn whole again; but a card that somebody drew newer there meanwhile stays."""
    newer = {one: stamp for one, stamp in kept.stamps.items() if stamp > whole.stamps.get(one, stamp)}
    for one in newer:
        drawn = [block for block in kept.blocks if f"{block.get('block_id')}.".startswith(f"{one}.")]
        whole = _swapped(whole, one, drawn)
    return whole.model_copy(update={"refused": kept.refused, "stamps": {**whole.stamps, **newer}})


def _with_card(kept: KeptMessage, shown: Card, drawn: Blocks) -> KeptMessage:
    """The message with this card; never an older state of it than the message shows already."""
    proposal, swapped = shown.proposal, _swapped(kept, shown.proposal.id, drawn)
    stamp = [proposal.revision, len(proposal.moves), shown.settled]  # nothing that happens makes it less
    if swapped is kept or stamp < kept.stamps.get(proposal.id, []):
        return kept
    return swapped.model_copy(update={"stamps": {**kept.stamps, proposal.id: stamp}})
