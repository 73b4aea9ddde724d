"""In shadow the brakes count as if what is only recorded had been done: beside a world where it was."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operator_core.diagnosis.outages import provider_health
from operator_core.diagnosis.situations import fold
from operator_core.diagnosis.triage import triage
from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action, Decision, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, ShadowRecord
from operator_core.domain.proposals import Member
from operator_core.domain.signals import Signals
from operator_core.policy.drafts import Background
from operator_core.policy.gates import RecentActivity, decide
from support.evidence import ANALYSIS, POLICY, ago, answering, facts, failing, group, ref

SURE = Verdict(action=Action.DISABLE, confidence=0.97, reasoning="Gone.", suggested_by="gpt-5.2")
TIGHT = POLICY.model_copy(update={"max_changes_unattended": 3})
SIZES = {"groq": 12, "openai": 6, "tiny": 2}
DAYS = 14

Deaths = dict[ModelRef, int]
"""On which day each model began to fail; at most half of a provider's."""


@st.composite
def deaths(draw: st.DrawFn) -> Deaths:
    return {
        ref(f"m{number}", provider): draw(st.integers(0, DAYS))
        for provider, size in SIZES.items()
        for number in range(draw(st.integers(0, size // 2)))
    }


@dataclass
class World:
    """What was done, or would have been, on which day; and when an approver acted last."""

    dead: Deaths
    done: dict[ModelRef, int] = field(default_factory=dict)
    acted: int = -1

    def signals(self, day: int, *, off: bool) -> list[Signals]:
        known = [ref(f"m{n}", provider) for provider, size in SIZES.items() for n in range(size)]
        return [self._one(one, day, enabled=not (off and one in self.done)) for one in known]

    def _one(self, one: ModelRef, day: int, *, enabled: bool) -> Signals:
        hours = 24.0 * (day - self.dead.get(one, DAYS + 1)) + 2
        if hours < 3:
            return answering(one.model_id, provider=one.provider, enabled=enabled)
        streak = group(first=hours, last=2)
        return failing(one.model_id, streak, provider=one.provider, success=hours + 6, enabled=enabled)

    def this_week(self, day: int) -> Counter[str]:
        return Counter(one.provider for one, when in self.done.items() if day - when <= 7)

    def unattended(self) -> int:
        return sum(when >= self.acted for when in self.done.values())


def alone(signals: list[Signals], activity: RecentActivity) -> dict[ModelRef, Decision]:
    known = facts(*signals)
    found = provider_health(known, ANALYSIS)
    judged = [(situation, SURE) for situation in fold(triage(known, found, ANALYSIS), found, known)]
    kept_elsewhere = Background(elsewhere={one.ref: 1 for one in signals})
    decisions = decide(judged, known, activity, TIGHT, kept_elsewhere)
    return {decision.ref: decision for decision in decisions if decision.alone}


def record(one: ModelRef, done: int, dead: int, day: int) -> ShadowRecord:
    """As it reads on that day, which is NOW."""
    member = Member(ref=one, enabled=True, failing_since=ago(24.0 * (day - dead) + 2))
    return ShadowRecord(
        member=member,
        at=ago(24.0 * (day - done)),
        proposal_id="P-1",
        kind=Kind.HARD_MODEL,
        pattern="",
        confidence=0.97,
        suggested_by="gpt-5.2",
    )


@settings(deadline=None)
@given(dead=deaths(), visits=st.sets(st.integers(0, DAYS)))
def test_what_shadow_records_each_day_is_what_would_have_been_done(dead: Deaths, visits: set[int]) -> None:
    real, shadow = World(dead), World(dead)
    for day in range(DAYS + 1):
        week, would = real.this_week(day), shadow.this_week(day)
        on = RecentActivity(
            gone_this_week=week, by_policy_this_week=week, unattended=real.unattended(), mode=Mode.ON
        )
        only_said = RecentActivity(
            by_policy_this_week=would,
            unattended=shadow.unattended(),
            mode=Mode.SHADOW,
            shadow=tuple(record(one, when, dead[one], day) for one, when in shadow.done.items()),
        )
        done = alone(real.signals(day, off=True), on)
        said = alone(shadow.signals(day, off=False), only_said)
        assert shadow.done.keys() <= said.keys(), "what is recorded stays so"
        assert said.keys() - shadow.done.keys() == done.keys()
        real.done |= dict.fromkeys(done, day)
        shadow.done |= dict.fromkeys(done, day)
        if day in visits:
            real.acted = shadow.acted = day + 1


@pytest.mark.parametrize(("success", "same"), [(None, True), (200.0, True), (55.0, False)])
def test_what_is_recorded_stays_alone_until_it_answers_once(success: float | None, same: bool) -> None:
    before = record(ref("old"), 0, 0, 4)
    signals = [failing("old", group(first=52), success=success), *(answering(f"m{n}") for n in range(9))]
    used_up = RecentActivity(mode=Mode.SHADOW, shadow=(before,), by_policy_this_week={"groq": 2})
    assert (ref("old") in alone(signals, used_up)) == same, "else the brakes count it anew"
