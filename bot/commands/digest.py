"""`digest`: today's page in the terminal, or posted under the same claim as the schedule's."""

from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel

from bot.commands.shared import caller
from bot.discovery_job import discoverer_for
from bot.services import Services
from bot.settings import Settings, secret
from bot.slack.client import SlackClient
from bot.slack.posting.digest_content import digest_content
from bot.slack.views.digest import digest
from bot.terminal import as_rich
from bot.wiring import open_use_cases
from operator_core.errors import FactsUnreadable, NotFound
from operator_core.execution.aftermath import foreseen


async def show_digest(
    settings: Settings, console: Console, *, skip_run: bool, providers: Sequence[str] = ()
) -> None:
    """Shows the digest as it would read now. Nothing is posted, executed or written. Raises FactsUnreadable
    at the end where there was nothing to judge by."""
    async with open_use_cases(settings, with_llm=not skip_run, writes=False) as use_cases:
        run, unreadable = await use_cases.last_good_run() if skip_run else None, ""
        if skip_run and run is None:
            raise NotFound("no run is stored yet: leave --skip-operator out")
        if not skip_run:
            try:
                run = await use_cases.analyse(caller(), providers)
            except FactsUnreadable as error:
                unreadable = str(error)
        after = None if run is None or skip_run else await foreseen(use_cases.stores, run)
        content = await digest_content(use_cases, settings, run, unreadable, after)
        names = await use_cases.names()
        drawn = digest(content, names)
        console.print(Panel(as_rich(drawn.root.blocks, names), title="Slack", title_align="left"))
        for later in drawn.thread:
            console.print(Panel(as_rich(later.blocks, names), title="in the thread", title_align="left"))
        said = "`analyze` and `why` tell more, `pending` what waits already; who may write can `execute` that"
        console.print(f"This look wrote nothing. Buttons work in Slack. Here {said}.", style="dim")
        if unreadable:
            raise FactsUnreadable(unreadable)


async def post_digest(settings: Settings, console: Console, *, skip_run: bool) -> None:
    """Posts today's digest unless it was posted; acts first, as the schedule does."""
    token = secret("SLACK_BOT_TOKEN")
    async with open_use_cases(settings) as use_cases, discoverer_for(settings, use_cases) as discoverer:
        deployment = await use_cases.deployment()
        client = SlackClient(token, settings.slack, deployment.stamp)
        services = Services(settings, client, use_cases, discoverer, deployment)
        await services.ask_before_acting()
        today = use_cases.now().astimezone(settings.schedule.zone).date()
        ts = await services.digests.post_for(today, skip_run=skip_run)
    if ts is None:
        console.print(f"The digest of {today} was posted already, or is being posted by another process.")
    else:
        console.print(f"Posted the digest of {today} to {settings.slack.channel}.")
