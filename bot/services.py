"""What the listeners need, put together once."""

from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from bot.settings import Settings
from bot.slack.approvers import Approvers
from bot.slack.errors import TROUBLE, why
from bot.slack.people import Visitors
from bot.slack.posting.cards import Board
from bot.slack.posting.digests import Digests
from discovery.pipeline import Discoverer
from operator_core.use_cases import Operations

log = logger(__name__)


@dataclass(frozen=True)
class Services:
    """The bot's parts, shared by all listeners."""

    settings: Settings
    client: AsyncWebClient
    operations: Operations
    approvers: Approvers
    visitors: Visitors
    board: Board
    digests: Digests
    metrics: Metrics
    discoverer: Discoverer

    @classmethod
    def of(
        cls, settings: Settings, client: AsyncWebClient, operations: Operations, discoverer: Discoverer
    ) -> "Services":
        board = Board(client, operations.stores, operations.clock)
        metrics = Metrics.fresh()
        approvers = Approvers(client, settings.slack.approvers, lambda: operations.now().timestamp())
        return cls(
            settings=settings,
            client=client,
            operations=operations,
            approvers=approvers,
            visitors=Visitors(operations.stores.state),
            board=board,
            digests=Digests(operations, settings, board, metrics, approvers),
            metrics=metrics,
            discoverer=discoverer,
        )

    def now(self) -> datetime:
        return self.operations.now()

    async def tell(self, user: str, channel: str, text: str) -> None:
        """Says something to one person only; a failure to do so is logged, and undoes nothing."""
        try:
            await self.client.chat_postEphemeral(channel=channel, user=user, text=text)
        except TROUBLE as error:
            log.warning("somebody could not be told", user=user, cause=why(error))
