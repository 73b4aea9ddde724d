"""The messages that show proposals: posted, kept in MongoDB, and redrawn card by card.

A message's blocks are kept beside the proposals, so that any replica can redraw one card of it, whoever
changed the proposal and wherever it is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.views.card import Card, card, folded_line, section
from bot.views.digest import Message
from operator_core.changes import Outcome
from operator_core.proposals import Drawn, Proposal
from operator_core.store.stores import Stores

GONE = frozenset({"message_not_found", "channel_not_found", "is_inactive", "cant_update_message"})
TRIES = 5
log = logger(__name__)

Blocks = list[dict[str, Any]]


@dataclass(frozen=True)
class Board:
    """Draws proposals into Slack messages."""

    client: AsyncWebClient
    stores: Stores
    clock: Callable[[], datetime]

    async def card_of(self, proposal: Proposal) -> Card:
        """The proposal with what became of each model."""
        outcomes: tuple[Outcome, ...] = ()
        journal_id = None
        for entry_id in reversed(proposal.journal_ids):
            entry = await self.stores.journal.find(entry_id)
            if entry is not None:
                outcomes = entry.outcomes
                journal_id = entry.id if entry.standing else None
                break
        return Card(proposal=proposal, outcomes=outcomes, journal_id=journal_id)

    async def post(
        self,
        channel: str,
        message: Message,
        shown: Sequence[str] = (),
        *,
        thread_ts: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Posts a message and remembers which proposals it shows; its `ts`. Raises SlackApiError."""
        answer = await self.client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            thread_ts=thread_ts,
            metadata=metadata,
        )
        ts = str(answer["ts"])
        await self.adopt(channel, ts, message, shown)
        return ts

    async def adopt(self, channel: str, ts: str, message: Message, shown: Sequence[str]) -> None:
        """Remembers a posted message, so that its cards can be redrawn."""
        await self.stores.state.keep(
            _key(channel, ts), {"version": 1, "text": message.text, "blocks": list(message.blocks)}
        )
        for proposal_id in shown:
            proposal = await self.stores.proposals.get(proposal_id)
            await self.stores.proposals.record_drawn(
                proposal_id,
                Drawn(channel=channel, ts=ts, revision=proposal.revision, state=proposal.state),
            )

    async def redraw(self, proposal: Proposal) -> None:
        """Shows the proposal as it is now, wherever it stands."""
        blocks = [
            block.to_dict()
            for block in card(await self.card_of(proposal), await self.stores.state.names(), self.clock())
        ]
        for drawn in proposal.drawn:
            await self._replace(drawn.channel, drawn.ts, proposal.id, blocks)
            now = Drawn(channel=drawn.channel, ts=drawn.ts, revision=proposal.revision, state=proposal.state)
            await self.stores.proposals.record_drawn(proposal.id, now)

    async def redraw_stale(self) -> int:
        """Redraws what changed elsewhere: on the command line, by policy, in another replica."""
        stale = await self.stores.proposals.needing_redraw()
        for proposal in stale:
            await self.redraw(proposal)
        return len(stale)

    async def move(self, proposal: Proposal, channel: str, ts: str) -> None:
        """The live card now stands in the message `ts`; older ones shrink to a line with a link."""
        older = [drawn for drawn in proposal.drawn if drawn.ts != ts]
        if not older:
            return
        link = str((await self.client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"])
        line = folded_line(Card(proposal=proposal), {}, link)
        for drawn in older:
            await self._replace(drawn.channel, drawn.ts, proposal.id, [section(line, proposal.id).to_dict()])
            await self.stores.proposals.forget_drawn(proposal.id, drawn.channel, drawn.ts)

    async def _replace(self, channel: str, ts: str, proposal_id: str, blocks: Blocks) -> None:
        """Swaps one card of a message; two who swap different cards of it don't undo each other."""
        key = _key(channel, ts)
        for _ in range(TRIES):
            kept = await self.stores.state.kept(key)
            if kept is None:
                return
            swapped = _with_card(kept["blocks"], proposal_id, blocks)
            if swapped == kept["blocks"]:
                return
            newer = {**kept, "blocks": swapped, "version": kept["version"] + 1}
            if await self.stores.state.swap(key, kept["version"], newer):
                await self._update(channel, ts, key)
                return
        log.warning("a message could not be redrawn: others change it all the time", channel=channel, ts=ts)

    async def _update(self, channel: str, ts: str, key: str) -> None:
        """Sends the newest version; where it moved on meanwhile, sends that one too."""
        sent = 0
        while (kept := await self.stores.state.kept(key)) is not None and kept["version"] != sent:
            sent = kept["version"]
            try:
                await self.client.chat_update(
                    channel=channel, ts=ts, text=kept["text"], blocks=kept["blocks"]
                )
            except SlackApiError as error:
                cause = error.response["error"]
                log.warning("a message could not be redrawn", channel=channel, ts=ts, cause=cause)
                if cause in GONE:
                    await self.stores.state.forget(key)
                return


def _key(channel: str, ts: str) -> str:
    return f"message:{channel}:{ts}"


def _with_card(blocks: Blocks, proposal_id: str, drawn: Blocks) -> Blocks:
    """The message's blocks with this proposal's replaced, in their place."""
    mine = [
        index
        for index, block in enumerate(blocks)
        if str(block.get("block_id", "")).split(".")[0] == proposal_id
    ]
    if not mine:
        return blocks
    kept = [block for index, block in enumerate(blocks) if index not in mine]
    return [*kept[: mine[0]], *drawn, *kept[mine[0] :]]
