"""Days at any platform: what becomes of its models, what the LLM says, what people press: all at random."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from bot.services import Services
from operator_core.domain.base import ModelRef
from sandbox.judge import sensible
from sandbox.llm import Reply, Request, failing, garbage, prompt_of, refusing, saying
from sandbox.slack import Message, SlackStandIn
from support.any_platform import fated, lived_in
from support.days.idle import at_work, done
from support.world import ANA, BEN, CHANNEL, CHI, GONE, World, cards, now

SPENT = "The visible output was empty: 64 tokens were spent on reasoning, {number} were left"
TEXTS = {
    "gone": GONE,
    "gone lately": GONE,
    "budget": SPENT,
    "limited": "Error code: 429 - rate limit exceeded, try again in {number} s",
    "unclear": "Error: something <odd> & *bold* happened, {number}",
    "no credit": "Error code: 402 - balance is negative, top up to continue",
    "no key": "Error code: 401 - invalid api key",
    "away": "Error code: 503 - service unavailable",
}
SINCE_DAYS = {"gone lately": 1, "no credit": 0.5, "no key": 0.5, "away": 0.5}
QUIET = frozenset({"silent", "never ran", "flagged", "off"})
"""No run of theirs gives anything."""
VERBS = (
    "approve",
    "reject",
    "more",
    "undo",
    "reopen",
    "take",
    "give_back",
    "release",
    "approve_all",
    "show_more",
    "pause",
    "resume",
    "turn_on",
    "ask_later",
)
LATER = ("Later: tomorrow's digest", "Later: next Monday", "Later: when it changes")
WORDS = ("", "", "contract until March", "<!channel> *never* & `again`")
TYPED = (
    "maintenance {provider} for 30h new racks",
    "maintenance {provider} end",
    "disable {provider}/{model}",
    "enable {provider}/{model}",
    "autopilot shadow",
    "autopilot on",
    "pause a freeze",
    "resume",
)
JUDGES = ("sensible", "sensible", "reckless", "odd", "fails", "refuses", "garbage")


@dataclass(frozen=True)
class Click:
    """Somebody presses one of the buttons of a kind that stand there. `untick`: a bit for each box."""

    verb: str
    who: str
    pick: int
    untick: int
    words: str


@dataclass(frozen=True)
class Command:
    """Somebody types `/operator …` about a model, counted around; of a dialog that opens they submit all."""

    text: str
    who: str
    about: int


@dataclass(frozen=True)
class Day:
    """How the LLM is today, what people press and type after the digest, and what else happens until
    tomorrow."""

    judge: str
    acts: tuple[Click | Command, ...]
    by_hand: int
    """Which model somebody else switches, counted around; 0: none."""
    turns: Mapping[int, str] = field(default_factory=dict)
    """Models, counted around, and what they are like from now on."""


WEIGHTED = (*VERBS, *("approve", "reject", "more", "undo") * 2)
PEOPLE = (ANA, BEN, ANA, CHI)
BECOMES = ("well", "gone", "silent", "limited")


def day_of(seed: int) -> Day:
    """A day by chance alone: what hypothesis draws itself repeats the same few acts again and again."""
    draw = random.Random(seed)
    acts: list[Click | Command] = []
    for _ in range(draw.randint(2, 6)):
        who, number = draw.choice(PEOPLE), draw.randrange(100)
        if draw.random() < 0.25:
            acts.append(Command(draw.choice(TYPED), who, number))
        else:
            acts.append(Click(draw.choice(WEIGHTED), who, number, number % 8, draw.choice(WORDS)))
    turns = {draw.randrange(100): draw.choice(BECOMES) for _ in range(draw.randint(0, 3))}
    return Day(draw.choice(JUDGES), tuple(acts), draw.randint(0, 20), turns)


days = st.builds(day_of, st.integers(0, 2**64))
lives = st.tuples(lived_in().filter(bool), st.lists(days, min_size=2, max_size=3), st.booleans())
"""A platform, its days, and whether the bot begins in shadow, as a new deployment does."""


@dataclass
class Life:
    """A platform that is lived at."""

    world: World
    slack: SlackStandIn
    platform: dict[ModelRef, str]
    judge: str = "sensible"
    counted: set[ModelRef] | None = None
    """What was run when a page counted last."""
    draw: random.Random = field(default_factory=lambda: random.Random(7))

    async def begin(self) -> None:
        """What there was before the bot came."""
        documents = [
            {
                "provider": ref.provider,
                "model_id": ref.model_id,
                "enabled": fate != "off",
                "deprecated": fate == "flagged",
            }
            for ref, fate in self.platform.items()
        ]
        await self.world.database["models"].insert_many(documents)
        for fate in set(self.platform.values()) - {"never ran", "off"}:
            for provider, refs in fated(self.platform, fate).items():
                names = [ref.model_id for ref in refs]
                failed = SINCE_DAYS.get(fate, 4) if fate in TEXTS else 2 if fate == "silent" else 0
                await self.world.answer(
                    provider, names, days=6 - failed, until_hours=24 * failed + bool(failed)
                )
                if fate in TEXTS:
                    await self.world.fail(provider, names, days=failed, text=TEXTS[fate])

    async def a_day_passes(self, day: Day | None = None) -> None:
        """The benchmark goes on with whatever is enabled."""
        refs = sorted(self.platform)
        for pick, fate in (day.turns if day else {}).items():
            if self.platform[ref := refs[pick % len(refs)]] not in {"off", "flagged"}:
                self.platform[ref] = fate
        if day and day.by_hand:
            await self._by_hand(refs[day.by_hand % len(refs)])
        self.world.clock.pass_(hours=24)
        running = await self.running()
        enabled = {ref: fate for ref, fate in self.platform.items() if ref in running}
        for fate in set(enabled.values()) - QUIET:
            for provider, of_it in fated(enabled, fate).items():
                names = [ref.model_id for ref in of_it]
                if fate in TEXTS:
                    await self.world.fail(provider, names, days=1, text=TEXTS[fate])
                else:
                    await self.world.answer(provider, names, days=1)

    async def _by_hand(self, ref: ModelRef) -> None:
        where = {"provider": ref.provider, "model_id": ref.model_id}
        one = await self.world.model(**where)
        await self.world.database["models"].update_one(where, {"$set": {"enabled": not one["enabled"]}})

    async def running(self) -> set[ModelRef]:
        """What is enabled."""
        where = {"enabled": True}
        found = self.world.database["models"].find(where)
        return {ModelRef(provider=one["provider"], model_id=one["model_id"]) async for one in found}

    def answer(self, request: Request) -> Reply:
        """What the LLM says in its present mood."""
        given: dict[str, Any] = sensible(prompt_of(request))
        if self.judge in ("fails", "refuses", "garbage"):
            return {"fails": failing(500), "refuses": refusing(), "garbage": garbage()}[self.judge]
        for item in given["items"]:
            if self.judge == "reckless":
                item |= {"action": "disable", "confidence": 1.0}
            elif self.judge == "odd":
                item["action"] = self.draw.choice(("disable", "monitor", "ignore"))
                item["confidence"] = self.draw.choice((0.1, 0.96, 1.0))
                item["reason"] = self.draw.choice(("<!channel> *gone*", "P-1 · 5 of 5 models disabled", "so"))
        return saying(given)

    def everywhere(self) -> list[Message]:
        """The channel's messages and their threads, as they stand."""
        roots = self.slack.messages(CHANNEL)
        return [*roots, *(reply for root in roots for reply in self.slack.thread(CHANNEL, root.ts))]

    async def click(self, click: Click) -> None:
        """Presses, fills in what opens, and closes it; nothing where no such button stands."""
        buttons = [(message, card) for message in self.everywhere() for card in cards(message, click.verb)]
        if not buttons:
            return
        message, card = buttons[click.pick % len(buttons)]
        person, wanted, before = self.slack.person(click.who), f"{click.verb}.{card}", at_work()
        if click.verb == "more":
            await person.choose(now(self.slack, message), wanted, LATER[click.untick % len(LATER)])
        else:
            await person.click(now(self.slack, message), wanted)
        await self._answered(click, before)

    async def type(self, command: Command) -> None:
        """Types it, and submits what opens."""
        refs = sorted(self.platform)
        ref, before = refs[command.about % len(refs)], at_work()
        text = command.text.format(provider=ref.provider, model=ref.model_id)
        await self.slack.person(command.who).command("/operator", text, CHANNEL)
        await self._answered(Click("", command.who, 0, 0, ""), before)

    async def _answered(self, click: Click, before: "set[asyncio.Task[object]]") -> None:
        """Fills in the dialog that the person sees now, if any, and closes what it says in the end."""
        person = self.slack.person(click.who)
        await done(self.slack, before)
        if (person.view or {}).get("submit"):
            boxes = [
                value for number, value in enumerate(ticked(person.view)) if click.untick >> number % 3 & 1
            ]
            await person.submit(untick=boxes, texts=noted(person.view, click.words))
            await done(self.slack, before)
        while person.view is not None:
            await person.close()
        await done(self.slack, before)


def ticked(view: Mapping[str, Any] | None) -> list[str]:
    """The boxes that have a tick."""
    elements = [block.get("element") or block.get("accessory") or {} for block in (view or {})["blocks"]]
    elements += [e for block in (view or {})["blocks"] for e in block.get("elements", ()) if "type" in e]
    return [
        str(option["value"])
        for one in elements
        if isinstance(one, dict)
        for option in one.get("initial_options", ())
    ]


def noted(view: Mapping[str, Any] | None, words: str) -> dict[str, str] | None:
    """The words, where the dialog takes some."""
    blocks = [
        str(block["block_id"])
        for block in (view or {})["blocks"]
        if (block.get("element") or {}).get("type") == "plain_text_input"
    ]
    return dict.fromkeys(blocks[:1], words) if words and blocks else None


async def digest_today(bot: Services, slack: SlackStandIn) -> Message:
    """As the schedule posts it, with what it had no room for in its thread."""
    ts = await bot.digests.post_due(bot.now())
    assert ts is not None, "it was due"
    await slack.settled()
    return next(message for message in slack.messages(CHANNEL) if message.ts == ts)
