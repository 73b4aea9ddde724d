"""What one day's digest shows, and the messages it becomes: values only."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import field_validator

from bot.slack.views.blocks import Block
from bot.slack.views.card import Card
from bot.slack.views.text import cut_drawn
from operator_core.diagnosis.partition import Partition, Place
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import LlmUse
from operator_core.domain.journal import ModeInForce
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import Proposal
from operator_core.domain.signals import KeyLeak
from operator_core.options import MongoOptions


class Counted(Frozen):
    """How many of the enabled models answered."""

    answering: int
    enabled: int
    when: str = ""
    """Of an earlier digest: "yesterday" or "last time"."""


class Score(Frozen):
    """How people answered what shadow would have done alone: one answer of one person on one card each."""

    approved: int = 0
    right: int = 0
    """They kept these though to ask was right."""
    kept: tuple[str, ...] = ()
    """What they kept because it was wrong, a phrase each: `P-88, "contract"`."""


class Autopilot(Frozen):
    """What the bot may do by itself, and what of it is used."""

    mode: ModeInForce
    pause: Pause | None = None
    changes_used: int = 0
    changes_allowed: int = 0
    holds: int = 0
    shadowed: int = 0
    """Models that wait for a decision and that it would have disabled alone, were it not in shadow."""
    score: Score = Score()


class KeyLeakTold(KeyLeak):
    """Key-like text that stands in the database, until somebody marks it rotated."""

    told_at: datetime | None = None
    """When a digest first said so; from the second on it is folded."""
    rotated_by: str = ""
    rotated_at: datetime | None = None


class Introduction(Frozen):
    """What the first digest of a deployment says of itself: its collections, and since when it reads them."""

    of: MongoOptions
    since: datetime


class DigestContent(Frozen):
    """Everything that one day's digest shows."""

    at: datetime
    stands: Partition = Partition()
    """Where each model stands at this moment: all numbers are its."""
    yesterday: Counted | None = None
    """What the last digest counted, whenever that was."""
    away: int = 0
    """Models that nothing is known of because their providers are in maintenance."""
    runner_down_since: datetime | None = None
    """If this or the next is set, nothing was judged."""
    facts_unreadable: str = ""
    degraded: tuple[str, ...] = ()
    """What did not work as it should, a plain sentence each."""
    changed: str = ""
    """Who switched what on and off since the last digest, where that isn't told elsewhere on the page."""
    leaks: tuple[KeyLeakTold, ...] = ()
    down: tuple[Card, ...] = ()
    """What is down, new or changed since the last digest."""
    to_fix: tuple[Proposal, ...] = ()
    """Attend proposals about our own requests, new or changed: somebody must change code."""
    down_known: tuple[Proposal, ...] = ()
    """Attend proposals that were shown before and did not change."""
    decisions: tuple[Card, ...] = ()
    overdue: tuple[str, ...] = ()
    """Ids of decisions that wait for three working days, the oldest first: these people are asked once."""
    mention: tuple[str, ...] = ()
    done: tuple[Card, ...] = ()
    """What autopilot did since the last digest; ids of the journal's entries of that; what is on again."""
    alone: tuple[str, ...] = ()
    on_again: tuple[ModelRef, ...] = ()
    kinds: tuple[Kind, ...] = ()
    """What it may switch off alone, and after how long."""
    failing_for: timedelta = timedelta()
    new_models: Proposal | None = None
    new_models_known: bool = False
    """They were shown before and did not change."""
    discovery: tuple[str, ...] = ()
    """What else discovery has to say: a failed sync, models that leave, a sentence each."""
    watching: Mapping[str, int] = {}
    """Models that don't answer and about which nothing is asked or done, by a phrase: "groq rate limited"."""
    covered: int = 0
    """Models that somebody's word covers, failing or not."""
    cleared: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    """Ids of the journal's entries that this tells of."""
    unreadable_rows: int = 0
    unlisted: tuple[ModelRef, ...] = ()
    """Models that results name and `models` doesn't."""
    introduction: Introduction | None = None
    """Set: it is this deployment's first."""
    ask_to_turn_on: bool = False
    autopilot: Autopilot
    llm: LlmUse
    next_digest: datetime | None = None

    @property
    def now_answering(self) -> Counted:
        return Counted(answering=self.stands.count(Place.ANSWERING), enabled=self.stands.running)

    @property
    def fresh_models(self) -> Proposal | None:
        """What discovery would add, where it was not shown before."""
        return None if self.new_models_known else self.new_models

    @property
    def shown(self) -> dict[str, Proposal]:
        """By id, what it may show a card of."""
        of_cards = (card.proposal for card in (*self.decisions, *self.done, *self.down))
        return {one.id: one for one in (*of_cards, self.new_models) if one}


class Message(Frozen):
    """One message: the blocks, and what notifications and screen readers get."""

    text: str
    blocks: tuple[Block, ...] = ()

    @classmethod
    def of(cls, text: str, blocks: Iterable[Block]) -> Self:
        return cls(text=cut_drawn(text, 3000), blocks=tuple(blocks))

    @property
    def sent(self) -> dict[str, Any]:
        """As Slack's methods take it."""
        return {"text": self.text, "blocks": list(self.blocks) or None}

    @property
    def to_read(self) -> Self:
        """A copy without buttons: the one live card of what it shows stands elsewhere."""
        kept = [block for block in self.blocks if block["type"] != "actions"]
        plain = tuple({name: part for name, part in b.items() if name != "accessory"} for b in kept)
        return self.model_copy(update={"blocks": plain})

    @field_validator("text")
    @classmethod
    def _spoken(cls, text: str) -> str:
        """Without the marks of bold and code, which a screen reader would read out."""
        return text.replace("*", "").replace("`", "")


class Counters(Frozen):
    """What is counted in a digest's root, as it was posted; what follows the clicks says so."""

    models: Counted
    asked: tuple[str, ...] | None = None
    """Ids of its decisions; None: an older version drew it, and they stand beside these counters."""
    not_shown: tuple[str, ...] = ()
    """Of these what is drawn nowhere yet."""
    waiting: tuple[str, ...] = ()
    """Of these what waits now."""
    down: int = 0
    """Providers as a whole."""
    outages: Mapping[str, str] = {}
    """Which, by the proposal that says so; of an older version's digest none is known."""
    alone: tuple[str, ...] = ()
    """Ids of the journal's entries of what was switched off alone, and in words why."""
    why: str = ""
    switched_off: int = 0
    """By these, now; and what of theirs is on again."""
    on_again: tuple[ModelRef, ...] = ()
    new_models: int = 0
    told_leaks: tuple[str, ...] = ()
    """Providers whose key may have leaked, told on lines of their own."""
    leaks: tuple[str, ...] = ()
    rotated: Mapping[str, str] = {}
    """All whose key may have leaked, now; and who said of which that it is rotated."""
    fewer: int = 0
    """So many answer no more that did yesterday, where that is more than a few."""
    title: str = ""
    """Instead of what the header counts: a first digest's."""
    known: tuple[str, ...] = ()
    """The phrases of the folded line, without what is on hold."""
    on_hold: int = 0
    """Now; and of the models that somebody's word covers, failing or not."""
    covered: int = 0
    judge: str = ""
    """Of the last line, what no click changes."""

    def following(self, waiting: Collection[str], covered: int, **now: Any) -> Self:
        """The same after clicks. `waiting`: ids of all that waits; `now`: whatever else is counted anew."""
        still = tuple(one for one in self.asked or () if one in waiting)
        on_hold = max(0, self.on_hold + covered - self.covered)
        return self.model_copy(update={"waiting": still, "on_hold": on_hold, "covered": covered, **now})


class Digest(Frozen):
    """The root message and what follows in its thread; ids of the proposals whose cards stand in the root."""

    root: Message
    counters: Counters | None = None
    thread: tuple[Message, ...] = ()
    in_root: tuple[str, ...] = ()
