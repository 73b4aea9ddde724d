import pytest

from bot.slack.views.card import Card
from bot.slack.views.home import home
from operator_core.domain.mode import Pause
from operator_core.domain.proposals import ProposalAction
from support.slack_limits import actions_of, all_text, check_view
from support.view_values import ANA, HOSTILE, NAMES, NOW, STATUS, autopilot, entry, hold, proposal


@pytest.mark.parametrize("count", [0, 1, 40, 400])
@pytest.mark.parametrize("hostile", [False, True])
def test_home_keeps_the_limits_at_any_size(count: int, hostile: bool) -> None:
    name, provider = (HOSTILE[:295] + "{}", HOSTILE) if hostile else ("m-{}", "bedrock")
    waiting = [Card(proposal=proposal(3, id_=f"P-{n}", name=name, provider=provider)) for n in range(count)]
    down = [
        Card(proposal=proposal(3, id_=f"D-{n}", action=ProposalAction.ATTEND, name=name, provider=provider))
        for n in range(count)
    ]
    holds = [hold(n, model_id=name, provider=provider, reason=name) for n in range(count)]
    entries = [entry(id_=f"J-{n}", name=name, provider=provider, reason=name) for n in range(count)]
    status = STATUS.model_copy(
        update={"degraded": (HOSTILE,) * count, "llm": HOSTILE, "brakes": (HOSTILE,) * count}
    )
    check_view(home(status, waiting, down, holds, entries, NAMES, NOW))


def test_home_shows_what_waits_and_how_to_take_back_what_was_done() -> None:
    view = home(STATUS, [Card(proposal=proposal())], [], [hold()], [entry()], NAMES, NOW)
    assert all_text(view).startswith("1 decision waits")
    assert actions_of(view) == [
        "approve.P-412",
        "reject.P-412",
        "more.P-412",
        "undo.J-412",
        "release.H-1",
        "pause.home",
        "holds.home",
    ]


def test_an_empty_home_says_that_nothing_waits() -> None:
    assert "✅ Nothing waits for you." in all_text(home(STATUS, [], [], [], [], NAMES, NOW))


def test_a_pause_is_shown_with_who_and_why_and_can_be_ended() -> None:
    status = STATUS.model_copy(
        update={"autopilot": autopilot(pause=Pause(by=ANA, at=NOW, reason="migration"))}
    )
    view = home(status, [], [], [], [], NAMES, NOW)
    assert "⏸ Autopilot paused by Ana" in all_text(view)
    assert "“migration”" in all_text(view)
    assert "resume.home" in actions_of(view)
