"""How the bot itself is doing, for `/operator status` and App Home."""

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from bot.schedule import upcoming
from bot.services import Services
from bot.slack.posting.digest_content import autopilot_now
from bot.slack.posting.last_words import last_words
from bot.slack.posting.neighbours import neighbours
from bot.slack.posting.records import owed_edits
from bot.slack.views.replies import Status
from discovery.sources.syncs import Ledger
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.words import ago, plural


async def status_of(services: Services) -> Status:
    """Everything that a person who doubts the bot would look at."""
    stores, settings, resources = services.stores, services.settings, services.use_cases.resources
    llm = settings.llm.model
    good = await stores.runs.last_good()
    latest = await stores.runs.recent(1)
    degraded = list(latest[0].run.notes) if latest and latest[0].run is not None else []
    if latest and latest[0].error:
        degraded.append(f"The last run failed: {latest[0].error}")
    degraded += (*await services.approvers.trouble(), *await neighbours(services.cards))
    if refusal := await stores.channel_refusal.get():
        degraded.append(f"{refusal.words}. Until one goes through, I do nothing by myself.")
    owed = Counter(edit.why for edit in (await owed_edits(stores).all()).values() if not edit.lost)
    degraded += (f"{plural(n, 'message')} can't be edited: {why}" for why, n in owed.items())
    if (words := await last_words(stores).get()) and words.refused:
        degraded.append(f"If I died, nobody would be told: {words.refused}")
    return Status(
        version=version("ai-operator"),
        last_good_run=good.started_at if good else None,
        next_digest=upcoming(services.now(), settings.schedule.digest_at, settings.schedule.zone),
        llm=llm if resources.advisor else f"{llm}, but {resources.no_advisor}: written rules judge",
        database=f"{settings.mongodb.database} answers",
        discovery=await _discovery(services),
        autopilot=await autopilot_now(services.use_cases),
        maintenance=await stores.maintenance.current(services.now()),
        brakes=_brakes(await stores.proposals.waiting()),
        degraded=(*await stores.left_alone(), *degraded),
    )


def _brakes(waiting: Sequence[Proposal]) -> tuple[str, ...]:
    """What keeps the autopilot from going on with what waits, and for how many models."""
    gates = Counter(
        member.gate
        for proposal in waiting
        if proposal.state == State.PENDING and proposal.action == ProposalAction.DISABLE
        for member in proposal.members
        if member.gate
    )
    return tuple(f"{plural(count, 'model')}, because {gate}" for gate, count in gates.most_common())


async def _discovery(services: Services) -> str:
    latest = await Ledger(services.stores.database, services.stores.notes).latest("openrouter")
    if latest is None:
        return "the catalogue was not fetched yet"
    why = f": {latest.outcome}, {latest.reason}" if latest.reason else ""
    return f"catalogue fetched {ago(services.now() - latest.started_at)}{why}"
