"""Who was here is written down when it is news, and by whichever replica heard of it."""

from datetime import timedelta

from bot.slack.people import People
from operator_core.domain.mode import ApproverAction
from operator_core.store.stores import Stores
from support.small_catalogue import MONGO, NOW, Database


async def test_a_name_is_learnt_and_a_new_one_replaces_it(database: Database) -> None:
    stores = Stores(database, MONGO)
    one, other = People(stores), People(stores)
    await one.met("U1", "ana")
    await other.met("U2", "ben")
    await one.met("U1", "")
    assert await stores.people.names() == {"U1": "ana", "U2": "ben"}

    await one.met("U1", "ana.maria")
    assert await stores.people.names() == {"U1": "ana.maria", "U2": "ben"}


async def test_an_approver_who_clicks_on_is_noted_once_and_later_again(database: Database) -> None:
    stores = Stores(database, MONGO)
    people = People(stores)
    await people.acted("U1", NOW)
    await people.acted("U1", NOW + timedelta(seconds=9))
    assert await stores.approver_action.get() == ApproverAction(by="U1", at=NOW)

    await people.acted("U1", NOW + timedelta(seconds=10))
    assert await stores.approver_action.get() == ApproverAction(by="U1", at=NOW + timedelta(seconds=10))

    await people.acted("U2", NOW + timedelta(seconds=11))
    assert await stores.approver_action.get() == ApproverAction(by="U2", at=NOW + timedelta(seconds=11))


async def test_a_clock_that_was_set_back_hides_nobody(database: Database) -> None:
    stores = Stores(database, MONGO)
    people = People(stores)
    await people.acted("U1", NOW)

    await people.acted("U1", NOW - timedelta(minutes=5))

    assert await stores.approver_action.get() == ApproverAction(by="U1", at=NOW - timedelta(minutes=5))
