"""What one day's digest shows, and the messages it becomes: values only."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from pydantic import field_validator
from slack_sdk.models.blocks import Block

from bot.slack.views.card import Card
from bot.slack.views.text import cut_drawn
from operator_core.domain.base import Frozen
from operator_core.domain.decisions import LlmUse
from operator_core.domain.journal import ModeInForce
from operator_core.domain.pause import Pause
from operator_core.domain.proposals import Proposal


class Counted(Frozen):
    """How many of the enabled models answered."""

    answering: int
    enabled: int


class Autopilot(Frozen):
    """What the bot may do by itself, and what of it is used."""

    mode: ModeInForce
    pause: Pause | None = None
    """The one that stands."""
    changes_used: int = 0
    changes_allowed: int = 0
    holds: int = 0
    shadowed: int = 0
    """Models that wait for a decision and that it would have disabled alone, were it not in shadow."""


class Watched(Frozen):
    """Models that don't answer and about which nothing is asked or done."""

    what: str
    """A phrase: "groq rate limited"."""
    models: int


class DigestContent(Frozen):
    """Everything that one day's digest shows."""

    at: datetime
    now_answering: Counted
    yesterday: Counted | None = None
    runner_down_since: datetime | None = None
    """Set: the runner looks stopped, and nothing was judged."""
    facts_unreadable: str = ""
    """Set: the facts could not be read, and nothing was judged."""
    degraded: tuple[str, ...] = ()
    """What did not work as it should, a plain sentence each."""
    changed_since: tuple[str, ...] = ()
    """Why `enabled` differs from yesterday, a plain sentence each."""
    down: tuple[Card, ...] = ()
    """Attend proposals that are new or changed since the last digest, and all that nobody has taken."""
    to_fix: tuple[Proposal, ...] = ()
    """Attend proposals about our own requests, new or changed: somebody must change code."""
    down_known: tuple[Proposal, ...] = ()
    """Attend proposals that were shown before and did not change."""
    decisions: tuple[Card, ...] = ()
    new_decisions: int = 0
    done: tuple[Card, ...] = ()
    """What autopilot did since the last digest."""
    new_models: Proposal | None = None
    """What discovery would add."""
    discovery: tuple[str, ...] = ()
    """What else discovery has to say: a failed sync, models that leave, a sentence each."""
    watching: tuple[Watched, ...] = ()
    cleared: tuple[str, ...] = ()
    autopilot: Autopilot
    llm: LlmUse
    next_digest: datetime | None = None


class Message(Frozen):
    """One message: the blocks, and what notifications and screen readers get."""

    text: str
    blocks: tuple[dict[str, object], ...] = ()

    @classmethod
    def of(cls, text: str, blocks: Iterable[Block]) -> Self:
        return cls(text=cut_drawn(text, 3000), blocks=tuple(block.to_dict() for block in blocks))

    @property
    def sent(self) -> dict[str, Any]:
        """As Slack's methods take it."""
        return {"text": self.text, "blocks": list(self.blocks)}

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
    """What the header and the fallback text of a digest count."""

    down: int = 0
    decisions: int = 0
    """These wait; the number falls as they are answered."""
    switched_off: int = 0
    new_models: int = 0
    fewer: int = 0
    """So many answer no more that did yesterday, where that is more than a few."""
    models: Counted


class Digest(Frozen):
    """The root message and what follows in its thread; where each proposal's card stands."""

    root: Message
    counters: Counters | None = None
    thread: tuple[Message, ...] = ()
    in_root: tuple[str, ...] = ()
    in_thread: tuple[tuple[str, ...], ...] = ()
    """Ids of the proposals of each message of the thread."""
