"""One run over all that was measured: what it saw, found and decided, as it is kept and printed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from operator_core.domain.base import EVER, Frozen, ModelRef
from operator_core.domain.decisions import Decision, LlmUse, Remembered, Verdict
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.proposals import Draft, Member
from operator_core.domain.signals import Facts, Maintenance
from operator_core.domain.situations import Scope, Situation


class Sight(Frozen):
    """What may be said of the models' trouble on the word of one look at the facts."""

    last_runs: Mapping[ModelRef, datetime | None] = {}
    """Of each model that the scheduler runs, the latest result within the window; None: it has none there."""
    held: frozenset[ModelRef] = frozenset()
    """In trouble, but on hold: nobody looked further."""
    limited_to: tuple[str, ...] = ()
    """The providers that were looked at; empty for all."""
    away: frozenset[str] = frozenset()
    """The providers in maintenance, of which nothing is seen."""
    window_days: int = 30

    @classmethod
    def of(cls, facts: Facts, window_days: int, held: Iterable[ModelRef] = ()) -> "Sight":
        return cls(
            last_runs={signals.ref: signals.last_run for signals in facts.signals if signals.runs},
            held=frozenset(held),
            limited_to=facts.limited_to,
            away=facts.away,
            window_days=window_days,
        )

    def saw_since(self, member: Member) -> bool:
        """Something became of it since its evidence: a newer result, or the catalogue no longer has it run.
        What it became, the look's drafts say; nothing, if they don't name it."""
        ref = member.ref
        if ref in self.held or not self.looked_at(member):
            return False
        if ref not in self.last_runs:
            return True  # disabled, deprecated, or removed
        last = self.last_runs[ref]
        return last is not None and (member.last_run is None or last > member.last_run)

    def aged_out(self, member: Member) -> bool:
        """It is still run, and the window holds no result of it."""
        return self.looked_at(member) and self.last_runs.get(member.ref, EVER) is None

    def looked_at(self, member: Member) -> bool:
        """Whether this look could tell anything of it."""
        provider = member.ref.provider
        return (not self.limited_to or provider in self.limited_to) and provider not in self.away


class SituationRecord(Frozen):
    """A situation as it is stored, shown and printed: without the signals it was drawn from."""

    id: str
    provider: str
    scope: Scope
    kind: Kind
    evidence: Evidence = Evidence.NONE
    pattern: str
    models: tuple[ModelRef, ...]
    provider_enabled: int
    failing_since: datetime | None
    last_success: datetime | None
    failures: int
    sample: str
    verdict: Verdict | None
    """None while the runner is down."""

    @classmethod
    def of(cls, situation: Situation, verdict: Verdict | None) -> "SituationRecord":
        same = cls.model_fields.keys() - {"models", "verdict"}
        fields = {name: getattr(situation, name) for name in same}
        return cls(**fields, models=situation.refs, verdict=verdict)


class ProviderCount(Frozen):
    """How many of a provider's enabled models answer."""

    provider: str
    enabled: int
    answering: int


class Run(Frozen):
    """Everything that one run found, judged and would do. It executed nothing."""

    id: str
    trigger: str
    """`schedule`, `slack:<user id>` or `cli:<login name>`."""
    started_at: datetime
    seconds: float
    models: int
    """Documents in `models`."""
    enabled: int
    settled: int
    judged: int
    situations: tuple[SituationRecord, ...]
    decisions: tuple[Decision, ...]
    maintenance: tuple[Maintenance, ...] = ()
    """What lasted when it looked: of these providers' models it decided nothing."""
    held: tuple[ModelRef, ...] = ()
    """In trouble, but on hold: neither judged nor asked about."""
    idle: tuple[ModelRef, ...] = ()
    """Enabled, in no trouble that is known, and yet not answering: no run lately. Not of an older version."""
    answered: tuple[ModelRef, ...] | None = None
    """Enabled and answering. None: of an older version."""
    unlisted: tuple[ModelRef, ...] = ()
    """Models that results name and `models` doesn't."""
    drafts: tuple[Draft, ...] = ()
    providers: tuple[ProviderCount, ...] = ()
    runner_down: bool = False
    last_result: datetime | None = None
    llm: LlmUse
    notes: tuple[str, ...] = ()
    """What degraded this run, a plain sentence each."""
    unreadable_rows: int = 0
    unreadable: tuple[str, ...] = ()
    limited_to: tuple[str, ...] = ()
    to_remember: tuple[Remembered, ...] = ()
    sight: Sight = Field(default=Sight(), exclude=True)
    """What it saw of each model, and by what it may clear proposals; not kept."""

    @property
    def answering(self) -> int:
        return sum(count.answering for count in self.providers)

    def looked_at(self, providers: Sequence[str]) -> bool:
        """At all of these; none means all there are."""
        return not self.limited_to or (bool(providers) and set(providers) <= set(self.limited_to))


def contract(run: Run) -> dict[str, Any]:
    """The object that `analyze --json` prints."""
    return {
        "run": {
            **{name: getattr(run, name) for name in ("id", "models", "enabled", "settled", "judged")},
            "situations": len(run.situations),
            "seconds": round(run.seconds, 3),
            "llm": run.llm.model_dump(),
            "unreadable_rows": run.unreadable_rows,
        },
        "situations": [
            record.model_dump(exclude={"provider_enabled", "verdict"})
            | {"models": [ref.model_id for ref in record.models]}
            for record in run.situations
        ],
        "decisions": [
            one.ref.model_dump() | one.model_dump(exclude={"ref", "gate", "kind"}) for one in run.decisions
        ],
    }


def new_run_id(now: datetime, number: int | None = None) -> str:
    """`number`: drawn from MongoDB when a run that is recorded begins."""
    return f"R-{now:%Y%m%d-%H%M%S}{f'-{uuid.uuid4().hex[:4]}' if number is None else f'.{number}'}"


def run_number(run_id: str) -> int:
    """Of two runs the later has the higher one, whatever their replicas' clocks say; 0 where it has none."""
    number = run_id.partition(".")[2]
    return int(number) if number.isdecimal() else 0


class RunOutcome(StrEnum):
    """Of a run, or of a sync."""

    RUNNING = "running"
    """Begun; if it stays so, the process died."""
    GOOD = "good"
    DEGRADED = "degraded"
    """It judged, but something was missing: its notes say what."""
    FAILED = "failed"


class RunRecord(Frozen):
    """One run as it is remembered."""

    id: str
    trigger: str
    started_at: datetime
    outcome: RunOutcome = RunOutcome.RUNNING
    finished_at: datetime | None = None
    error: str = ""
    run: Run | None = None
    """Without its decisions and drafts: those live on as proposals, and would be too many."""
