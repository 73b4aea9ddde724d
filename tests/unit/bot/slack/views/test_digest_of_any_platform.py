"""The page keeps its promises on random platforms: its numbers are the partition's, and it stays short."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.views.card import Card
from bot.slack.views.content import Counted, DigestContent
from bot.slack.views.digest import WORDS, digest, is_quiet, words_above_the_fold
from operator_core.diagnosis.partition import Place, partition
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import POLICY, ProposalAction, State
from operator_core.domain.situations import WIDE
from support.any_platform import off, platforms, proposals, run_of, running
from support.slack_limits import all_text, check_message
from support.view_values import LLM, NAMES, NOW, autopilot, lived, transition


@st.composite
def pages(draw: st.DrawFn) -> DigestContent:
    """A day's page: some of what stands is new, some was shown before; policy may have acted."""
    platform: dict[ModelRef, str] = draw(platforms)
    standing = proposals(platform)
    stands = partition(run_of(platform), running(platform), standing, off(platform))
    known = {p.id for p in standing if draw(st.booleans())}
    attend = [p for p in standing if p.action == ProposalAction.ATTEND]
    done = lived(State.EXECUTED)
    by_policy = (transition(State.APPROVED, POLICY), transition(State.EXECUTED, POLICY))
    alone = done.model_copy(update={"proposal": done.proposal.model_copy(update={"moves": by_policy})})
    watched = stands.count(Place.WATCHED)
    answering = stands.count(Place.ANSWERING)
    return DigestContent(
        at=NOW,
        stands=stands,
        yesterday=Counted(answering=answering, enabled=stands.running) if draw(st.booleans()) else None,
        degraded=tuple(draw(st.lists(st.sampled_from(["gpt-5.2 timed out", "words " * 30]), max_size=4))),
        down=tuple(
            Card(proposal=p, models=stands.count(Place.DOWN, p.id))
            for p in attend
            if p.id not in known and p.scope in WIDE
        ),
        to_fix=tuple(p for p in attend if p.id not in known and p.scope not in WIDE),
        down_known=tuple(p for p in attend if p.id in known),
        decisions=tuple(Card(proposal=p) for p in standing if p.state == State.PENDING and p not in attend),
        done=(alone,) if off(platform) else (),
        watching={"groq rate limited": watched} if watched else {},
        autopilot=autopilot(changes_used=1, changes_allowed=20),
        llm=LLM,
    )


@given(pages())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_numbers_of_the_page_are_the_partitions_and_sum(page: DigestContent) -> None:
    drawn = digest(page, NAMES)
    text = all_text(drawn.root).replace("*", "")
    answering, total = (int(n) for n in re.search(r"(\d+) of (\d+) models answer", text).groups())  # type: ignore[union-attr]
    assert (answering, total) == (page.stands.count(Place.ANSWERING), page.stands.running)
    others = (Place.DOWN, Place.ASKED, Place.ON_HOLD, Place.OURS, Place.WATCHED)
    assert answering + sum(page.stands.count(place) for place in others) == total
    for place, words in {
        Place.SWITCHED_OFF: r"I switched off (\d+) models? ",
        Place.WATCHED: r"watched (\d+):",
        Place.ON_HOLD: r"on hold (\d+)",
    }.items():
        assert {int(n) for n in re.findall(words, text)} <= {page.stands.count(place)}
    outages = {c.proposal.provider: c.models for c in page.down if c.proposal.id in drawn.in_root}
    for provider, count in outages.items():
        assert (
            f"{provider} is out of credit · {count} of" in text
            or f"on {provider}:" in text
            or "no runs" in text
        )


@given(pages())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_busy_page_has_at_most_two_hundred_words_and_a_quiet_one_a_single_block(
    page: DigestContent,
) -> None:
    drawn = digest(page, NAMES)
    check_message(drawn.root)
    if is_quiet(page):
        assert len(drawn.root.blocks) == 1
    assert words_above_the_fold(drawn.root) <= WORDS
    hidden = set(drawn.counters.not_shown) if drawn.counters else set()
    assert {c.proposal.id for c in page.decisions} == hidden | (
        {c.proposal.id for c in page.decisions} & set(drawn.in_root)
    )
