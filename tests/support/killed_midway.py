"""A process that approves P-1 for two of its models, and is killed when so many steps have gone well."""

import asyncio
import os
import signal
import sys

from pymongo import AsyncMongoClient

from operator_core.execution.executor import Executor, Progress
from operator_core.store.stores import Stores
from support.small_catalogue import MONGO, Clock, Document, ref


async def main(uri: str, name: str, steps: int) -> None:
    left = [None] * steps

    async def die(progress: Progress) -> None:
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left.pop()

    async with AsyncMongoClient[Document](uri, tz_aware=True) as client:
        executor = Executor(Stores(client[name], MONGO), owner="killed", clock=Clock(), on_progress=die)
        await executor.execute("P-1", 1, by="U1", refs=[ref("a"), ref("b")], reason="vendor mail")


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
