"""When the bot has done all that a click began: its tasks live in the test's own event loop."""

import asyncio

from sandbox.slack import SlackStandIn

PARTS = ("/bot/", "/slack_bolt/")
SECONDS = 60.0


def at_work() -> set["asyncio.Task[object]"]:
    """What the bot does right now, with what it does all the time."""
    return {
        task
        for task in asyncio.all_tasks()
        if (code := getattr(task.get_coro(), "cr_code", None)) and any(p in code.co_filename for p in PARTS)
    }


async def done(slack: SlackStandIn, before: set["asyncio.Task[object]"]) -> None:
    """Waits until it does no more than it did before, and nothing is on its way to Slack."""
    async with asyncio.timeout(SECONDS):
        while tasks := {task for task in at_work() - before if not task.done()}:
            await asyncio.wait(tasks)
    await slack.settled()
