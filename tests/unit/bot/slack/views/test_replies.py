from datetime import timedelta
from typing import Any

import pytest

from bot.slack.views.content import Message
from bot.slack.views.replies import (
    USAGE,
    autopilot_line,
    done,
    error,
    history,
    holds,
    outdated,
    pending,
    second,
    status,
    stranger,
    usage,
)
from bot.slack.views.sections import autopilot_words
from operator_core.domain.changes import Result
from operator_core.domain.mode import Mode, Pause
from operator_core.domain.proposals import POLICY, Proposal, ProposalAction, State
from operator_core.domain.situations import Scope
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import (
    ANA,
    BEN,
    HOSTILE,
    NAMES,
    NOW,
    STATUS,
    autopilot,
    change,
    entry,
    hold,
    proposal,
    ref,
    transition,
)


def test_a_stranger_is_told_who_can() -> None:
    message = stranger(["U1", "U2", "S1"])
    check_message(message)
    assert message.text == "Nothing changed. <@U1>, <@U2> or <!subteam^S1> can approve this."


def answered(target: State, by: str = ANA, seconds: float = 8) -> Proposal:
    step = transition(target, by).model_copy(update={"at": NOW - timedelta(seconds=seconds)})
    return proposal(state=target, moves=[step])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (State.APPROVED, "Ana approved P-412, 8 seconds before you. Your click did nothing."),
        (State.REJECTED, "Ana rejected P-412, 8 seconds before you. Your click did nothing."),
        (State.SNOOZED, "Ana put P-412 off, 8 seconds before you. Your click did nothing."),
        (State.TAKEN, "Ana took P-412 on, 8 seconds before you. Your click did nothing."),
        (State.UNDONE, "Ana took P-412 back, 8 seconds before you. Your click did nothing."),
        (State.CLEARED, "P-412 is over: nothing is left to decide. Your click did nothing."),
    ],
)
def test_the_second_click_is_told_who_was_first(target: State, words: str) -> None:
    message = second(answered(target), NAMES, NOW)
    check_message(message)
    assert message.text == words


def test_the_result_of_a_batch_does_not_hide_who_approved_it() -> None:
    first = answered(State.APPROVED, seconds=1)
    over = transition(State.EXECUTED, source=State.APPROVED, hours=0)
    current = first.model_copy(update={"state": State.EXECUTED, "moves": (*first.moves, over)})
    assert second(current, NAMES, NOW).text.startswith("Ana approved P-412, 1 second before you.")


def test_long_names_of_what_was_done_take_no_room_from_what_was_left_alone() -> None:
    long = "us.anthropic.claude-sonnet-4-5-20250929-v1:0-{:0>40}"
    left = [change(ref(f"left-{n}"), Result.CONFLICT, detail="somebody enabled it") for n in range(8)]
    made = [change(ref(long.format(n))) for n in range(60)]
    message = done(entry(by=POLICY, changes=(*made, *left)), NAMES, NOW)
    check_message(message)
    text = all_text(message)
    assert all(f"`left-{n}`" in text for n in range(8))
    assert text.count("us.anthropic") == 39
    assert "and 21 more" in text


def test_autopilot_may_have_been_first() -> None:
    assert second(answered(State.APPROVED, POLICY), NAMES, NOW).text.startswith("The autopilot approved")


def test_a_double_click_is_told_so() -> None:
    text = second(answered(State.APPROVED), NAMES, NOW, you=ANA).text
    assert text == "You approved P-412 already, 8 seconds ago. This click did nothing more."


def test_an_outdated_click_is_shown_what_joined_and_left() -> None:
    current = proposal(3, revision=2)
    message = outdated(current, NOW, read=(ref("model-0"), ref("gone")))
    check_message(message)
    assert "Joined since: `model-1` and `model-2`." in all_text(message)
    assert "Left since: `gone`." in all_text(message)
    assert "Disable 3 bedrock models?" in message.text


def test_an_outdated_click_with_the_same_models_says_so() -> None:
    current = proposal(2)
    assert "The models are the same" in outdated(current, NOW, read=current.refs).text


@pytest.mark.parametrize("count", [1, 6, 40, 400])
def test_an_outdated_answer_keeps_the_limits_with_any_name(count: int) -> None:
    current = proposal(count, name=HOSTILE[:295] + "{}", provider=HOSTILE)
    check_message(outdated(current, NOW, read=proposal(count, name="{}" + HOSTILE[:290]).refs))


@pytest.mark.parametrize("subcommand", [None, "nonsense", *USAGE])
def test_help_names_each_subcommand(subcommand: str | None) -> None:
    message = usage(subcommand, wrong=HOSTILE)
    check_message(message)
    wanted = [subcommand] if subcommand in USAGE else list(USAGE)
    assert all(f"/operator {name}" in all_text(message) for name in wanted)


@pytest.mark.parametrize("mode", [Mode.ON, Mode.SHADOW])
@pytest.mark.parametrize(
    ("used", "allowed", "words", "short"),
    [
        (0, 20, "0 of 20 changes used", "0 of 20"),
        (20, 20, "20 of 20 changes used", "20 of 20"),
        (28, 20, "all 20 changes used", "all 20"),
        (1, 0, "asking before every change", "asking before every change"),
        (2, 1, "all 1 change used", "all 1"),
    ],
)
def test_no_more_changes_are_said_to_be_used_than_there_are(
    mode: Mode, used: int, allowed: int, words: str, short: str
) -> None:
    shown = autopilot(mode, changes_used=used, changes_allowed=allowed)
    assert f", {words}" in autopilot_line(shown, NAMES)
    assert autopilot_words(shown, NAMES, short=True).endswith(f", {short}")


def test_status_says_how_the_bot_is() -> None:
    message = status(STATUS, NAMES, NOW)
    check_message(message)
    assert "Last good look at the results: 2 hours ago" in message.text
    assert "Autopilot on, 5 of 20 changes used since a person last acted" in message.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"autopilot": autopilot(pause=Pause(by=BEN, at=NOW, reason=HOSTILE))},
            "paused by Ben &lt;!here&gt;",
        ),
        ({"autopilot": autopilot(Mode.OFF)}, "Autopilot off"),
        ({"last_good_run": None}, "not yet"),
        ({"degraded": (HOSTILE,) * 40, "brakes": (HOSTILE,) * 40}, "Holding back"),
    ],
)
def test_status_in_trouble_keeps_the_limits(fields: dict[str, Any], words: str) -> None:
    message = status(STATUS.model_copy(update=fields), NAMES, NOW)
    check_message(message)
    assert words in message.text


@pytest.mark.parametrize("count", [0, 1, 20, 400])
@pytest.mark.parametrize("name", ["model-{}", HOSTILE[:295] + "{}"])
def test_history_keeps_the_limits(count: int, name: str) -> None:
    entries = [entry(id_=f"J-{n}", name=name, provider=name, reason=name) for n in range(count)]
    check_message(history(entries, NAMES, NOW))


def test_history_offers_undo_only_where_something_stands() -> None:
    entries = [
        entry(id_="J-1"),
        entry(id_="J-1u1", undo_of="J-1", by=BEN),
        entry(id_="J-2", changes=(change(ref(), undone_by="J-2u1"),)),
        entry(id_="J-3", by=POLICY, changes=(change(ref()), change(ref("b"), undone_by="J-3u1"))),
    ]
    message = history(entries, NAMES, NOW)
    assert actions_of(message) == ["undo.J-1", "undo.J-3"]
    text = all_text(message)
    assert "*J-1* · Ana disabled 5 bedrock models, 2 hours ago" in text
    assert "*J-1u1* · Ben &lt;!here&gt; took back 5 bedrock models" in text
    assert "*J-2* · Ana disabled `m-0` on bedrock, 2 hours ago · taken back" in text
    assert "*J-3* · autopilot disabled 2 bedrock models, 2 hours ago · partly taken back" in text


@pytest.mark.parametrize(("count", "words"), [(2, "added 2 offers"), (5, "added 5 offers")])
def test_offers_of_several_providers_are_not_called_models(count: int, words: str) -> None:
    """One model may be several offers, and an entry doesn't know of which model each is."""
    added = entry(count, provider="", action=ProposalAction.ADD)
    assert f"Ana {words}, 2 hours ago" in all_text(history([added], NAMES, NOW))
    assert words in all_text(done(added, NAMES, NOW))


@pytest.mark.parametrize("count", [1, 20, 21, 90])
def test_holds_that_a_message_has_no_room_for_are_counted(count: int) -> None:
    blocks = holds([hold(n) for n in range(count)], NAMES, NOW, most=20)["blocks"]
    check_message(Message.of("holds", blocks))
    assert (f"And {count - 20} older." in str(blocks)) == (count > 20)


@pytest.mark.parametrize("count", [0, 1, 40, 400])
@pytest.mark.parametrize("name", ["model-{}", HOSTILE[:295] + "{}"])
def test_pending_keeps_the_limits(count: int, name: str) -> None:
    actions = list(ProposalAction)
    found = [
        proposal(2, id_=f"P-{n}", name=name, provider=name, action=actions[n % len(actions)])
        for n in range(count)
    ]
    check_message(pending(found, NAMES, NOW))


def test_pending_says_how_long_each_waits() -> None:
    message = pending([proposal()], NAMES, NOW)
    assert message.text == "1 thing waits"
    assert "*Disable 6 bedrock models?*  P-412  ·  waits for 3 days" in all_text(message)


def test_decisions_come_first_with_their_buttons_and_the_rest_folds() -> None:
    outage = proposal(3, id_="P-1", action=ProposalAction.ATTEND, scope=Scope.PROVIDER)
    message = pending([outage, *(proposal(id_=f"P-{n}") for n in range(2, 12))], NAMES, NOW)
    check_message(message)
    approve = [action for action in actions_of(message) if action.startswith("approve")]
    assert len(approve) == 8
    assert list(message.blocks).index(next(b for b in message.blocks if b["block_id"] == "rest")) == 16
    assert all(name in all_text(message) for name in ("P-1", "P-10", "P-11"))


def test_what_was_left_alone_is_told_model_by_model() -> None:
    changes = (change(ref("a")), change(ref("b"), Result.CONFLICT, detail="enabled: true → false"))
    message = done(entry(changes=changes), NAMES, NOW)
    check_message(message)
    assert "Ana disabled 1 of 2 bedrock models" in all_text(message)
    assert "• `b`: enabled: true → false" in all_text(message)
    many = tuple(change(ref(HOSTILE[:290] + str(n)), Result.FAILED, detail=HOSTILE) for n in range(400))
    check_message(done(entry(changes=many, provider=HOSTILE), NAMES, NOW))


def test_an_error_is_shown_as_text() -> None:
    message = error(HOSTILE)
    check_message(message)
    assert message.text.startswith("⚠ &lt;!channel&gt;")
