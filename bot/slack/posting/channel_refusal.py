"""The channel takes no message: then approvers hear of it directly, once each time it begins."""

from datetime import timedelta

from bot.slack.approvers import Approvers
from bot.slack.errors import SlackRefused
from bot.slack.posting.cards import Cards
from bot.slack.views.content import Message
from bot.slack.views.text import escape
from bot.turns import Turn, in_turn
from operator_core.use_cases import UseCases

BAD_MINUTES = timedelta(hours=1)
"""What may be over soon is told when it lasts longer."""
TOLD = (
    "⚠ I can't post to <#{channel}>: {why}. Until a message goes through I do nothing by myself. "
    "/operator digest shows today's page, /operator status how I am."
)


async def tell_of_refusal(use_cases: UseCases, cards: Cards, approvers: Approvers, channel: str) -> None:
    """Writes to each approver. Raises SlackRefused when nobody could be told: it is tried again."""
    refusal = await use_cases.stores.channel_refusal.get()
    if refusal is None:
        return
    began = refusal.since or refusal.at
    if refusal.passing and use_cases.now() - began < BAD_MINUTES:
        return

    async def write(ours: Turn) -> str:
        why = escape(refusal.why or refusal.words)
        message = Message(text=TOLD.format(channel=channel, why=why))
        people = await approvers.people()
        told = [person for person in people if await cards.write_to(person, message)]
        if not told:
            raise SlackRefused(f"no approver could be told directly that the channel refuses: {refusal.code}")
        return " ".join(told)

    await in_turn(use_cases, f"refusal-told:{began.isoformat()}", write)
