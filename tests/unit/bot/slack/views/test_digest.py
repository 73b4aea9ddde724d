"""The page of a day: its order, its budget, its figures, and what is drawn again after a click."""

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.slack.views import first_day
from bot.slack.views.card import Card
from bot.slack.views.content import (
    Counted,
    Digest,
    DigestContent,
    Introduction,
    KeyLeakTold,
    Message,
)
from bot.slack.views.digest import WORDS, digest, redrawn, words_above_the_fold
from bot.slack.views.text import escape
from operator_core.diagnosis.partition import Partition, Place
from operator_core.domain.decisions import LlmUse
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import POLICY, ProposalAction, State
from support.shipped import SETTINGS
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import HOSTILE, LLM, NAMES, NOW, ago, autopilot, lived, proposal, ref, transition


def stands(answering: int = 85, **others: int) -> Partition:
    """So many models at each place."""
    counts = {Place.ANSWERING: answering, **{Place[name.upper()]: count for name, count in others.items()}}
    names = ((place, n) for place, count in counts.items() for n in range(count))
    return Partition(where={ref(f"{place}-{n}"): (place, "") for place, n in names})


def content(**fields: Any) -> DigestContent:
    usual: dict[str, Any] = {
        "at": NOW,
        "stands": stands(85, down=96, asked=7, on_hold=3, ours=19, watched=7),
        "yesterday": Counted(answering=87, enabled=222, when="yesterday"),
        "llm": LLM,
        "autopilot": autopilot(changes_used=5, changes_allowed=20),
    }
    return DigestContent(**{**usual, **fields})


def drawn(**fields: Any) -> Digest:
    return digest(content(**fields), NAMES)


def waiting(count: int, hostile: bool = False, **fields: Any) -> tuple[Card, ...]:
    name, provider = (HOSTILE[:295] + "{}", HOSTILE) if hostile else ("model-{}", "bedrock")
    found = (proposal(3, id_=f"P-{n}", name=name, provider=provider, **fields) for n in range(count))
    return tuple(Card(proposal=p) for p in found)


def done_alone(count: int = 5, **fields: Any) -> Card:
    card = lived(State.EXECUTED, **fields)
    by_policy = [transition(State.APPROVED, POLICY), transition(State.EXECUTED, POLICY)]
    return card.model_copy(update={"proposal": card.proposal.model_copy(update={"moves": tuple(by_policy)})})


def check(found: Digest) -> None:
    for message in (found.root, *found.thread):
        check_message(message)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 40, 400])
@pytest.mark.parametrize("hostile", [False, True])
def test_a_digest_keeps_the_limits_at_any_size(count: int, hostile: bool) -> None:
    down = waiting(count, hostile, action=ProposalAction.ATTEND)
    text = HOSTILE if hostile else "gpt-5.2 timed out"
    found = drawn(
        down=tuple(Card(proposal=c.proposal.model_copy(update={"id": f"D{c.proposal.id}"})) for c in down),
        down_known=tuple(c.proposal for c in down),
        leaks=tuple(KeyLeakTold(provider=f"{text} {n}", rows=3, since=ago(30)) for n in range(min(count, 4))),
        decisions=waiting(count, hostile),
        done=tuple(done_alone(hostile=hostile) for _ in range(min(count, 1))),
        degraded=(text,) * count,
        changed=escape(text[:200]) if count else "",
        discovery=(text,) * count,
        watching={f"{n} {escape(text)}": 2 for n in range(count)},
        cleared=(escape(text),) * count,
        new_models=proposal(25, id_="P-9999", action=ProposalAction.ADD),
        llm=LlmUse(model="gpt-5.2", fallback=text),
        next_digest=ago(-6),
    )
    check(found)
    assert found.counters is not None
    placed = [*found.in_root, *found.counters.not_shown]
    assert {f"P-{n}" for n in range(count)} <= set(placed)
    assert len(placed) == len(set(placed))
    assert hostile or words_above_the_fold(found.root) <= WORDS


@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_a_quiet_day_is_one_block(count: int) -> None:
    known = tuple(
        proposal(
            3, id_=f"D-{n}", action=ProposalAction.ATTEND, state=State.TAKEN, moves=[transition(State.TAKEN)]
        )
        for n in range(count)
    )
    found = drawn(
        down_known=known,
        watching={f"x {n}": 2 for n in range(count)},
        yesterday=Counted(answering=87, enabled=217),
    )
    check(found)
    assert len(found.root.blocks) == 1
    assert "✅ Nothing new, nothing waits for you. 85 of 217 models answer" in all_text(found.root)
    assert ("Known: bedrock is out of credit, day 5, Ana is on it (3)" in all_text(found.root)) == (count > 0)


def test_the_busy_page_has_the_order_in_which_people_need_it() -> None:
    found = drawn(
        decisions=waiting(5),
        done=(done_alone(),),
        down=(Card(proposal=proposal(41, id_="P-9", provider="deepinfra", action=ProposalAction.ATTEND)),),
        new_models=proposal(25, id_="P-99", action=ProposalAction.ADD),
        leaks=(KeyLeakTold(provider="groq", rows=12, since=ago(50)),),
        watching={"groq rate limited": 7},
        unreadable_rows=12,
        stands=stands(85, down=41, asked=15, on_hold=3, watched=7, switched_off=6),
    )
    text = all_text(found.root)
    order = (
        "5 decisions for you · I switched off 6 models · 1 provider is down · a key may have leaked",
        "*85 of 151* models answer; yesterday 87 of 222.",
        "Disable 3 bedrock models?",
        "Show 3 more",
        "*I switched off 6 bedrock models*",
        "🔑 Key-like text in 12 error rows of *groq* for 2 days",
        "*deepinfra* is out of credit · 41 of 41",
        "25 new models on providers you run, 0 confirmed.",
        "▸ Known: watched 7: groq rate limited 7 · 12 rows unreadable (`ai-operator doctor --rows`)",
        "Autopilot on, 5 of 20 · gpt-5.2, 1 call, $0.004",
    )
    places = [text.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert found.root.text == (
        "5 decisions wait, 6 models switched off, 1 provider down, key-like text in the database, "
        "25 new models. 85 of 151 models answer."
    )


def test_what_is_tapped_lies_within_two_screens_of_a_phone() -> None:
    found = drawn(
        decisions=waiting(9),
        done=(done_alone(),),
        down=tuple(
            Card(proposal=proposal(9, id_=f"D-{n}", provider=f"provider-{n}", action=ProposalAction.ATTEND))
            for n in range(7)
        ),
        degraded=("gpt-5.2 timed out; written rules judged, so I switched nothing off",),
        new_models=proposal(25, id_="P-99", action=ProposalAction.ADD),
    )
    lines = [line for text in all_text(found.root).splitlines() for line in re.findall(".{1,40}", text)]
    assert len(lines) <= 120
    assert words_above_the_fold(found.root) <= WORDS


def test_a_day_on_which_many_stopped_answering_is_not_called_quiet() -> None:
    found = drawn(yesterday=Counted(answering=181, enabled=217))
    assert "96 fewer models answer" in all_text(found.root)
    assert "✅" not in all_text(found.root)


def test_models_of_a_provider_in_maintenance_are_not_said_to_answer_no_more() -> None:
    then = Counted(answering=181, enabled=217, when="last time")
    assert "fewer" not in all_text(drawn(yesterday=then, away=96).root)
    assert "last time 181 of 217" in all_text(drawn(yesterday=then).root)
    same = Counted(answering=85, enabled=217, when="last time")
    assert "85 of 217 models answer, as last time." in all_text(drawn(yesterday=same).root)


def again(
    found: Digest, waiting: tuple[str, ...] = (), covered: int = 0, leaks: tuple[str, ...] = (), **now: Any
) -> Message:
    """After clicks: what waits still, how many are held, and what the autopilot may do."""
    assert found.counters is not None
    counters = found.counters.following(waiting, covered, switched_off=0, leaks=leaks)
    after = redrawn(found.root.blocks, counters, autopilot(**now), NAMES, NOW)
    check_message(after)
    return after


def test_several_decisions_can_be_approved_together_and_one_cannot() -> None:
    found = drawn(decisions=waiting(2))
    assert "approve_all.digest" in actions_of(found.root)
    for left in (("P-0",), ()):
        assert "approve_all.digest" not in actions_of(again(found, left))
    assert "approve_all.digest" in actions_of(again(found, ("P-0", "P-1")))


def test_every_figure_of_the_page_follows_a_click() -> None:
    found = drawn(decisions=waiting(5), leaks=(KeyLeakTold(provider="groq", rows=12, since=ago(50)),))
    assert "on hold 3" in all_text(found.root)
    after = again(found, ("P-0",), covered=5, changes_used=0, changes_allowed=20)
    text = all_text(after)
    assert text.startswith("1 decision for you")
    assert "leaked" not in text
    assert "groq: the key is rotated." in text
    assert "on hold 8" in text
    assert "Autopilot on, 0 of 20 · gpt-5.2, 1 call, $0.004" in text
    assert "show_more.digest" not in actions_of(after)
    assert after.text == "1 decision waits. 85 of 217 models answer."


def test_what_nobody_held_comes_up_when_somebody_does() -> None:
    found = drawn(decisions=waiting(1), stands=stands(10))
    assert "Known" not in all_text(found.root)
    assert "▸ Known: on hold 3 (`/operator holds`)" in all_text(again(found, ("P-0",), covered=3))


def test_a_pause_is_drawn_with_its_reason_and_the_way_back() -> None:
    pause = Pause(by="U0ANA", at=NOW, reason="<!here> freeze")
    after = again(drawn(decisions=waiting(1)), pause=pause)
    assert "Autopilot paused by Ana: “&lt;!here&gt; freeze” · gpt-5.2, 1 call" in all_text(after)
    assert actions_of(after)[-1] == "resume.digest"


def test_a_leak_is_folded_from_the_second_day_on_until_somebody_rotates_the_key() -> None:
    told = KeyLeakTold(provider="groq", rows=12, since=ago(50), told_at=ago(24))
    found = drawn(leaks=(told,))
    assert len(found.root.blocks) == 1
    assert "Known: 🔑 key-like text in groq's errors, day 3" in all_text(found.root)
    busy = drawn(leaks=(told,), decisions=waiting(1))
    assert "leaked" not in busy.root.text
    assert "key-like" not in all_text(again(busy, ("P-0",)))
    assert "key-like" in all_text(again(busy, ("P-0",), leaks=("groq",)))


def test_the_words_of_notifications_carry_no_marks_of_bold_or_code() -> None:
    assert Message(text="*groq*: `llama` is gone", blocks=()).text == "groq: llama is gone"


def test_a_stopped_runner_is_one_warning_without_verdicts() -> None:
    found = drawn(runner_down_since=ago(26), decisions=waiting(3))
    check(found)
    assert "No results from any provider for 26 hours" in all_text(found.root)
    assert actions_of(found.root) == []


def test_unreadable_results_are_one_warning_that_says_why() -> None:
    found = drawn(facts_unreadable=HOSTILE)
    check(found)
    assert "I judge nothing until the results can be read" in all_text(found.root)


def test_three_decisions_stand_on_the_page_and_the_thread_would_have_ten_a_message() -> None:
    found = drawn(decisions=waiting(40))
    assert [id_ for id_ in found.in_root if id_.startswith("P-")] == ["P-0", "P-1", "P-2"]
    assert len(found.thread) == 4
    assert "Show 37 more" in all_text(found.root)
    assert "approve.P-3" not in actions_of(found.root)


def test_all_that_was_done_alone_is_named_with_the_reason_and_undo() -> None:
    found = drawn(done=(done_alone(),))
    text = all_text(found.root)
    assert (
        "*I switched off 6 bedrock models*: 3 days of “This model version has reached the end…”, "
        "gone from bedrock's list; each has another provider.  P-412"
    ) in text
    assert "`model-0`, `model-1`, `model-2`, `model-3`, `model-4` and `model-5`" in text
    assert {"undo.P-412", "details.P-412"} <= set(actions_of(found.root))


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([Kind.HARD_MODEL], "gone by their providers' own words"),
        ([Kind.AUTH], "not allowed by their providers' own words"),
        ([Kind.HARD_MODEL, Kind.AUTH], "gone or not allowed by their providers' own words"),
        ([Kind.RATE_LIMIT], "rate limited"),
    ],
)
def test_why_is_said_of_the_kinds_in_question(kinds: list[Kind], words: str) -> None:
    one = done_alone()
    cards = [
        one.model_copy(update={"proposal": one.proposal.model_copy(update={"kind": kind})}) for kind in kinds
    ] * 2
    text = all_text(drawn(done=tuple(cards), stands=stands(85, switched_off=6)).root)
    assert f"*I switched off 6 models*, {words}:" in text
    assert f"for models {words}?" in all_text(drawn(ask_to_turn_on=True, kinds=tuple(kinds)).root)
    assert f"only models {words} for 36 hours or more" in str(first_day.explained(kinds, timedelta(hours=36)))


def test_a_first_digest_shows_the_keys_that_it_counts_as_told_and_speaks_of_a_rest_where_there_is_one() -> (
    None
):
    leaks = tuple(KeyLeakTold(provider=name, rows=2, since=ago(5)) for name in ("groq", "x.ai", "z"))
    hello = Introduction(of=SETTINGS.mongodb, since=ago(30))
    found = drawn(introduction=hello, leaks=leaks, decisions=waiting(3), failing_for=timedelta(hours=30))
    check(found)
    text = all_text(found.root)
    assert "2 error rows of *groq*" in text
    assert "2 error rows of *x.ai*" in text
    assert "also in errors of z" in text
    assert "9 gone for more than 30 hours" in text
    assert "the rest in Home" not in text
    assert "could not be read" not in text
    assert "12 rows could not be read" in all_text(drawn(introduction=hello, unreadable_rows=12).root)
    assert "The 4 largest below, the rest in Home" in all_text(
        drawn(introduction=hello, decisions=waiting(9)).root
    )


def test_a_late_decision_mentions_its_approvers() -> None:
    found = drawn(decisions=waiting(1), overdue=("P-0",), mention=("U0ANA", "S0ONCALL"))
    assert "⏰ Waiting three working days: P-0. <@U0ANA> <!subteam^S0ONCALL>" in all_text(found.root)
    check(found)


@pytest.mark.parametrize(
    ("llm", "said"),
    [
        (LlmUse(model="gpt-5.2", calls=1, cost_usd=None), "gpt-5.2, 1 call, cost unknown"),
        (LlmUse(model="gpt-5.2", calls=2, cost_usd=1.5), "gpt-5.2, 2 calls, $1.50"),
        (LlmUse(model="gpt-5.2"), "gpt-5.2, no call needed"),
        (LlmUse(model="gpt-5.2", fallback="OPENAI_API_KEY is not set"), "gpt-5.2, not asked"),
    ],
)
def test_what_judging_cost_stands_on_the_last_line_only(llm: LlmUse, said: str) -> None:
    text = all_text(drawn(llm=llm, decisions=waiting(1)).root)
    assert said in next(line for line in text.splitlines() if "Autopilot" in line)
    assert text.count("$") + text.count("call") <= 2


def test_one_decision_waits_and_two_wait() -> None:
    assert "1 decision waits" in drawn(decisions=waiting(1)).root.text
    assert "2 decisions wait" in drawn(decisions=waiting(2)).root.text


def test_new_models_are_counted_as_models_and_as_offers() -> None:
    found = proposal(4, id_="P-9", action=ProposalAction.ADD)
    twice = tuple(m.model_copy(update={"openrouter_id": f"x/{n // 2}"}) for n, m in enumerate(found.members))
    text = all_text(drawn(new_models=found.model_copy(update={"members": twice})).root)
    assert "2 new models, 4 offers on providers you run, 0 confirmed." in text
    quiet = drawn(new_models=found, new_models_known=True)
    assert "4 models to review (`/operator pending`)" in all_text(quiet.root)
    assert len(quiet.root.blocks) == 1


def test_ours_to_fix_is_counted_by_kind_and_where() -> None:
    mine = proposal(3, id_="P-7", action=ProposalAction.ATTEND, kind=Kind.BUDGET_EXHAUSTED, provider="openai")
    mine = mine.model_copy(update={"scope": None})
    where = dict.fromkeys(mine.refs, (Place.OURS, "P-7"))
    text = all_text(drawn(to_fix=(mine,), stands=Partition(where=where)).root)
    assert "Ours to fix, in Home: 3 too small a token budget (openai 3)." in text
