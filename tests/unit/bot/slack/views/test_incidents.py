from typing import Any

import pytest

from bot.slack.views.actions import Target
from bot.slack.views.content import Message
from bot.slack.views.incidents import incident, incident_of, target
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


def drawn(shown: Incident) -> Message:
    message = incident(shown, NAMES, NOW)
    check_message(message)
    return message


@pytest.mark.parametrize("kind", list(Trouble))
@pytest.mark.parametrize("owner", ["", ANA, "U0NEW"])
@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("provider", ["deepinfra", HOSTILE])
def test_every_stage_of_every_trouble_keeps_the_limits(
    kind: Trouble, owner: str, over: bool, provider: str
) -> None:
    drawn(trouble(kind, provider, owner=owner, over_at=NOW if over else None))


def test_an_outage_says_what_fails_and_asks_for_an_owner() -> None:
    message = drawn(trouble())
    assert "🔴 *deepinfra* is out of credit · 41 of 41 models fail" in all_text(message)
    assert message.text == "🔴 deepinfra is out of credit · 41 of 41 models fail · 6 hours"
    assert len(actions_of(message)) == 1


def test_an_owner_is_named_and_nobody_else_is_asked() -> None:
    message = drawn(trouble(owner=ANA))
    assert "👀 Ana is on it" in all_text(message)
    assert [action.split(".")[0] for action in actions_of(message)] == ["disown"]


def test_it_closes_with_its_duration() -> None:
    message = drawn(trouble(owner=ANA, over_at=NOW))
    assert message.text == "✅ deepinfra answers again · over after 6 hours · Ana was on it"


def test_a_leak_asks_for_a_new_key() -> None:
    text = all_text(drawn(trouble(Trouble.LEAK, "together")))
    assert "🔑 Key-like text in 12 error rows of *together*" in text
    assert "Rotate the key at the provider, then purge the rows" in text


def test_silence_judges_nothing() -> None:
    assert "I judge nothing until it answers." in all_text(drawn(trouble(Trouble.SILENCE, "")))


def test_its_button_leads_back_to_it_whatever_the_provider_is_called() -> None:
    known = [trouble(provider="a:b"), trouble(provider=HOSTILE)]
    for shown in known:
        assert incident_of(Target.parse(str(target(shown))), known) == shown
    assert incident_of(Target(id="unknown"), known) is None
