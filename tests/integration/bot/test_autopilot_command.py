"""`ai-operator autopilot`, and what `history` and `undo` make of a choice."""

import getpass
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from rich.console import Console

from bot.commands.execute import autopilot, undo
from bot.commands.history import history
from operator_core.domain.mode import Mode
from operator_core.errors import StaleProposal
from operator_core.use_cases import UseCases
from support.core import core_over, with_values
from support.shipped import SETTINGS

SHADOW_AT_MOST = with_values(SETTINGS, policy={"autopilot": Mode.SHADOW})


@pytest.fixture
async def use_cases(database: AsyncDatabase[dict[str, Any]]) -> AsyncIterator[UseCases]:
    async with core_over(database, None, begins=None) as (core, _):
        yield core


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=160)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_it_shows_and_chooses_as_the_one_who_is_logged_in(
    use_cases: UseCases, console: Console
) -> None:
    await autopilot(use_cases, console)
    assert "Autopilot in shadow, 0 of 20 changes used" in printed(console)
    await autopilot(use_cases, console, Mode.ON)
    me = getpass.getuser()
    assert f"Autopilot on, 0 of 20 changes used since a person last acted · chosen by {me}" in printed(
        console
    )
    [entry] = await use_cases.stores.journal.recent()
    assert entry.by == f"cli:{me}"


async def test_its_choice_stands_in_history_and_undo_takes_it_back(
    use_cases: UseCases, console: Console
) -> None:
    await autopilot(use_cases, console, Mode.OFF)
    await undo(use_cases, console, "J-M1", yes=False)
    assert (await use_cases.mode.in_force()).mode == Mode.OFF, "without --yes it only shows"
    await undo(use_cases, console, "J-M1", yes=True)
    assert (await use_cases.mode.in_force()).mode == Mode.SHADOW
    with pytest.raises(StaleProposal, match="J-M1 is not the last choice: somebody chose shadow since"):
        await undo(use_cases, console, "J-M1", yes=True)
    as_json = Console(file=io.StringIO(), width=40)
    await history(use_cases, as_json, json=True)
    assert {one["id"]: one["mode"] for one in json.loads(printed(as_json))} == {
        "J-M1": ["shadow", "off"],
        "J-M1u1": ["off", "shadow"],
    }
    await history(use_cases, console)
    assert "autopilot from shadow to off" in printed(console)


async def test_more_than_operator_toml_allows_is_refused(
    database: AsyncDatabase[dict[str, Any]], console: Console
) -> None:
    async with core_over(database, None, settings=SHADOW_AT_MOST, begins=Mode.ON) as (core, _):
        await autopilot(core, console)
        assert "Autopilot in shadow" in printed(console)
        assert "operator.toml allows no more" in printed(console)
        with pytest.raises(StaleProposal, match="allows shadow at most, not on"):
            await autopilot(core, console, Mode.ON)
