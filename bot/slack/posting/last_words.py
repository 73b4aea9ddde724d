"""What Slack itself says when no digest comes: due an hour after the next, moved on by each.

A bot that is dead can't say so; what it left with Slack can. Without metadata, or Slack posts nothing.
"""

from datetime import datetime, timedelta

from bot.logs import logger
from bot.schedule import due, moment, upcoming
from bot.services import Services
from bot.slack.errors import SLACK_ERRORS, Lasts, refusal_in, slack_errors_logged
from bot.slack.posting.records import last_digest, records_of
from bot.slack.views.text import escape
from bot.slack.views.who_and_when import day_and_clock, mention
from bot.ticker import in_turn
from operator_core.domain.base import Frozen
from operator_core.errors import OperatorError

log = logger(__name__)


class LastWords(Frozen):
    """The message that Slack will post unless it is moved on."""

    id: str = ""
    channel: str = ""
    refused: str = ""
    """Why there is none for the next digest."""


last_words = records_of("last_words", LastWords)


async def leave_last_words(services: Services) -> None:
    """Sees to it that Slack speaks up an hour after the first digest that isn't posted."""
    now, schedule = services.now(), services.settings.schedule
    channel, today = services.settings.slack.channel, due(now, schedule.digest_at, schedule.zone)
    posted = today and await services.stores.claims.get(f"digest:{channel}:{today.isoformat()}")
    if today is None or (posted and posted.done):
        expected = upcoming(now, schedule.digest_at, schedule.zone)
    else:
        expected = moment(today, schedule.digest_at, schedule.zone)
    post_at = expected + timedelta(hours=1)
    if post_at - now > timedelta(minutes=2):  # Slack takes none for the next minute
        key = f"last-words:{channel}:{post_at.isoformat()}"
        await in_turn(services.use_cases, key, lambda _: _move(services, channel, post_at))


async def _move(services: Services, channel: str, post_at: datetime) -> str:
    """The new one first, then the older are withdrawn. Its id; "" where Slack would take none."""
    stores, client, of = services.stores, services.client, services.deployment
    kept, last = last_words(stores), await last_digest(stores).get()
    before = await kept.get() or LastWords()
    since = day_and_clock(last.at if last else services.now())
    signed = f": AI Operator for {escape(of.database)} (deployment {of.id}) looks dead."
    text = f"⚠ {mention(services.settings.slack.called)} No digest since {since}{signed} Is it running?"
    try:
        left = await client.chat_scheduleMessage(channel=channel, text=text, post_at=int(post_at.timestamp()))
    except SLACK_ERRORS as error:
        refusal = refusal_in(error)
        why = str(refusal)
        log.error("nobody would notice if this bot died", cause=why)
        await kept.put(before.model_copy(update={"refused": why}))
        if refusal.lasts == Lasts.PASSING:
            raise OperatorError(f"nothing could be scheduled: {why}") from error
        return ""
    newest = str(left.get("scheduled_message_id") or "")
    await kept.put(LastWords(id=newest, channel=channel))
    older = {(before.channel, before.id)} if before.id else set()
    with slack_errors_logged(log.warning, "what else is scheduled is unknown"):
        scheduled = (await client.chat_scheduledMessages_list(channel=channel)).get("scheduled_messages")
        older |= {(channel, str(one["id"])) for one in scheduled or () if signed in str(one.get("text"))}
    for where, which in older - {(channel, newest)}:
        with slack_errors_logged(log.info, "an older one is posted already, or about to be"):
            await client.chat_deleteScheduledMessage(channel=where, scheduled_message_id=which)
    return newest
