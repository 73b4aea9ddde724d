"""A platform whose rows look otherwise is read through the view that docs/mongodb.md shows."""

import json
import re
from datetime import UTC, datetime

from documents.reading import fenced
from support.core import core_over, with_values
from support.shipped import SETTINGS
from support.source import ROOT
from support.world import Clock, Database, World

THEIRS = {
    "vendor": "$provider",
    "model": "$model_name",
    "at": "$ts",
    "text": "$message",
    "code": "$http_status",
}


async def test_failures_of_another_shape_are_read_through_a_view(database: Database) -> None:
    world = World(database, Clock(datetime.now(UTC)))
    gone = await world.gone_on_bedrock()
    await database["errors_cloud"].rename("my_errors")
    ours = [name.removeprefix("$") for name in THEIRS.values()]
    await database["my_errors"].update_many({}, [{"$set": THEIRS}, {"$unset": ours}])

    [script] = [one for one in fenced(ROOT / "docs" / "mongodb.md", "js") if "createView" in one]
    [(view, of, stages)] = re.findall(r'createView\("(\w+)", "(\w+)", (\[.*\])\)', script, re.DOTALL)
    pipeline = json.loads(re.sub(r"([$\w]+): ", r'"\1": ', stages))
    await database.command({"create": view, "viewOn": of, "pipeline": pipeline})

    settings = with_values(SETTINGS, mongodb={"errors": view})
    async with core_over(database, settings=settings, clock=world.clock) as (core, _):
        [situation] = (await core.analyse("test")).situations
    assert sorted(ref.model_id for ref in situation.models) == sorted(gone)
