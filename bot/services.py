"""What the listeners need, put together once."""

from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import logger
from bot.monitoring.metrics import Metrics
from bot.settings import Settings
from bot.slack.approvers import Approvers
from bot.slack.errors import SLACK_ERRORS, slack_error_code
from bot.slack.people import People
from bot.slack.posting.cards import Cards
from bot.slack.posting.digests import Digests
from discovery.pipeline import Discoverer
from operator_core.domain.deployment import Deployment
from operator_core.use_cases import UseCases

log = logger(__name__)


@dataclass(frozen=True)
class Services:
    """The bot's parts, shared by all listeners."""

    settings: Settings
    client: AsyncWebClient
    use_cases: UseCases
    approvers: Approvers
    people: People
    cards: Cards
    digests: Digests
    metrics: Metrics
    discoverer: Discoverer
    deployment: Deployment

    @classmethod
    def of(
        cls,
        settings: Settings,
        client: AsyncWebClient,
        use_cases: UseCases,
        discoverer: Discoverer,
        deployment: Deployment,
    ) -> "Services":
        cards = Cards(client, use_cases.stores, use_cases.clock, deployment)
        metrics = Metrics.fresh()
        approvers = Approvers(client, settings.slack.approvers, lambda: use_cases.now().timestamp())
        return cls(
            settings=settings,
            client=client,
            use_cases=use_cases,
            approvers=approvers,
            people=People(use_cases.stores),
            cards=cards,
            digests=Digests(use_cases, settings, cards, metrics, approvers),
            metrics=metrics,
            discoverer=discoverer,
            deployment=deployment,
        )

    def now(self) -> datetime:
        return self.use_cases.now()

    async def tell(self, user: str, channel: str, text: str) -> None:
        """Says something to one person only; a failure to do so is logged, and undoes nothing."""
        try:
            await self.client.chat_postEphemeral(channel=channel, user=user, text=text)
        except SLACK_ERRORS as error:
            log.warning("somebody could not be told", user=user, cause=slack_error_code(error))
