"""Who was here is written down when it is news, and by whichever replica heard of it."""

from datetime import timedelta

from bot.slack.people import Visitors
from operator_core.domain.switches import Acted
from operator_core.store.records.state import OperatorState
from support.small_catalogue import NOW, Database


async def test_a_name_is_learnt_and_a_new_one_replaces_it(database: Database) -> None:
    state = OperatorState(database)
    one, other = Visitors(state), Visitors(state)
    await one.came("U1", "ana")
    await other.came("U2", "ben")
    await one.came("U1", "")
    assert await state.names() == {"U1": "ana", "U2": "ben"}

    await one.came("U1", "ana.maria")
    assert await state.names() == {"U1": "ana.maria", "U2": "ben"}


async def test_an_approver_who_clicks_on_is_noted_once_and_later_again(database: Database) -> None:
    state = OperatorState(database)
    visitors = Visitors(state)
    await visitors.acted("U1", NOW)
    await visitors.acted("U1", NOW + timedelta(seconds=9))
    assert await state.last_approver_action() == Acted(by="U1", at=NOW)

    await visitors.acted("U1", NOW + timedelta(seconds=10))
    assert await state.last_approver_action() == Acted(by="U1", at=NOW + timedelta(seconds=10))

    await visitors.acted("U2", NOW + timedelta(seconds=11))
    assert await state.last_approver_action() == Acted(by="U2", at=NOW + timedelta(seconds=11))


async def test_a_clock_that_was_set_back_hides_nobody(database: Database) -> None:
    state = OperatorState(database)
    visitors = Visitors(state)
    await visitors.acted("U1", NOW)

    await visitors.acted("U1", NOW - timedelta(minutes=5))

    assert await state.last_approver_action() == Acted(by="U1", at=NOW - timedelta(minutes=5))
