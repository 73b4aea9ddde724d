from typing import Any

import pytest

from bot.slack.views.card import Card
from bot.slack.views.content import Counted, Digest, DigestContent, Message, Watched
from bot.slack.views.digest import digest
from bot.slack.views.sections import counted, switched
from bot.slack.views.text import escape
from operator_core.domain.decisions import LlmUse
from operator_core.domain.pause import Pause
from operator_core.domain.proposals import ProposalAction, State
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import HOSTILE, LLM, NAMES, NOW, ago, autopilot, lived, proposal, transition


def content(**fields: Any) -> DigestContent:
    usual: dict[str, Any] = {
        "at": NOW,
        "now_answering": Counted(answering=93, enabled=217),
        "yesterday": Counted(answering=189, enabled=222),
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


def check(found: Digest) -> None:
    for message in (found.root, *found.thread):
        check_message(message)


@pytest.mark.parametrize("count", [0, 1, 5, 6, 40, 400])
@pytest.mark.parametrize("hostile", [False, True])
def test_a_digest_keeps_the_limits_at_any_size(count: int, hostile: bool) -> None:
    down = waiting(count, hostile, action=ProposalAction.ATTEND)
    done = tuple(lived(State.EXECUTED, hostile=hostile) for _ in range(min(count, 1)))
    text = HOSTILE if hostile else "gpt-5.2 timed out"
    found = drawn(
        down=tuple(Card(proposal=c.proposal.model_copy(update={"id": f"D{c.proposal.id}"})) for c in down),
        down_known=tuple(c.proposal for c in down),
        decisions=waiting(count, hostile),
        new_decisions=count,
        done=done,
        degraded=(text,) * count,
        changed_since=(text,) * min(count, 3),
        discovery=(text,) * count,
        watching=(Watched(what=escape(text), models=2),) * count,
        cleared=(escape(text),) * count,
        new_models=proposal(25, id_="P-9999", action=ProposalAction.ADD),
        llm=LlmUse(model="gpt-5.2", fallback=text),
        next_digest=ago(-6),
    )
    check(found)
    placed = [*found.in_root, *(id_ for ids in found.in_thread for id_ in ids)]
    assert {f"P-{n}" for n in range(count)} <= set(placed)
    assert len(placed) == len(set(placed))


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
        watching=(Watched(what="x", models=2),) * count,
        yesterday=Counted(answering=95, enabled=217),
    )
    check(found)
    assert len(found.root.blocks) == 1
    assert "✅ Nothing new, nothing waits for you." in all_text(found.root)


def test_a_day_on_which_many_stopped_answering_is_not_called_quiet() -> None:
    found = drawn(yesterday=Counted(answering=189, enabled=217))
    assert "96 fewer models answer" in all_text(found.root)
    assert "✅" not in all_text(found.root)


def test_several_decisions_can_be_approved_together_and_one_cannot() -> None:
    found = drawn(decisions=waiting(2))
    assert found.counters is not None
    assert "approve_all.digest" in actions_of(found.root)
    for left in (1, 0):
        text, blocks = counted(found.counters.model_copy(update={"decisions": left}), found.root.blocks)
        assert "approve_all.digest" not in actions_of(Message(text=text, blocks=tuple(blocks)))
    text, blocks = counted(found.counters, blocks)
    assert "approve_all.digest" in actions_of(Message(text=text, blocks=tuple(blocks)))


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


def test_the_root_holds_five_decisions_and_the_thread_ten_a_message() -> None:
    found = drawn(decisions=waiting(40), new_decisions=40)
    assert len(found.in_root) == 5
    assert [len(ids) for ids in found.in_thread] == [10, 10, 10, 5]
    assert "35 of them in the thread" in all_text(found.root)


def test_the_head_counts_what_is_down_and_what_is_asked() -> None:
    found = drawn(down=waiting(1, action=ProposalAction.ATTEND), decisions=waiting(1), new_decisions=1)
    text = all_text(found.root)
    assert text.startswith("1 provider is down · 1 decision for you")
    assert "*93 of 217* enabled models answer now; yesterday 189 of 222." in text


def test_autopilot_says_how_much_it_used_and_can_be_paused() -> None:
    found = drawn(decisions=waiting(1), autopilot=autopilot(changes_used=5, changes_allowed=20, holds=3))
    assert "Autopilot on, 5 of 20 changes used since a person last acted" in all_text(found.root)
    assert "· gpt-5.2, 1 call, $0.004" in all_text(found.root)
    assert actions_of(found.root)[-2:] == ["pause.digest", "holds.digest"]
    paused = autopilot(pause=Pause(by="U0ANA", at=NOW, reason="<!here> freeze"))
    blocks = tuple(switched(found.root.blocks, paused, NAMES, NOW))
    after = Message(text=found.root.text, blocks=blocks)
    check_message(after)
    assert "Autopilot paused by Ana: “&lt;!here&gt; freeze”\n· gpt-5.2, 1 call" in all_text(after)
    assert actions_of(after)[-2:] == ["resume.digest", "holds.digest"]
    assert after.blocks[:-2] == found.root.blocks[:-2]


def test_one_decision_waits_and_two_wait() -> None:
    assert "1 decision waits" in drawn(decisions=waiting(1)).root.text
    assert "2 decisions wait" in drawn(decisions=waiting(2)).root.text
