"""Payloads of another workspace change nothing, in both modes, whoever they say it was."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.slack.listeners.dispatch import Click
from bot.slack.views.actions import Target
from sandbox.slack import SlackStandIn, payloads
from support.world import ANA, CHANNEL, World, bot_at_work, cards, digest_of, form, now, result, told

pytestmark = pytest.mark.both_modes
Json = dict[str, Any]
THERE = {"id": "T0OTHER", "domain": "other"}
FOREIGN: dict[str, Callable[[Json], Json]] = {
    "another team": lambda p: p | {"team": THERE},
    "another team of another organisation": lambda p: p | {"team": THERE, "enterprise": {"id": "E0OTHER"}},
    "an organisation, and no team": lambda p: p | {"team": None, "enterprise": {"id": "E0OTHER"}},
    "neither team nor organisation": lambda p: {
        k: v for k, v in p.items() if k not in {"team", "enterprise"}
    },
    "ours and another at once": lambda p: p | {"team_id": THERE["id"]},
    "another above ours": lambda p: p | {"team_id": p["team"]["id"], "team": THERE},
    "a name that is no team": lambda p: p | {"team": p["team"]["id"]},
    "several teams, ours among them": lambda p: p | {"team": [p["team"], THERE]},
    "ours in other letters": lambda p: p | {"team": {"id": p["team"]["id"].lower()}},
    "a team whose id is a list": lambda p: p | {"team": {"id": [p["team"]["id"]]}},
    "empty ids": lambda p: p | {"team": {"id": ""}, "enterprise": {}},
    "a dialog of another installation": lambda p: p | {"view": {"app_installed_team_id": THERE["id"]}},
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_click_of_another_workspace_changes_nothing(
    world: World, slack: SlackStandIn, name: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        payload = slack.person(ANA).pressed(digest, f"approve.{card}")
        payload["user"]["name"] = payload["user"]["username"] = "mallory"
        calls = len(slack.calls)
        await slack.courier.deliver("interactive", FOREIGN[name](payload))
        await slack.settled()
        assert len(slack.calls) == calls, "nobody is told, and nothing is drawn"
        assert await world.journal() == []
        assert "mallory" not in str(await services.use_cases.names())
        assert cards(now(slack, digest)) == [card]
        assert (await slack.courier.deliver("interactive", payload)).acked, "ours goes on to be heard"
        await slack.until(lambda: cards(now(slack, digest)) == [])


@pytest.mark.parametrize("text", ["pause", "disable groq", "status"])
async def test_a_command_of_another_workspace_is_not_heard(
    world: World, slack: SlackStandIn, text: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        calls = len(slack.calls)
        slack.workspace.team_id, ours = "T0OTHER", slack.workspace.team_id
        await slack.person(ANA).command("/operator", text, CHANNEL)
        await slack.person(ANA).open_home()
        slack.workspace.team_id = ours
        await slack.settled()
        assert len(slack.calls) == calls
        assert slack.ephemerals(ANA) == []
        assert await services.use_cases.stores.pause.get() is None


@pytest.mark.parametrize("name", ["another team", "empty ids", "a dialog of another installation"])
async def test_a_dialog_that_another_workspace_submits_or_closes_stays_as_it_was(
    world: World, slack: SlackStandIn, name: str
) -> None:
    await world.models("groq", 3)
    async with bot_at_work(world, slack):
        ana = slack.person(ANA)
        await ana.command("/operator", "disable groq", CHANNEL)
        view = await form(slack, ANA)
        [draft] = await world.database["operator_proposals"].find().to_list()
        values = {"state": {"values": ana.fill_in()}}
        sent = FOREIGN[name](payloads.submission(slack.workspace, ana.profile, view | values))
        closed = FOREIGN[name](payloads.closing(slack.workspace, ana.profile, view, cleared=False))
        for payload in (sent, closed):
            payload["view"] = view | values | payload["view"]
            await slack.courier.deliver("interactive", payload)
        await slack.settled()
        assert await world.journal() == []
        assert await world.database["operator_proposals"].find().to_list() == [draft]
        await ana.submit()
        assert "disabled 3 groq models" in await result(slack, ANA)


E1 = {"id": "E1"}


@pytest.mark.parametrize(
    ("team", "enterprise", "user", "external"),
    [
        (None, E1, {"team_id": "T1"}, False),
        (None, E1, {"team_id": "T2", "enterprise_id": "E1"}, False),
        (None, E1, {}, False),
        (None, E1, {"team_id": "T1", "enterprise_id": "E2"}, True),
        ({"id": "T1"}, None, {"team_id": "T1"}, False),
        ({"id": "T1"}, E1, {"team_id": "E1"}, False),
        ({"id": "T1"}, E1, {"team_id": "T2"}, True),
        ({"id": "T1"}, None, {"team_id": "T2"}, True),
    ],
)
def test_who_is_a_stranger_is_told_by_the_team_or_in_an_organisation_by_that(
    team: Json | None, enterprise: Json | None, user: Json, external: bool
) -> None:
    button = {"value": str(Target(id="P-1"))}
    body = {"team": team, "enterprise": enterprise, "user": {"id": ANA, **user}, "actions": [button]}
    assert Click.of(body).external == external


PRESSED: Json = {"team": {"id": "T1"}, "user": {"id": ANA}, "actions": [{"value": str(Target(id="P-1"))}]}


@pytest.mark.parametrize(
    "odd",
    [
        {"actions": [None]},
        {"actions": ["x"]},
        {"actions": [{"value": 7}]},
        {"user": None},
        {"user": {}},
        {"user": ANA},
    ],
)
def test_a_payload_that_no_button_of_ours_makes_is_refused_as_such(odd: Json) -> None:
    assert Click.of(PRESSED).user == ANA
    with pytest.raises(ValueError):  # noqa: PT011 - whichever part it is that can't be read
        Click.of(PRESSED | odd)


@pytest.mark.parametrize("button", ["approve", "reject"])
async def test_people_of_slack_connect_are_no_approvers_though_their_id_is_one(
    world: World, slack: SlackStandIn, button: str
) -> None:
    await world.gone("groq", 1, 20)
    async with bot_at_work(world, slack, max_changes_unattended=0) as services:
        digest = await digest_of(services, slack)
        [card] = cards(digest)
        payload = slack.person(ANA).pressed(digest, f"{button}.{card}")
        payload["user"] |= {"team_id": "T0OTHER", "name": "mallory", "username": "mallory"}
        before = await services.use_cases.stores.proposals.get(card)
        assert (await slack.courier.deliver("interactive", payload)).acked
        await told(slack, ANA, "Nothing changed.")
        assert await services.use_cases.stores.proposals.get(card) == before
        assert await services.use_cases.stores.approver_action.get() is None
        assert "mallory" not in str(await services.use_cases.names())
