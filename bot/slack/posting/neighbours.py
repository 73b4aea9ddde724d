"""Other AI Operators where only this one should be: in its channel, or behind the same Slack app."""

from datetime import UTC, datetime, timedelta

from bot.logs import logger
from bot.slack.posting.cards import Cards
from bot.slack.posting.records import records_of
from operator_core.domain.base import Frozen

NOTICED = {
    "channel": "Another AI Operator (database {}) posts in this channel too: give each a channel of its own",
    "clicks": "Clicks for database {} reach this bot: two bots share one Slack app, so give each its own",
}
log = logger(__name__)


class Neighbour(Frozen):
    """Another deployment, and when it was noticed last."""

    stamp: str
    at: datetime


neighbour_records = records_of("neighbour:", Neighbour)


async def look_around(cards: Cards, channel: str) -> None:
    """Notices who else posts in the channel."""
    oldest_first = reversed(await cards.posted_lately(channel))
    for stamp, ts in {str(payload.get("deployment", "")): ts for ts, payload in oldest_first}.items():
        await notice(cards, "channel", stamp, ts)


async def notice(cards: Cards, where: str, stamp: str, ts: str) -> None:
    """Remembers whose message `ts` this is, if it is another's; where all replicas find it.

    One that was posted before our deployment was made doesn't count: it may be of our earlier life.
    """
    here, now, posted = cards.deployment, cards.clock(), datetime.fromtimestamp(float(ts or 0), UTC)
    if not stamp or here.drew(stamp) or posted < max(here.made_at, now - timedelta(days=7)):
        return
    key = f"{where}:{stamp.partition('.')[0]}"
    kept = neighbour_records(cards.stores)
    if await kept.get(key) is None:
        log.warning("another AI Operator was noticed", where=where, deployment=stamp)
    await kept.put(Neighbour(stamp=stamp, at=now), key, since=now)


async def neighbours(cards: Cards) -> tuple[str, ...]:
    """A sentence for each that was noticed lately."""
    noted = sorted((await neighbour_records(cards.stores).all()).items())
    told = [(key.partition(":")[0], one) for key, one in noted if cards.clock() - one.at < timedelta(days=1)]
    return tuple(NOTICED[where].format(one.stamp.partition(".")[2]) for where, one in told)
