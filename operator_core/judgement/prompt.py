"""What the LLM is told: the criteria, and one compact line a situation under a short id. Pure.

Error texts are data: redacted, cut, and quoted as JSON strings, so that none can forge a line of its own.
What is quoted is the pattern: a sample begins with the wrapper that some SDK put around the provider's words.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel

from operator_core.domain.base import grouped
from operator_core.domain.decisions import Action, PersonsAnswer
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import AffectedModel, Scope, Situation
from operator_core.judgement.llm import PATTERNS, Number, Word
from operator_core.text.masking import redact

SAMPLE = 80
REASON = 60
TOKENS_AN_ITEM = 60
TOKENS_OF_REASONING = {"": 1_500, "none": 200, "minimal": 500, "low": 1_500, "medium": 3_000}
TOKENS_OF_MUCH_REASONING = 6_000

CRITERIA = (files("operator_core.judgement") / "criteria.txt").read_text(encoding="utf-8").strip()


class Item(BaseModel, extra="forbid"):
    """The answer for one line."""

    id: Annotated[str, Word]
    action: Annotated[Action, Word]
    confidence: Number
    reason: str


class NamedKind(BaseModel, extra="forbid"):
    """What the text of a line says that the rules couldn't read."""

    id: Annotated[str, Word]
    kind: Annotated[Kind, Word]


class Answer(BaseModel, extra="forbid"):
    """The whole answer."""

    items: list[Item]
    kinds: list[NamedKind]


Line = tuple[Situation, ...]
"""What one line tells of: a situation or, of one provider, all that may pass by itself."""


def in_lines(situations: Iterable[Situation]) -> tuple[Line, ...]:
    """Each situation alone, but the soft failures of a provider's single models together."""

    def line_of(situation: Situation) -> tuple[str, str]:
        soft = situation.scope == Scope.PATTERN and situation.kind.traits.soft
        return ("soft", situation.provider) if soft else ("", situation.id)

    return tuple(map(tuple, grouped(situations, line_of).values()))


def messages(
    lines: Mapping[str, Line], answers: Mapping[str, Sequence[PersonsAnswer]], now: datetime
) -> list[dict[str, str]]:
    """The chat messages for these lines, by short id; `answers` by the situation's fingerprint."""
    told = "\n".join(text for short, line in lines.items() for text in _lines(short, line, answers, now))
    return [{"role": "system", "content": CRITERIA}, {"role": "user", "content": told}]


def tokens_for(count: int, reasoning_effort: str) -> int:
    """How many completion tokens the answer about so many situations needs, reasoning included."""
    reasoning = TOKENS_OF_REASONING.get(reasoning_effort, TOKENS_OF_MUCH_REASONING)
    return reasoning + 100 + TOKENS_AN_ITEM * count


def batches(
    situations: Sequence[Situation], ceiling: int, reasoning_effort: str
) -> tuple[Sequence[Line], ...]:
    """The situations' lines in as few calls as fit under the ceiling of completion tokens, the largest first.

    Under a low ceiling reasoning gets half of it at most: else each situation would be a call of its own.
    """
    lines = in_lines(sorted(situations, key=lambda s: (-len(s.affected), s.id)))
    size = max(1, (ceiling - min(tokens_for(0, reasoning_effort), ceiling // 2)) // TOKENS_AN_ITEM)
    return tuple(lines[i : i + size] for i in range(0, len(lines), size))


def _lines(
    short: str, line: Line, answers: Mapping[str, Sequence[PersonsAnswer]], now: datetime
) -> Iterator[str]:
    largest = line[0]
    affected = [one for situation in line for one in situation.affected]
    hours = max((one.failing_hours(now) for one in affected), default=0.0)
    success = max((s.last_success for s in line if s.last_success), default=None)
    fields = (
        short,
        _word(largest.provider),
        largest.scope,
        "+".join(dict.fromkeys(map(_kind, line))),
        f"{len(affected)}/{largest.provider_enabled - largest.provider_flagged}",
        f"{int(hours)}h",
        f"{(now - success).days}d" if success else "-",
        _trend(affected, now),
        _quoted(largest.pattern or largest.sample, SAMPLE),
    )
    yield " ".join(fields)
    for situation in line:
        if said := answers.get(situation.id):
            reason = f" {_quoted(said[-1].reason, REASON)}" if said[-1].reason else ""
            yield f"{short} before: a person said {_word(said[-1].answer)}{reason}"


def _kind(situation: Situation) -> str:
    """With its evidence, where a kind that blames the models is only guessed."""
    guessed = situation.kind.traits.blames_model and not situation.evidence.opens_gates
    return f"{situation.kind}~{situation.evidence}" if guessed else situation.kind


def _trend(affected: Sequence[AffectedModel], now: datetime) -> str:
    flapping = [one.signals for one in affected if not one.signals.failing and one.signals.recent]
    if flapping:
        failed = sum(signals.recent_failures for signals in flapping)
        return f"flapping {failed}/{failed + sum(signals.recent_successes for signals in flapping)}"
    a_day_ago = now - timedelta(hours=24)
    recent = [one.cause.first > a_day_ago for one in affected if one.cause]
    return "steady" if not any(recent) else "new" if all(recent) else "growing"


def _quoted(text: str, limit: int) -> str:
    """Text from outside as a JSON string: one line, redacted, and without marks that look like structure."""
    return json.dumps(redact(PATTERNS["structure"].sub(" ", text), limit), ensure_ascii=False)


def _word(text: str) -> str:
    """A name from outside as one word."""
    return "_".join(redact(text, 40).split()) or "?"
