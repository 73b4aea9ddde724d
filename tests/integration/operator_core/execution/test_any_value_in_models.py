"""Other programs write `models` too: no value of BSON stops a change, its undo, recovery or a run."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import bson
import pytest
from bson import Binary, Decimal128, MaxKey, ObjectId, Timestamp
from bson.datetime_ms import DatetimeMS
from pymongo.errors import OperationFailure

from operator_core.domain.changes import Image, Result
from operator_core.domain.journal import LEASE
from operator_core.execution.aftermath import notice_reenabled
from operator_core.execution.executor import Executor
from operator_core.store.mongo import for_reading, for_writing
from operator_core.store.stores import Stores
from support.core import core_over
from support.crashes import Crash, dies_at
from support.small_catalogue import MONGO, NOW, Clock, Database, Document, document, draft, ref, stores_with

YEAR_57857 = DatetimeMS(1_763_715_135_000_000)
IDS: dict[str, object] = {
    "a document": {"provider": "bedrock", "n": [1, {"deep": None}]},
    "a time of the year 57857": YEAR_57857,
    "binary": b"\x00\xff",
    "binary of another kind": Binary(b"\x01", 128),
    "a uuid": Binary.from_uuid(UUID(int=7)),
    "a number": 7,
    "a long number": 2**62,
    "a decimal": Decimal128("1.50"),
    "an object id": ObjectId(),
    "nothing": None,
    "truth": True,
}
FIELDS: dict[str, object] = {
    "a year beyond 9999": YEAR_57857,
    "a year before the first": DatetimeMS(-(10**15)),
    "a timestamp": Timestamp(1, 1),
    "the largest key": MaxKey(),
    "a document": {"date": "never"},
    "no number": float("nan"),
}


async def unless_refused(database: Database, value: object) -> None:
    """The embedded server stores no such time; a real one does (--mongodb-uri)."""
    try:
        await database["odd"].insert_one({"value": value})
    except OperationFailure as refused:
        pytest.skip(f"this server stores no {value!r}: {refused.code}")


async def switched_off_and_on(stores: Stores, name: str = "odd") -> None:
    """Approved, carried out, taken back."""
    await stores.proposals.insert(draft((name,)), NOW)
    executor = Executor(stores, owner="me", clock=Clock())
    done = await executor.execute("P-1", 1, by="U1")
    assert [outcome.result for outcome in done.entry.outcomes] == [Result.DONE], done.entry.outcomes
    assert (await one_of(stores, name))["enabled"] is False
    undone = await executor.undo(done.entry.id, by="U1")
    assert [outcome.result for outcome in undone.entry.outcomes] == [Result.DONE], undone.entry.outcomes


async def one_of(stores: Stores, name: str) -> Document:
    found = await stores.models.find_one({"model_id": name})
    assert found is not None
    return found


@pytest.mark.parametrize("kind", IDS)
async def test_an_id_of_any_type_is_changed_and_taken_back(database: Database, kind: str) -> None:
    await unless_refused(database, IDS[kind])
    odd = {**document("odd"), "_id": IDS[kind]}
    stores = await stores_with(database, odd, document("a"))

    await switched_off_and_on(stores)

    assert await one_of(stores, "odd") == odd
    assert (await one_of(stores, "a"))["enabled"] is True


@pytest.mark.parametrize("kind", IDS)
async def test_an_id_of_any_type_is_finished_by_recovery_and_noticed_when_enabled_again(
    database: Database, kind: str
) -> None:
    await unless_refused(database, IDS[kind])
    stores = await stores_with(database, {**document("odd"), "_id": IDS[kind]})
    await stores.proposals.insert(draft(("odd",)), NOW)
    dead = Executor(stores, owner="dead", clock=Clock(), on_progress=dies_at("opened"))
    with pytest.raises(Crash):
        await dead.execute("P-1", 1, by="U1")

    [finished] = await Executor(stores, owner="me", clock=Clock(NOW + 2 * LEASE)).recover()
    assert [outcome.result for outcome in finished.entry.outcomes] == [Result.DONE]
    await stores.models.update_one({}, {"$set": {"enabled": True}})
    assert await notice_reenabled(stores, NOW) == (ref("odd"),)


@pytest.mark.parametrize("field", ["created_at", "disabled_at", "display_name", "successor_model"])
@pytest.mark.parametrize("kind", FIELDS)
async def test_a_field_of_any_type_stops_no_change(database: Database, kind: str, field: str) -> None:
    await unless_refused(database, FIELDS[kind])
    odd = {**document("odd"), field: FIELDS[kind]}
    stores = await stores_with(database, odd)
    await switched_off_and_on(stores)
    assert bson.encode(await one_of(stores, "odd")) == bson.encode(odd)


@pytest.mark.parametrize("kind", FIELDS)
async def test_a_run_goes_on_beside_any_value(database: Database, kind: str) -> None:
    await unless_refused(database, FIELDS[kind])
    odd = {**document("odd", created_at=FIELDS[kind], disabled_at=FIELDS[kind]), "_id": {"kind": kind}}
    await database["models"].insert_many(
        [odd, document("a"), {"_id": FIELDS[kind], "model_id": FIELDS[kind]}]
    )
    await database[MONGO.successes].insert_one(
        {"_id": {"x": 1}, "provider": "bedrock", "model_name": "a", "gen_ts": NOW, "run_ts": FIELDS[kind]}
    )
    async with core_over(database, None) as (use_cases, _):
        run, _ = await use_cases.run("test")
    assert run.models >= 2


@pytest.mark.parametrize("options", [for_reading, for_writing])
@pytest.mark.parametrize(
    "value", [YEAR_57857, DatetimeMS(-(10**15)), DatetimeMS(0), Timestamp(1, 1), MaxKey()]
)
async def test_what_is_read_is_written_back_as_it_was(
    database: Database, options: Callable[[Database], Database], value: object
) -> None:
    codec = options(database).codec_options
    raw = bson.encode({"_id": {"t": value}, "created_at": value})
    read = bson.decode(raw, codec_options=codec)
    assert bson.encode(read, codec_options=codec) == raw
    for_people = Image.taken(read, ["created_at"]).differences({"created_at": "other"})
    assert for_people, "a difference can be told"


@pytest.mark.parametrize("options", [for_reading, for_writing])
async def test_text_that_is_not_utf_8_is_read(
    database: Database, options: Callable[[Database], Database]
) -> None:
    raw = bson.encode({"name": "caf?"}).replace(b"caf?", b"caf\xe9")
    read = bson.decode(raw, codec_options=options(database).codec_options)
    assert read == {"name": "caf\ufffd"}


async def test_our_own_document_with_such_a_time_is_named_and_stops_nothing(database: Database) -> None:
    await unless_refused(database, YEAR_57857)
    stores = await stores_with(database)
    await stores.proposals.insert(draft(), NOW)
    far: Any = {"updated_at": YEAR_57857}
    await database["operator_proposals"].update_one({}, {"$set": far})
    await stores.proposals.insert(draft(("b",), fingerprint="f2"), datetime(2026, 11, 18, tzinfo=UTC))
    assert [proposal.id for proposal in await stores.proposals.open()] == ["P-2"]
    assert "P-1 in operator_proposals can't be read by this version: updated_at" in stores.notes.lines[0]
