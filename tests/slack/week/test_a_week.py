"""A bad week: an outage, a leaked key, an archived channel, a revoked token, and restarts.

What people read of it stands beside this file, in `a_week.txt`; `pytest -s` prints it. Where the words have
changed, the test writes the file anew and fails once: read it, and commit it.
"""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.slack.posting.digests import EVENT
from sandbox.slack import Message, SlackStandIn
from support.days.hours import Days, Reader
from support.days.idle import at_work, done
from support.world import (
    ANA,
    BEN,
    CHANNEL,
    GONE,
    Clock,
    Database,
    World,
    approve_all_of,
    bot_at_work,
    cards,
    press,
    take_back,
)

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
TOLD = Path(__file__).parent / "a_week.txt"
BILLING = "Error code: 402 - balance is negative, top up to continue"
KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"
LEAK = f"Error code: 401 - Incorrect API key provided: {KEY}"
CALLS = (
    "deepinfra is out of credit",
    "Key-like text in 1 error row of together",
    "Waiting three working days: P-3",
    "No digest since",
)
"""What somebody is called for, in the order of the week."""
STORY = (
    ("Mon 08:00", "#llm-ops", "I switched off 4 models", "2 bedrock: model-0", "2 groq: model-0"),
    ("Mon 18:00", "#llm-ops", "deepinfra is out of credit · 4 of 4 models fail"),
    ("Mon 21:00", "edited: #llm-ops", "👀 ana is on it"),
    ("Tue 08:00", "#llm-ops", "deepinfra is out of credit · 4 of 4 · 14 hours · 👀 ana"),
    ("Tue 09:30", "edited: #llm-ops", "✅ P-4 · model-2 on bedrock disabled", "contract until March"),
    ("Tue 13:30", "edited: #llm-ops", "↩ P-4", "taken back by ben", "vendor says back Friday"),
    ("Tue 18:00", "#llm-ops", "Key-like text in 1 error row of together", "Rotate the key"),
    ("Wed 08:00", "to ana directly", "I can't post to #llm-ops: is_archived", "unarchive it"),
    ("Wed 08:00", "to ben directly", "Until a message goes through I do nothing by myself"),
    ("Fri 09:50", "#llm-ops", "last time", "a key may have leaked", "three working days"),
    ("Fri 09:50", "edited: #llm-ops", "deepinfra answers again · over after 3 days · ana was on it"),
    (
        "Fri 09:50",
        "edited: #llm-ops",
        "✔ P-5 · deepinfra is out of credit · 4 of 4 · over after 3 days: answers",
    ),
    ("Fri 11:00", "edited: #llm-ops", "together: the key is rotated"),
    ("Sat 09:00", "#llm-ops", "No digest since 2026-11-27 09:50 UTC: AI Operator looks dead"),
    ("Sat 10:45", "#llm-ops", "1 decision for you", "39 of 41 models answer; yesterday 39 of 41"),
    ("Sat 10:45", "edited: #llm-ops", "✅ P-3 · MiniMax-M3 on together merged"),
    ("Sun 08:00", "#llm-ops", "38 of 40 models answer", "Since then switched off: 1 approved."),
)
"""When, where and what people read: the week can be told from it."""


@pytest.mark.timeout(240)
async def test_a_bad_week_can_be_told_from_the_messages_alone(
    database: Database, slack: SlackStandIn
) -> None:
    world = World(database, Clock(MONDAY))
    days = Days(world, slack, Reader(slack))
    await a_platform(days)
    await until_the_first_restart(days)
    await until_the_channel_is_back(days)
    told = "\n".join(days.reader.lines).strip() + "\n"
    sys.stdout.write(told)
    assert Counter(m.event for m in slack.messages(CHANNEL))[EVENT] == 5, "two were lost with the channel"
    assert len(slack.messages(CHANNEL)) <= 8
    for when, where, *said in STORY:
        there = [text for heading, text in days.reader.told if heading == f"{when}  {where}"]
        assert any(all(one in text for one in said) for text in there), (when, said, there)
    assert {who for who, _ in days.reader.woken} == {ANA, BEN}
    for who in (ANA, BEN):
        calls = [text for whom, text in days.reader.woken if whom == who]
        assert len(calls) == len(CALLS), calls
        assert all(one in text for one, text in zip(CALLS, calls, strict=True)), calls
        assert len(slack.messages(f"D{who[1:]}")) == 1, "told directly once, however long it lasted"
    assert KEY not in told
    assert TOLD.read_text(encoding="utf-8") == told, renewed(told)


async def a_platform(days: Days) -> None:
    """Two of groq and four of bedrock are gone for four days; one of together stands there twice."""
    world = days.world
    days.begin()
    days.failing["groq"] = (await world.gone("groq", 2, 12), GONE)
    days.failing["bedrock"] = (await world.gone("bedrock", 4, 11), GONE)
    for provider, count in (("deepinfra", 4), ("openai", 12), ("together", 4)):
        await world.answer(provider, await world.models(provider, count), days=6)
    for spelling in ("MiniMax-M3", "minimax-m3"):
        await world.answer("together", await world.models("together", 1, name=spelling), days=6)


async def until_the_first_restart(days: Days) -> None:
    """The outage, and what is approved; by Tuesday morning."""
    world, slack = days.world, days.slack
    async with bot_at_work(world, slack) as bot:
        await days.until(bot, "Mon", "13:00")
        days.failing["deepinfra"] = (sorted(await world.enabled("deepinfra")), BILLING)
        await days.until(bot, "Mon", "21:00")
        await click(days, ANA, "own", "Ana looks after it")
        await days.until(bot, "Tue", "09:30")
        days.happens("Ana approves one of the two")
        card = asked_about(days, "bedrock")
        digest = digests(slack)[-1]
        before = at_work()
        await approve_all_of(slack, ANA, digest, card, untick=["1"], note="contract until March")
        await done(slack, before)
        await days.quiet()
    days.happens("the bot is restarted")
    async with bot_at_work(world, slack) as bot:
        await days.until(bot, "Tue", "13:30")
        days.happens("Ben takes back what was approved before the restart")
        before = at_work()
        await take_back(slack, BEN, digest, card, note="vendor says back Friday")
        await done(slack, before)
        await days.quiet()
        days.failing["together"] = (["model-3"], LEAK)
        await days.until(bot, "Tue", "20:00")
        del days.failing["together"]


async def until_the_channel_is_back(days: Days) -> None:
    """Nobody reads the channel until Friday; the token is revoked on Saturday."""
    world, slack = days.world, days.slack
    days.happens("somebody archives the channel")
    slack.change_channel(CHANNEL, closed="is_archived")
    async with bot_at_work(world, slack) as bot:
        await days.until(bot, "Thu", "12:00")
        del days.failing["deepinfra"]
        await days.until(bot, "Fri", "09:40")
        days.happens("the channel is opened again")
        slack.change_channel(CHANNEL, closed="")
        await days.until(bot, "Fri", "09:50")
        await days.until(bot, "Fri", "11:00")
        await click(days, ANA, "rotated", "Ana has rotated the key")
        await days.until(bot, "Sat", "02:00")
        days.happens("the bot's token is revoked")
        slack.revoke(slack.bot_token)
        await days.until(bot, "Sat", "10:30")
    del slack.workspace.revoked[slack.bot_token]
    days.happens("the bot is started with a new token")
    async with bot_at_work(world, slack) as bot:
        await days.until(bot, "Sat", "10:35")
        await days.until(bot, "Sat", "10:45")
        await click(days, ANA, "approve", "Ana keeps one of the two spellings")
        await days.until(bot, "Sun", "09:00")


def digests(slack: SlackStandIn) -> list[Message]:
    return [message for message in slack.messages(CHANNEL) if message.event == EVENT]


def asked_about(days: Days, provider: str) -> str:
    """The card in the newest digest that asks about it."""
    digest = digests(days.slack)[-1]
    texts = {str(block.get("block_id")): str(block) for block in digest.blocks}
    return next(card for card in cards(digest) if provider in texts[card])


async def click(days: Days, who: str, verb: str, what: str) -> None:
    """The newest message that has such a button."""
    days.happens(what)
    message = next(one for one in reversed(days.slack.messages(CHANNEL)) if cards(one, verb))
    before = at_work()
    await press(days.slack, who, message, f"{verb}.{cards(message, verb)[0]}")
    await done(days.slack, before)
    await days.quiet()


def renewed(told: str) -> str:
    TOLD.write_text(told, encoding="utf-8")
    return f"{TOLD.name} was not what people read: it is written anew"
