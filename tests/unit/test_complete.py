"""What belongs together is whole: commands and their help, kinds and their words, buttons and listeners."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

import pytest
import typer
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli import app as command_line
from bot.services import Services
from bot.slack.listeners import register
from bot.slack.listeners.commands import CHANGING, HANDLERS
from bot.slack.views import card, incidents, modals, replies, sections
from bot.slack.views.actions import Verb, action_id
from bot.slack.views.analysis import analysis
from bot.slack.views.content import DigestContent, Message
from bot.slack.views.forms import Form, ViewDict
from bot.slack.views.replies import USAGE
from operator_core.diagnosis.incidents import Incident, Observation, Trouble
from operator_core.diagnosis.partition import Partition, Place
from operator_core.domain.kinds import Kind, Traits
from operator_core.domain.proposals import ProposalAction
from operator_core.domain.runs import Run, SituationRecord
from operator_core.domain.situations import Scope
from support.slack_limits import all_text
from support.source import ROOT, modules
from support.view_values import LLM, NAMES, NOW, autopilot, hold, proposal, ref

VIEWS = "bot.slack.views"


def test_every_slack_command_has_its_usage_and_its_handler() -> None:
    assert list(USAGE) == list(HANDLERS), "in the order of the help"
    assert HANDLERS.keys() >= CHANGING


def test_every_command_of_the_terminal_stands_in_the_readme() -> None:
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("## On the command line\n")
    table, _, _ = after.strip().partition("\n\n")
    named = [name for row in table.splitlines()[2:] for name in named_in(row.split("|")[1])]
    assert sorted(named) == sorted(commands_of(typer.main.get_command(command_line)))


def named_in(cell: str) -> Iterator[str]:
    """`undo JOURNAL_ID` → "undo"; `discover fetch · stats` → "discover fetch" and "discover stats"."""
    for code in re.findall(r"`([^`]+)`", cell):
        first, *more = code.split(" · ")
        words = re.findall(r"^[a-z]+|(?<= )[a-z]+$", first)
        yield " ".join(words)
        yield from (f"{words[0]} {word}" for word in more)


def commands_of(command: object, group: str = "") -> Iterator[str]:
    children: Mapping[str, object] = getattr(command, "commands", {})
    if not children:
        yield group.strip()
    for name, child in children.items():
        yield from commands_of(child, f"{group} {name}")


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_all_its_traits(kind: Kind) -> None:
    assert all(isinstance(getattr(kind.traits, field.name), str | bool) for field in fields(Traits))
    assert kind.traits.words.strip()
    assert kind.traits.reasoning.endswith(".")
    assert kind.of_provider.strip()
    assert [other for other in Kind if other.traits.words == kind.traits.words] == [kind]


def down(kind: Kind) -> Message:
    trouble = proposal(action=ProposalAction.ATTEND, kind=kind)
    blocks = card.card(card.Card(proposal=trouble), NAMES, NOW)
    return Message(text="", blocks=tuple(blocks))


def outage(kind: Kind) -> Message:
    seen = Observation(
        key="k", trouble=Trouble.OUTAGE, provider="groq", kind=kind, models=4, enabled=4, since=NOW
    )
    return incidents.message([Incident(seen=seen, opened_at=NOW)], NAMES, NOW, "")


def analyzed(kind: Kind) -> Message:
    record = SituationRecord(
        id="s",
        provider="groq",
        scope=Scope.PATTERN,
        kind=kind,
        pattern="",
        models=(ref(),),
        provider_enabled=4,
        failing_since=NOW,
        last_success=None,
        failures=3,
        sample="",
        verdict=None,
    )
    run = Run(
        id="R",
        trigger="test",
        started_at=NOW,
        seconds=1,
        models=4,
        enabled=4,
        settled=3,
        judged=1,
        situations=(record,),
        decisions=(),
        llm=LLM,
    )
    return analysis(run, (), (), {}, NAMES, NOW)


def ours_to_fix(kind: Kind) -> str:
    shown = proposal(kind=kind)
    stands = Partition(where=dict.fromkeys(shown.refs, (Place.OURS, shown.id)))
    content = DigestContent(at=NOW, stands=stands, autopilot=autopilot(), llm=LLM)
    return "\n".join(sections.by_kind(content, [shown]))


DRAWING: Mapping[str, Callable[[Kind], Message | ViewDict | str]] = {
    "replies": lambda kind: replies.waiting_line(proposal(kind=kind), NOW),
    "evidence in analysis": analyzed,
    "evidence": down,
    "replies holds": lambda kind: replies.hold_line(hold(kind=kind), NAMES, NOW),
    "incidents": outage,
    "modals": lambda kind: modals.approve_all([proposal(kind=kind)]),
    "sections": ours_to_fix,
}
"""Each view that words kinds, and how it draws one."""


@pytest.mark.parametrize("view", DRAWING)
@pytest.mark.parametrize("kind", Kind)
def test_every_view_that_words_kinds_draws_each(view: str, kind: Kind) -> None:
    drawn = DRAWING[view](kind)
    text = drawn if isinstance(drawn, str) else all_text(drawn)
    assert kind.traits.words in text or kind.of_provider in text


def test_no_view_that_words_kinds_is_missing_here() -> None:
    wording = {name for attribute in ("traits", "of_provider") for name in views_with(attribute)}
    assert wording == {view.split()[0] for view in DRAWING}


def views_with(attribute: str) -> Iterator[str]:
    for module in modules():
        used = (node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute))
        if module.name.startswith(VIEWS) and attribute in used:
            yield module.path.stem


def drawn_members(owner: type[Verb] | type[Form]) -> set[str]:
    """The verbs or forms that views draw."""
    return {
        owner[node.attr].value
        for module in modules()
        if module.name.startswith(VIEWS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == owner.__name__
    }


def clicked(verb: str) -> dict[str, Any]:
    action = {"type": "button", "action_id": action_id(Verb(verb), "P-1"), "block_id": "b", "value": "P-1:1"}
    return {"type": "block_actions", "actions": [action]}


def submitted(form: str) -> dict[str, Any]:
    return {"type": "view_submission", "view": {"type": "modal", "callback_id": form}}


def closed(form: str) -> dict[str, Any]:
    return {"type": "view_closed", "view": {"type": "modal", "callback_id": form}}


COMMAND = {"command": "/operator", "text": "help"}
HOME = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}}


@pytest.fixture(scope="module")
def bolt() -> AsyncApp:
    """Bolt with all listeners; none of them runs."""

    async def nobody() -> AuthorizeResult:
        raise AssertionError("nothing is dispatched")

    app = AsyncApp(client=AsyncWebClient(), authorize=nobody)
    register(app, cast(Services, None))
    return app


async def listening(app: AsyncApp, body: dict[str, Any]) -> list[object]:
    request, response = AsyncBoltRequest(body=body, mode="socket_mode"), BoltResponse(status=200)
    return [one for one in app._async_listeners if await one.async_matches(req=request, resp=response)]


@pytest.mark.parametrize("verb", Verb)
async def test_every_button_is_drawn_and_has_one_listener(bolt: AsyncApp, verb: Verb) -> None:
    assert verb in drawn_members(Verb)
    assert len(await listening(bolt, clicked(verb))) == 1


@pytest.mark.parametrize("form", Form)
async def test_every_dialog_is_drawn_and_has_one_listener(bolt: AsyncApp, form: Form) -> None:
    assert form in drawn_members(Form)
    assert len(await listening(bolt, submitted(form))) == 1


async def test_no_listener_waits_for_what_no_view_draws(bolt: AsyncApp) -> None:
    clicks = [clicked(verb) for verb in drawn_members(Verb)]
    dialogs = [made(form) for form in drawn_members(Form) for made in (submitted, closed)]
    heard = [one for body in (*clicks, *dialogs, COMMAND, HOME) for one in await listening(bolt, body)]
    assert [one for one in bolt._async_listeners if one not in heard] == []
