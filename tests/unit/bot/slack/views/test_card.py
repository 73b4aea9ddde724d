import pytest

from bot.slack.views.actions import Target
from bot.slack.views.card import Card, card, folded_line
from bot.slack.views.content import Message
from operator_core.domain.changes import Outcome, Result
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import POLICY, ProposalAction, State
from operator_core.domain.situations import Scope
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import ANA, NAMES, NOW, ago, lived, member, proposal, ref, transition


def drawn(shown: Card) -> Message:
    return Message(text="a card", blocks=tuple(card(shown, NAMES, NOW)))


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(ProposalAction))
@pytest.mark.parametrize("hostile", [False, True])
def test_every_state_of_every_action_keeps_the_limits(
    state: State, action: ProposalAction, hostile: bool
) -> None:
    check_message(drawn(lived(state, action=action, hostile=hostile)))


@pytest.mark.parametrize("scope", [*Scope, None])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("action", list(ProposalAction))
def test_every_kind_and_scope_can_be_drawn(scope: Scope | None, kind: Kind, action: ProposalAction) -> None:
    check_message(drawn(Card(proposal=proposal(2, action=action, scope=scope, kind=kind))))


def test_a_waiting_card_persuades_and_asks() -> None:
    message = drawn(Card(proposal=proposal(6)))
    text = all_text(message)
    assert "Disable 6 bedrock models?" in text
    assert "bedrock's list dropped all 6." in text
    assert "Asked because 6 of 19 is more than I may do alone." in text
    assert "Approve: disable 6…" in text
    assert "Reject: keep 6" in text
    assert "0.97" not in text
    assert actions_of(message) == ["approve.P-412", "reject.P-412", "more.P-412"]


def test_a_single_model_needs_no_preview_and_no_plural() -> None:
    text = all_text(drawn(Card(proposal=proposal(1, members=(member("claude-v2", elsewhere=0),)))))
    assert "Disable `claude-v2` on bedrock?" in text
    assert "Approve: disable" in text
    assert "It leaves the site: no other provider that answers keeps it." in text
    assert "1 models" not in text


def test_a_button_carries_an_id_the_revision_that_was_read_and_what_it_was_about() -> None:
    shown = proposal(revision=3)
    message = drawn(Card(proposal=shown))
    approve = message.blocks[1]["elements"][0]
    assert Target.parse(approve["value"]) == Target(id="P-412", revision=3, contents=shown.contents)


def test_a_card_says_how_long_it_waits() -> None:
    assert "waits for 4 days" in all_text(drawn(Card(proposal=proposal(created_at=ago(100)))))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.EXECUTED, "✅ *P-412* · 6 bedrock models disabled · Ana"),
        (State.PARTLY, "5 of 6 bedrock models disabled · Ana"),
        (State.CONFLICTED, "nothing changed · Ana"),
        (State.FAILED, "nothing changed · Ana"),
        (State.UNDONE, "taken back by Ben &lt;!here&gt;"),
        (State.REJECTED, "I won't ask again before it fails in another way"),
        (State.SNOOZED, "later: when it changes"),
        (State.TAKEN, "👀 Ana"),
        (State.CLEARED, "over after"),
        (State.APPROVED, "⏳ *P-412* · 0 of 6 done"),
    ],
)
def test_each_state_says_what_became_of_it(state: State, words: str) -> None:
    assert words in all_text(drawn(lived(state)))


def test_what_an_undo_left_alone_is_not_said_to_be_restored() -> None:
    undone = lived(State.UNDONE)
    assert "\nRestored exactly." in all_text(drawn(undone))
    left = Outcome(ref=ref(), result=Result.CONFLICT, detail="somebody changed it since")
    said = all_text(drawn(undone.model_copy(update={"not_restored": (left,)})))
    assert "\nThe rest is restored exactly." in said


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.EXECUTED, "undo.P-412"),
        (State.PARTLY, "undo.P-412"),
        (State.UNDONE, "release.P-412"),
        (State.REJECTED, "reopen.P-412"),
        (State.SNOOZED, "reopen.P-412"),
        (State.TAKEN, "give_back.P-412"),
    ],
)
def test_every_answer_can_be_taken_back_from_the_card(state: State, action: str) -> None:
    assert action in actions_of(drawn(lived(state)))


@pytest.mark.parametrize(
    ("by", "words"), [(ANA, "Kept: `model-2`"), (POLICY, "Left for a person: `model-2`")]
)
def test_what_was_not_approved_stands_on_the_card(by: str, words: str) -> None:
    found = proposal(3, state=State.EXECUTED, moves=[transition(State.APPROVED, by)])
    found = found.model_copy(update={"approved": found.refs[:2]})
    assert words in all_text(drawn(Card(proposal=found, undo=Target(id="J-412"))))


def test_yesterdays_card_is_one_line_with_a_link() -> None:
    line = folded_line(proposal(6), "https://x.slack.com/archives/C1/p1")
    assert line == (
        "*P-412* · Disable 6 bedrock models · <https://x.slack.com/archives/C1/p1|moved to the newest digest>"
    )
