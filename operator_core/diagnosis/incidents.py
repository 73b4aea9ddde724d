"""What must not wait for the next digest: a provider down, results stopped, key-like text in the errors.

Pure: what was known and what is observed → what is known now. One trouble is one incident, told in one
message that is edited until it is over; trouble that comes back soon is the same incident, so flapping tells
nothing new.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from operator_core.diagnosis.outages import ProviderHealth, family
from operator_core.domain.base import Frozen
from operator_core.domain.kinds import Kind
from operator_core.domain.signals import Facts, KeyLeak

SAME_TROUBLE = timedelta(hours=12)
"""Trouble that returns within this time after its end is not a new incident."""
OURS_TO_PAY = frozenset({Kind.BILLING, Kind.AUTH})
"""What no waiting mends: somebody is called, once it stood at two looks in a row."""
SHARED_FROM = 4
WITHIN = timedelta(hours=1)
MOST_TOGETHER = 20


class Trouble(StrEnum):
    """What an incident is about."""

    OUTAGE = "outage"
    SILENCE = "silence"
    LEAK = "leak"


class Observation(Frozen):
    """Trouble as it is seen right now."""

    key: str
    """What makes it the same trouble from one look to the next."""
    trouble: Trouble
    provider: str = ""
    kind: Kind | None = None
    models: int = 0
    enabled: int = 0
    rows: int = 0
    since: datetime


class Incident(Frozen):
    """One trouble through its life, and the message that tells it."""

    seen: Observation
    opened_at: datetime
    over_at: datetime | None = None
    owner: str = ""
    channel: str = ""
    ts: str = ""
    """The Slack message; empty until it was posted. Several incidents may share one."""
    untold: bool = False
    """The message doesn't show it as it is now."""
    looks: int = 1
    """At how many looks in a row it was seen, as far as that matters: up to two."""
    called: bool = False

    @property
    def calls_at_once(self) -> bool:
        """Whether its message mentions somebody from the first."""
        return self.over_at is None and self.seen.trouble != Trouble.OUTAGE

    @property
    def calls_now(self) -> bool:
        """Whether somebody must hear of it who has not."""
        stands = self.over_at is None and self.seen.kind in OURS_TO_PAY and self.looks > 1
        return not self.called and (self.calls_at_once or stands)

    @property
    def key(self) -> str:
        return self.seen.key


def outage_key(provider: str, kind: Kind | None) -> str:
    """What makes it the same outage from one look to the next."""
    return f"outage:{provider}:{family(kind or Kind.UNKNOWN)}"


def observe(facts: Facts, health: ProviderHealth, leaks: Iterable[KeyLeak]) -> tuple[Observation, ...]:
    """All trouble of this moment."""
    enabled = [signals for signals in facts.signals if signals.enabled]
    seen = [
        Observation(key=f"leak:{one.provider}", trouble=Trouble.LEAK, **one.model_dump()) for one in leaks
    ]
    if health.runner_down and health.last_result is not None:
        last = health.last_result
        silence = Observation(key="silence", trouble=Trouble.SILENCE, enabled=len(enabled), since=last)
        return (silence, *seen)
    by_ref = {signals.ref: signals for signals in enabled}
    for outage in health.outages:
        starts = [since for ref in outage.members if (since := by_ref[ref].failing_since)]
        seen.append(
            Observation(
                key=outage_key(outage.provider, outage.kind),
                trouble=Trouble.OUTAGE,
                provider=outage.provider,
                kind=outage.kind,
                models=len(outage.members),
                enabled=sum(signals.ref.provider == outage.provider for signals in enabled),
                # The median start: one model that was broken long before doesn't date the outage.
                since=sorted(starts)[len(starts) // 2] if starts else facts.now,
            )
        )
    return tuple(sorted(seen, key=lambda one: one.key))


def follow(
    incidents: Sequence[Incident], observed: Sequence[Observation], now: datetime
) -> tuple[Incident, ...]:
    """What is new, what changed and what nobody was told of yet; the other incidents stay as they are."""
    by_key = {incident.key: incident for incident in incidents}
    seen = {observation.key for observation in observed}
    if "silence" in seen:  # then nothing is known of providers
        seen |= {one.key for one in incidents if one.seen.trouble == Trouble.OUTAGE and one.over_at is None}
    untold = (one for one in incidents if one.over_at is None or (one.untold and one.ts))
    gone = (one for one in untold if one.key not in seen)
    now_so = [_updated(by_key.get(one.key), one, now) for one in observed]
    now_so += [one.model_copy(update={"over_at": one.over_at or now}) for one in gone]
    return tuple(one for one in now_so if one != by_key.get(one.key) or not one.ts or one.untold)


def _updated(before: Incident | None, seen: Observation, now: datetime) -> Incident:
    if before and before.over_at and seen.trouble == Trouble.LEAK and seen.rows <= before.seen.rows:
        return before  # the same rows: somebody said that their key is rotated
    if before is None or (before.over_at is not None and now - before.over_at > SAME_TROUBLE):
        return Incident(seen=seen, opened_at=now)
    seen = seen.model_copy(update={"since": min(before.seen.since, seen.since)})
    return before.model_copy(update={"seen": seen, "over_at": None, "looks": 1 if before.over_at else 2})


def joins(one: Incident, told: Iterable[Incident]) -> str:
    """The message that a new incident shares, if any: from the fourth within an hour there is one for all."""
    lately = [other for other in told if other.ts and one.opened_at - other.opened_at < WITHIN]
    messages = sorted({other.ts for other in lately}, key=float)
    if len(messages) < SHARED_FROM:
        return ""
    return messages[-1] if sum(other.ts == messages[-1] for other in lately) < MOST_TOGETHER else ""
