from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pytest

from bot.slack.views.actions import Target
from bot.slack.views.card import Card
from bot.slack.views.forms import (
    Form,
    choice_in,
    note_in,
    picked,
    picked_targets,
    ticked,
    unanswered,
)
from bot.slack.views.modals import (
    approve_all,
    closed,
    consequences,
    details,
    members_of,
    pause_reason,
    progress,
    reject_reason,
    review,
    undo,
)
from bot.slack.views.replies import holds
from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Outcome, Result
from operator_core.domain.holds import Origin
from operator_core.domain.proposals import Proposal, ProposalAction, State
from support.slack_limits import actions_of, all_text, check_view
from support.view_values import (
    ANA,
    BEN,
    HOSTILE,
    NAMES,
    NOW,
    ago,
    change,
    entry,
    hold,
    member,
    proposal,
    ref,
    submitted,
    tick,
    transition,
)


def shown(
    found: Proposal,
    changed: Mapping[ModelRef, str] = MappingProxyType({}),
    *,
    enabled: int = 19,
    brakes: Sequence[str] = (),
) -> dict[str, Any]:
    return consequences(found, NOW, enabled, changed, brakes)


def test_consequences_say_what_would_change_before_it_does() -> None:
    members = (member("anthropic.claude-v2"), member("meta.llama2-70b", elsewhere=0))
    view = shown(proposal(members=members))
    assert view["title"]["text"] == "Disable 2 models"
    assert view["submit"]["text"] == "Disable ticked"
    text = all_text(view)
    assert "*bedrock* 19 → 17 enabled" in text
    assert "3 other providers that answer keep it" in text
    assert "leaves the site: no other provider that answers keeps it" in text
    assert "`meta.llama2-70b` leaves the site: no other provider that answers keeps it." in text
    assert view["callback_id"] == Form.CONSEQUENCES
    assert Target.parse(view["private_metadata"]) == Target.on(proposal(members=members))


@pytest.mark.parametrize("count", [1, 6, 10, 11, 40, 400, 1000])
def test_consequences_fit_into_a_modal_at_any_size_with_any_name(count: int) -> None:
    check_view(shown(proposal(count)))
    found = proposal(count, name=HOSTILE[:295] + "{}", provider=HOSTILE)
    changed = dict.fromkeys(found.refs[: count // 2], HOSTILE)
    check_view(shown(found, changed, enabled=count, brakes=(HOSTILE,) * 9))


def test_all_ticked_means_all_models_also_those_too_many_to_list() -> None:
    found = proposal(1000)
    assert ticked(submitted(shown(found)), found.refs) == found.refs


def test_what_was_unticked_is_left_out() -> None:
    found = proposal(25)
    kept = ticked(submitted(shown(found), untick=["0", "13"]), found.refs)
    assert set(found.refs) - set(kept) == {ref("model-0"), ref("model-13")}


def test_the_rest_beyond_the_list_can_be_left_out() -> None:
    found = proposal(1000)
    assert ticked(submitted(shown(found), untick=["rest"]), found.refs) == found.refs[:400]


def test_a_model_that_recovered_has_no_checkbox_and_does_not_count_as_unticked() -> None:
    found = proposal(3)
    view = shown(found, {ref("model-1"): "it answered 9 minutes earlier"})
    assert view["title"]["text"] == "Disable 2 models"
    assert "`model-1`: it answered 9 minutes earlier" in all_text(view)
    assert ticked(submitted(view), found.refs) == found.refs
    assert ticked(submitted(view, untick=["0"]), found.refs) == (ref("model-1"), ref("model-2"))


def test_nothing_ticked_approves_nothing() -> None:
    found = proposal(3)
    view = shown(found, {ref("model-1"): "it answered"})
    assert ticked(submitted(view, untick=["0", "2"]), found.refs) == ()


def test_when_everything_recovered_there_is_nothing_to_submit() -> None:
    found = proposal(2)
    view = shown(found, dict.fromkeys(found.refs, "it answered"))
    check_view(view)
    assert "submit" not in view
    assert "Nothing is left to disable" in all_text(view)


def test_a_checkbox_of_another_reading_is_refused() -> None:
    with pytest.raises(ValueError, match="no such choice"):
        ticked(submitted(shown(proposal(6))), proposal(4).refs)


def test_the_note_comes_back_without_blanks() -> None:
    assert note_in(submitted(shown(proposal(2)), note="  vendor mail  ")) == "vendor mail"
    assert note_in(submitted(shown(proposal(2)))) == ""


@pytest.mark.parametrize("count", [0, 1, 40, 400, 1000])
@pytest.mark.parametrize("name", ["model-{}", HOSTILE[:295] + "{}"])
def test_approve_all_fits_at_any_number_of_proposals(count: int, name: str) -> None:
    waiting = [proposal(3, id_=f"P-{n}", name=name, provider=name[:200]) for n in range(count)]
    check_view(approve_all(waiting))


def test_approve_all_binds_each_decision_to_what_was_read() -> None:
    waiting = [proposal(id_="P-1"), proposal(id_="P-2", revision=3), proposal(id_="P-3")]
    view = submitted(approve_all(waiting), untick=[str(Target.on(waiting[0]))])
    assert picked_targets(view) == tuple(map(Target.on, waiting[1:]))


def test_what_only_needs_attention_cannot_be_approved() -> None:
    view = approve_all([proposal(action=ProposalAction.ATTEND)])
    assert "submit" not in view


@pytest.mark.parametrize("action", list(ProposalAction))
@pytest.mark.parametrize("count", [1, 6, 400])
def test_reject_asks_for_an_optional_reason(action: ProposalAction, count: int) -> None:
    view = reject_reason(proposal(count, action=action))
    check_view(view)
    assert Target.parse(view["private_metadata"]).id == "P-412"
    check_view(reject_reason(proposal(count, action=action, name=HOSTILE[:295] + "{}", provider=HOSTILE)))


@pytest.mark.parametrize("count", [0, 1, 5, 175, 1000])
def test_undo_offers_what_still_stands(count: int) -> None:
    check_view(undo(entry(count), NAMES, NOW))
    check_view(undo(entry(count, name=HOSTILE[:295] + "{}", provider=HOSTILE), NAMES, NOW))


def test_undo_of_some_models_leaves_what_was_unticked() -> None:
    batch = entry(changes=(change(ref("a"), undone_by="J-412u1"), change(ref("b")), change(ref("c"))))
    drawn = undo(batch, NAMES, NOW)
    view = submitted(drawn, untick=["2"], note="back on Friday")
    assert len([line for line in all_text(drawn).splitlines() if line == "a"]) == 0
    back = ticked(view, members_of(batch))
    assert ref("b") in back
    assert ref("c") not in back
    assert Target.parse(view["private_metadata"]) == Target.on(batch)
    assert note_in(view) == "back on Friday"


def test_a_model_taken_back_while_the_dialog_stood_open_moves_no_checkbox() -> None:
    names = [ref("a"), ref("b"), ref("c")]
    view = submitted(undo(entry(changes=tuple(map(change, names))), NAMES, NOW), untick=["1"])
    meanwhile = entry(changes=(change(ref("a"), undone_by="J-412u1"), *map(change, names[1:])))
    assert ticked(view, members_of(meanwhile)) == (ref("a"), ref("c"))


@pytest.mark.parametrize("count", [0, 1, 40, 41, 400])
def test_holds_are_listed_with_release(count: int) -> None:
    view = holds([hold(n) for n in range(count)], NAMES, NOW)
    check_view(view)
    assert len(actions_of(view)) == min(count, 40)
    hostile = [hold(n, provider=HOSTILE, model_id=HOSTILE, reason=HOSTILE) for n in range(count)]
    check_view(holds(hostile, NAMES, NOW))


def test_a_hold_says_who_and_why_without_waking_anybody() -> None:
    text = all_text(holds([hold()], NAMES, NOW))
    assert "`model-1` on bedrock · gone at the provider" in text
    assert "Taken back by Ben &lt;!here&gt; 30 hours ago: “contract until March”" in text


@pytest.mark.parametrize("count", [1, 6, 40, 400])
def test_details_fit_with_everything_there_is_to_show(count: int) -> None:
    week = [True, True, False, None, False, False, False]
    moves = [transition(State.REJECTED, BEN, hours=n, reason=HOSTILE) for n in range(30, 0, -1)]
    plain = proposal(count, moves=moves)
    check_view(details(Card(proposal=plain), dict.fromkeys(plain.refs, week), NAMES, NOW))
    members = tuple(
        member(HOSTILE[:295] + str(n), HOSTILE, sample=HOSTILE, gate=HOSTILE, other_causes=(HOSTILE,) * 9)
        for n in range(count)
    )
    hostile = proposal(members=members, provider=HOSTILE, reasoning=HOSTILE * 20, moves=moves)
    check_view(details(Card(proposal=hostile), dict.fromkeys(hostile.refs, week * 9), NAMES, NOW))


def test_details_show_days_judge_and_history() -> None:
    found = proposal(1, moves=[transition(State.REJECTED, reason="not yet")])
    text = all_text(details(Card(proposal=found), {found.refs[0]: [True, False, None]}, NAMES, NOW))
    assert "`✓✗·`" in text
    assert "94 failures in 4 days, last answer 4 days ago." in text
    assert "Judged by gpt-5.2, 97% sure: “The provider has retired it.”" in text
    assert "rejected · Ana: “not yet”" in text


def test_details_of_a_command_name_the_person_who_gave_it() -> None:
    found = proposal(2, scope=None, kind=None, suggested_by=ANA)
    text = all_text(details(Card(proposal=found), {}, NAMES, NOW))
    assert "Asked for by Ana." in text
    assert "% sure" not in text, "nobody judged"
    assert text.count(found.reasoning) == 1


def test_details_of_what_never_ran_say_what_is_known_of_it() -> None:
    never = {"last_success": None, "failing_since": None}
    members = [member.model_copy(update=never) for member in new_models(2).members]
    found = proposal(members=members, action=ProposalAction.ADD, scope=None, kind=None, provider="")
    text = all_text(details(Card(proposal=found), {}, NAMES, NOW))
    assert "128k context · $0.50 in · on p0's own list" in text
    assert "No answer on record" not in text


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (State.APPROVED, "*P-412* · 2 of 5 done"),
        (State.EXECUTED, "✅ *P-412* · 2 bedrock models disabled"),
        (State.PARTLY, "⚠ *P-412* · 2 bedrock models disabled"),
        (State.UNDONE, "↩ *P-412* · disabled by Ana"),
    ],
)
def test_details_of_what_was_done_say_what_was_done_and_how_it_was_then(state: State, first: str) -> None:
    found = proposal(
        5, state=state, moves=[transition(State.APPROVED, hours=48), transition(state, hours=47)]
    )
    done = tuple(Outcome(ref=ref, result=Result.DONE) for ref in found.refs[:2])
    text = all_text(details(Card(proposal=found, outcomes=done), {}, NAMES, NOW))
    assert first in text
    assert "?*" not in text, "nothing is asked any more"
    assert all((code in text) == (n < 2) for n, code in enumerate(f"`{r.model_id}`\n" for r in found.refs))
    if state != State.APPROVED:
        assert "94 failures in 2 days, last answer 2 days before." in text


@pytest.mark.parametrize("state", [State.PENDING, State.SNOOZED, State.REJECTED])
def test_details_of_what_is_asked_again_leave_out_no_model_that_an_earlier_batch_did_not_try(
    state: State,
) -> None:
    again = proposal(3, state=state, moves=[transition(State.CONFLICTED, hours=48), transition(state)])
    tried = tuple(Outcome(ref=ref, result=Result.CONFLICT) for ref in again.refs[:2])
    text = all_text(details(Card(proposal=again, outcomes=tried), {}, NAMES, NOW))
    assert all(f"`{ref.model_id}`\n" in text for ref in again.refs)


def test_details_of_a_review_name_each_offers_provider_and_what_was_not_added() -> None:
    asked = new_models(3)
    added = asked.model_copy(update={"state": State.EXECUTED, "moves": (transition(State.APPROVED),)})
    done = tuple(Outcome(ref=ref, result=Result.DONE) for ref in asked.refs[:2])
    text = all_text(details(Card(proposal=added, outcomes=done), {}, NAMES, NOW))
    assert "2 models added" in text
    assert "`new-0` on p0" in text
    assert "`new-0` on p1" in text
    assert "new-1" not in text
    assert "Not added: 4 offers." in text
    assert "did not run" not in all_text(
        details(Card(proposal=added), dict.fromkeys(asked.refs, [None] * 14), NAMES, NOW)
    ), "what nobody has run yet has no days"


def new_models(count: int, providers: int = 2, name: str = "New {}") -> Proposal:
    members = tuple(
        member(
            f"new-{n}",
            f"p{p}",
            display_name=name.format(n),
            origin="128k context · $0.50 in · on p0's own list",
        )
        for n in range(count)
        for p in range(providers)
    )
    return proposal(members=members, action=ProposalAction.ADD, scope=None, kind=None, provider="")


@pytest.mark.parametrize("count", [1, 25, 95, 400])
@pytest.mark.parametrize("providers", [1, 2, 12])
def test_review_fits_at_any_number_of_new_models(count: int, providers: int) -> None:
    check_view(review(new_models(count, providers)))
    check_view(review(new_models(count, providers, name=HOSTILE[:295] + "{}")))


def test_review_groups_providers_by_model_and_ticks_nothing() -> None:
    found = new_models(2)
    view = review(found)
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    assert labels[:3] == ["What becomes of what you tick", "New 0", "New 1"]
    assert picked(submitted(view), found.refs) == ()


@pytest.mark.parametrize(("choice", "wrong"), [("", {"choice"}), ("add", set()), ("never", set())])
def test_review_wants_an_answer_of_its_reader(choice: str, wrong: set[str]) -> None:
    view = submitted(review(new_models(2)), choice=choice)
    assert "initial_option" not in str(view["blocks"])
    assert set(unanswered(view)) == wrong


def test_a_dialog_that_asks_for_no_choice_misses_none() -> None:
    assert unanswered(submitted(pause_reason())) == {}
    assert unanswered(submitted(reject_reason(proposal(1)))) == {}


def test_review_adds_only_what_was_ticked() -> None:
    found = new_models(200)
    view = tick(submitted(review(found), choice=Origin.NEVER), "0", "3")
    assert picked(view, found.refs) == (
        ModelRef(provider="p0", model_id="new-0"),
        ModelRef(provider="p1", model_id="new-1"),
    )
    assert choice_in(view) == "never"


@pytest.mark.parametrize(("count", "providers"), [(13, 1), (60, 6), (400, 12)])
def test_review_answers_for_all_of_a_provider_at_once(count: int, providers: int) -> None:
    found = new_models(count, providers)
    options = [o for b in review(found)["blocks"] for o in b.get("element", {}).get("options", ())]
    wide = {o["text"]["text"]: o["value"] for o in options if o["value"].startswith("all.")}
    assert set(wide) == {f"p{p}: all {count:,}" for p in range(providers)}
    whole = wide[f"p{providers - 1}: all {count:,}"]
    view = tick(submitted(review(found), choice=Origin.NOT_NOW), whole)
    members = picked(view, found.members, lambda one: one.ref.provider)
    assert members == tuple(one for one in found.members if one.ref.provider == f"p{providers - 1}")
    both = picked(tick(submitted(review(found)), whole, "0"), found.members, lambda one: one.ref.provider)
    assert set(both) == {found.members[0], *members}


def test_few_new_models_are_answered_one_by_one() -> None:
    assert "all." not in str(review(new_models(2)))


@pytest.mark.parametrize("strange", ["all.400", "all.x", "all.", "all.-1", "all.rest", "400"])
def test_review_takes_no_tick_that_it_never_drew(strange: str) -> None:
    found = new_models(2)
    view = submitted(review(found))
    view["state"]["values"]["tick.0"]["tick.0"]["selected_options"] = [{"value": strange}]
    with pytest.raises(ValueError, match=r"no such choice|invalid literal"):
        picked(view, found.members, lambda one: one.ref.provider)


def test_one_new_model_is_not_called_models() -> None:
    assert review(new_models(1, 1))["title"]["text"] == "1 new model"


@pytest.mark.parametrize("view", [pause_reason(), closed("P-412 is over."), progress("Looking…")])
def test_the_small_modals_keep_the_limits(view: dict[str, Any]) -> None:
    check_view(view)


def test_a_view_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Target.parse("")


def test_undo_says_who_did_it_and_when() -> None:
    text = all_text(undo(entry(1, started_at=ago(3)), NAMES, NOW))
    assert "Ana disabled `model-0` on bedrock 3 hours ago." in text


def test_undo_of_an_addition_says_that_it_is_removed() -> None:
    text = all_text(undo(entry(2, action=ProposalAction.ADD, provider=""), NAMES, NOW))
    assert "What was added is removed again; what somebody changed since is left alone." in text


@pytest.mark.parametrize(("lines", "sections"), [(1, 1), (40, 2), (400, 14), (800, 14)])
def test_what_came_of_many_decisions_takes_as_many_sections_as_it_needs(lines: int, sections: int) -> None:
    said = [f"*J-{n}* · Ana disabled `model-{n}` on groq: “{'ü' * 50}”" for n in range(lines)]
    view = closed("\n".join(said))
    check_view(view)
    shown = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert len(shown) == sections
    assert "\n".join(shown).split("\n") == said[: sum(text.count("\n") + 1 for text in shown)]
    assert (sum(text.count("\n") + 1 for text in shown) < lines) == ("There is more" in all_text(view))
