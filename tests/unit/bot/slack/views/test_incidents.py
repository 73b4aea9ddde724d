from typing import Any

import pytest

from bot.slack.views.actions import Target
from bot.slack.views.content import Message
from bot.slack.views.incidents import incident_of, message
from operator_core.diagnosis.incidents import Incident, Observation, Trouble
from operator_core.domain.kinds import Kind
from support.slack_limits import actions_of, all_text, check_message
from support.view_values import ANA, HOSTILE, NAMES, NOW, ago


def trouble(kind: Trouble = Trouble.OUTAGE, provider: str = "deepinfra", **fields: Any) -> Incident:
    seen = Observation(
        key=f"{kind}:{provider}",
        trouble=kind,
        provider=provider,
        kind=Kind.BILLING if kind == Trouble.OUTAGE else None,
        models=41,
        enabled=41,
        rows=12,
        since=ago(6),
    )
    return Incident(seen=seen, opened_at=ago(5), **fields)


CALLS = "<@U0ONCALL> <!subteam^S0ONCALL>"


def drawn(*together: Incident) -> Message:
    said = message(together, NAMES, NOW, CALLS)
    check_message(said)
    return said


@pytest.mark.parametrize("kind", list(Trouble))
@pytest.mark.parametrize("owner", ["", ANA, "U0NEW"])
@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("provider", ["deepinfra", HOSTILE])
def test_every_stage_of_every_trouble_keeps_the_limits(
    kind: Trouble, owner: str, over: bool, provider: str
) -> None:
    drawn(trouble(kind, provider, owner=owner, over_at=NOW if over else None))


def test_an_outage_says_what_fails_and_asks_for_an_owner() -> None:
    said = drawn(trouble())
    assert "🔴 *deepinfra* is out of credit · 41 of 41 models fail" in all_text(said)
    assert said.text == "🔴 deepinfra is out of credit · 41 of 41 models fail · 6 hours"
    assert len(actions_of(said)) == 1


def test_an_owner_is_named_and_nobody_else_is_asked() -> None:
    said = drawn(trouble(owner=ANA))
    assert "👀 Ana is on it" in all_text(said)
    assert [action.split(".")[0] for action in actions_of(said)] == ["disown"]


def test_it_closes_with_its_duration() -> None:
    said = drawn(trouble(owner=ANA, over_at=NOW))
    assert said.text == "✅ deepinfra answers again · over after 6 hours · Ana was on it"


def test_a_leak_asks_for_a_new_key() -> None:
    text = all_text(drawn(trouble(Trouble.LEAK, "together")))
    assert "🔑 Key-like text in 12 error rows of *together*" in text
    assert "Rotate the key at the provider, then purge the rows" in text


def test_silence_judges_nothing() -> None:
    assert "I judge nothing until it answers." in all_text(drawn(trouble(Trouble.SILENCE, "")))


def test_its_button_leads_back_to_it_whatever_the_provider_is_called() -> None:
    known = [trouble(provider="a:b"), trouble(provider=HOSTILE)]
    for shown in known:
        assert incident_of(Target.parse(str(Target.about(shown.key))), known) == shown
    assert incident_of(Target(id="unknown"), known) is None


@pytest.mark.parametrize("kind", list(Trouble))
@pytest.mark.parametrize("over", [False, True])
def test_what_cannot_wait_mentions_somebody_while_it_lasts(kind: Trouble, over: bool) -> None:
    said = all_text(drawn(trouble(kind, over_at=NOW if over else None)))
    assert (CALLS in said) == (kind != Trouble.OUTAGE and not over)


def test_several_that_share_a_message_keep_their_own_buttons() -> None:
    together = [trouble(provider=name) for name in ("deepinfra", "together", HOSTILE)]
    said = drawn(*together, trouble(Trouble.LEAK, "groq", over_at=NOW))
    assert len(set(actions_of(said))) == 3
    assert said.text.count("is out of credit") == 3
