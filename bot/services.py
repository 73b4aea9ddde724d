"""What the listeners need, put together once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.connection import Hearing
from bot.slack.errors import slack_errors_logged
from bot.slack.people import Approvers, People
from bot.slack.posting.cards import Cards
from bot.slack.posting.digests import Digests
from bot.slack.views.content import Message
from bot.slack.views.replies import restored
from discovery.pipeline import Discoverer
from operator_core.domain.mode import Deployment
from operator_core.store.records.state import KEY
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases

log = logger(__name__)


@dataclass(frozen=True)
class Services:
    """The bot's parts, shared by all listeners."""

    settings: Settings
    client: SlackClient
    use_cases: UseCases
    discoverer: Discoverer
    deployment: Deployment
    metrics: Metrics = field(default_factory=Metrics)
    stopwatch: Callable[[], float] = time.monotonic
    """Seconds that pass, whatever is done to the clock: for ages."""
    hearing: Hearing = field(default_factory=Hearing)

    @cached_property
    def approvers(self) -> Approvers:
        return Approvers(self.client, self.settings.slack.approvers, self.stopwatch)

    @cached_property
    def people(self) -> People:
        return People(self.stores)

    @cached_property
    def cards(self) -> Cards:
        return Cards(self.client, self.stores, self.use_cases.clock, self.deployment)

    @cached_property
    def digests(self) -> Digests:
        return Digests(self.use_cases, self.settings, self.cards, self.metrics, self.approvers)

    @property
    def stores(self) -> Stores:
        return self.use_cases.stores

    def now(self) -> datetime:
        return self.use_cases.now()

    async def tell(self, user: str, channel: str, message: Message, response_url: str = "") -> bool:
        """Says something to one person only, in the channel or by the URL that came with their gesture;
        whether it was said. A failure undoes nothing."""
        if channel:
            with slack_errors_logged(log.warning, "somebody could not be told", user=user):
                await self.client.chat_postEphemeral(channel=channel, user=user, **message.sent)
                return True
        return bool(response_url) and await self.client.answer_at(response_url, message.sent)

    async def ask_before_acting(self) -> None:
        """Says in a restored copy why the autopilot is paused; an approver's Resume ends it.

        What Slack refuses is logged, and said at the next start: the pause stands all the same.
        """
        if self.deployment.unasked:
            with slack_errors_logged(log.error, "nobody could be asked about a restored copy"):
                await self.cards.say(self.settings.slack.channel, restored(self.deployment))
                asked = self.deployment.model_copy(update={"unasked": False})
                await self.stores.records(KEY, Deployment).put(asked)
