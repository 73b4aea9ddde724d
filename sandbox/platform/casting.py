"""Who plays which role: providers' models are listed, some are run, and some of those get into trouble."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from operator_core.domain.base import ModelRef
from sandbox.platform.courses import NOTHING, OK, Phase, ago
from sandbox.platform.families import COUNTS, PROVIDERS, RENAMES, Offer, offers_of, title
from sandbox.platform.roles import ALWAYS, ROLES, Role
from sandbox.platform.values import Document, Row, Trouble, Truth, truth_of

ENABLED_FROM_NEWEST = 0.8
"""The scheduler runs none of the oldest fifth."""
FLAGGED = "anthropic"
UNLISTED: tuple[tuple[ModelRef, list[Phase]], ...] = (
    (ModelRef(provider="groq", model_id="compound-beta"), [ALWAYS]),
    (ModelRef(provider="openai", model_id="gpt-4.1-nano-exp"), [ALWAYS, (90, "missing")]),
    (ModelRef(provider="replicate", model_id="snowflake/snowflake-arctic-instruct"), [ALWAYS]),
)
"""Results name these, `models` doesn't; the last one's provider is unknown too."""
FORMER_TROUBLE = ("missing", "budget", "internal", "timed_out")


@dataclass
class Part:
    """A model, its document, what it goes through, and the truth about it."""

    ref: ModelRef
    truth: Truth
    document: Document | None = None
    offer: Offer | None = None
    phases: list[Phase] = field(default_factory=list)
    template: str = ""
    successor: str = ""
    successor_listed: bool = False
    first_in_line: bool = False


def cast(now: datetime, seed: int, scale: int, trouble: Trouble) -> list[Part]:
    """All models, in the default those that only results name included."""
    parts = [part for provider in PROVIDERS for part in _provider(provider, now, seed, scale, trouble)]
    if trouble != "default":
        return parts
    return [
        *parts,
        *(Part(ref=ref, truth=truth_of(ref, Row.UNLISTED), phases=story) for ref, story in UNLISTED),
    ]


def _provider(provider: str, now: datetime, seed: int, scale: int, trouble: Trouble) -> Iterator[Part]:
    roles_here = ROLES[trouble]
    rng = Random(f"{seed}/{provider}")
    offers = offers_of(provider, scale)
    renamed = any(role.rename and role.provider == provider for role in roles_here)
    renames = dict([rng.choice(RENAMES[provider])] if renamed else [])
    enabled = _enabled(provider, offers, renames, scale, rng)
    roles = _assign(provider, enabled, renames, roles_here, scale, rng)
    resting = [offer for offer in offers if offer.model_id not in enabled]
    few = rng.randint(1, 2) * scale if provider == FLAGGED and trouble == "default" else 0
    flagged = {offer.model_id for offer in rng.sample(resting, few)}
    for offer in offers:
        own = Random(f"{seed}/{provider}/{offer.model_id}/cast")
        if offer.model_id in enabled:
            yield _running(offer, roles.get(offer.model_id), renames, offers, now, own)
        elif offer.model_id in flagged:
            yield _flagged(offer, now, own)
        else:
            yield _disabled(offer, now, own)


def _enabled(
    provider: str, offers: Sequence[Offer], renames: dict[str, str], scale: int, rng: Random
) -> list[str]:
    """The ids that the scheduler runs; renamed models are among them."""
    wanted = COUNTS[provider][1] * scale
    newest = [offer.model_id for offer in offers[-round(len(offers) * ENABLED_FROM_NEWEST) :]]
    listed = {offer.model_id for offer in offers}
    certain = sorted(({*renames, *renames.values()}) & listed)
    others = [model_id for model_id in newest if model_id not in certain]
    return [*certain, *rng.sample(others, wanted - len(certain))]


def _assign(
    provider: str,
    enabled: Sequence[str],
    renames: dict[str, str],
    roles: Sequence[Role],
    scale: int,
    rng: Random,
) -> dict[str, Role]:
    reserved = {*renames, *renames.values()}
    free = [model_id for model_id in enabled if model_id not in reserved]
    rng.shuffle(free)
    assigned: dict[str, Role] = {}
    for role in (role for role in roles if role.provider == provider):
        if role.rename:
            assigned |= dict.fromkeys(renames, role)
            continue
        count = rng.randint(*role.count) * (1 if role.once else scale)
        assigned |= {free.pop(): role for _ in range(count)}
    return assigned


def _running(
    offer: Offer,
    role: Role | None,
    renames: dict[str, str],
    offers: Sequence[Offer],
    now: datetime,
    rng: Random,
) -> Part:
    ref = offer.ref
    document = _document(offer, now, rng, enabled=True)
    if role is None:
        return Part(ref, truth_of(ref, Row.ANSWERING), document, offer, [ALWAYS])
    truth = truth_of(ref, role.row, role.cause, qualifies=role.qualifies)
    successor = renames.get(offer.model_id, "") if role.rename else ""
    return Part(
        ref,
        truth,
        document,
        offer,
        role.story(rng),
        role.template,
        successor,
        successor_listed=any(other.model_id == successor for other in offers),
        first_in_line=role.first_in_line,
    )


def _flagged(offer: Offer, now: datetime, rng: Random) -> Part:
    """Flagged deprecated, but never disabled; the scheduler runs it no more since."""
    ref, hours = offer.ref, rng.uniform(60, 300)
    document = _document(offer, now, rng, enabled=True) | {
        "deprecated": True,
        "deprecation_date": ago(now, hours),
        "deprecation_reason": "announced by the provider",
    }
    truth = truth_of(ref, Row.FLAGGED, f"{ref.provider}: flagged deprecated")
    return Part(ref, truth, document, offer, [ALWAYS, (hours, NOTHING)])


def _disabled(offer: Offer, now: datetime, rng: Random) -> Part:
    """Most were switched off long ago; some within the window, with or without trouble before."""
    ref, document = offer.ref, _document(offer, now, rng, enabled=False)
    recently = rng.random() < 0.2
    hours = rng.uniform(50, 600) if recently else rng.uniform(900, 9000)
    document |= {
        "disabled_reason": rng.choice(("superseded", "too expensive", "no longer served", "duplicate")),
        "disabled_at": ago(now, hours),
        "disabled_by": rng.choice(("ana", "ben", "import-2025")),
    }
    if rng.random() < 0.3:
        document |= {"deprecated": True, "deprecation_date": ago(now, hours)}
    before = rng.choice((OK, OK, *FORMER_TROUBLE))
    phases: list[Phase] = [(720.0, before), (hours, NOTHING)] if recently else []
    return Part(ref, truth_of(ref, Row.DISABLED), document, offer, phases)


def _document(offer: Offer, now: datetime, rng: Random, *, enabled: bool) -> Document:
    return {
        "provider": offer.provider,
        "model_id": offer.model_id,
        "display_name": offer.family.name or title(offer.model_id),
        "enabled": enabled,
        "deprecated": False,
        "created_at": now - timedelta(days=rng.randint(40, 700), seconds=rng.randint(0, 86_400)),
    }
