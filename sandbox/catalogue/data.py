"""Real-looking catalogues: OpenRouter's answer, and the two public lists of the ids that providers serve.

They agree with the platform: what it measures is listed, what is gone from a provider is not, the renamed
model's successor is, and some thirty models are new.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from operator_core.domain.base import ModelRef
from sandbox.catalogue.new_models import NEW, New
from sandbox.platform.families import PROVIDERS, Family, Offer, offers_of, title
from sandbox.platform.values import Document, Platform, Row

CALLED = {
    "bedrock": ("amazon-bedrock", "bedrock_converse", ""),
    "vertex": ("google-vertex", "vertex_ai-language-models", "vertex_ai/"),
    "together": ("togetherai", "together_ai", "together_ai/"),
    "fireworks": ("fireworks-ai", "fireworks_ai", "fireworks_ai/"),
    **{name: (name, name, f"{name}/") for name in ("groq", "deepinfra", "cerebras", "mistral")},
}
"""What models.dev and LiteLLM's list call a provider, and what the latter puts before its ids, where that is
not just its name and nothing; models.dev has Claude on Vertex under google-vertex-anthropic."""
LEAVING_IN = timedelta(days=12)
CONTEXTS = (8192, 32_768, 65_536, 131_072, 200_000, 262_144)


def openrouter_answer(platform: Platform, new: Sequence[New] = NEW) -> Document:
    """`GET /api/v1/models`: all families that the platform knows, the successor, and what is new."""
    families = {offer.family.slug: offer.family for offer in _offers(platform)}
    entries = [entry_of(family, platform.now) for family in families.values()]
    if platform.successor:
        entries.append(entry_of(_successor_family(platform.successor), platform.now))
    leaving = leaving_by_catalogue(platform)
    for entry in entries:
        if leaving and entry["id"] == leaving.family.slug:
            entry["expiration_date"] = _day(platform.now + LEAVING_IN)
    entries += [new_entry(one, platform.now) for one in new]
    return {"data": sorted(entries, key=lambda entry: (-entry["created"], entry["id"]))}


def models_dev_answer(platform: Platform) -> Document:
    """`api.json`: provider → its models, under their own ids."""
    answer: Document = {}
    for ref, name in _served(platform):
        provider = _called(ref.provider)[0]
        if ref.provider == "vertex" and ref.model_id.startswith("claude"):
            provider = "google-vertex-anthropic"
        listed = answer.setdefault(
            provider, {"id": provider, "name": title(provider), "env": [], "models": {}}
        )
        listed["models"][ref.model_id] = _models_dev_entry(ref, name)
    return answer


def litellm_answer(platform: Platform) -> Document:
    """LiteLLM's list: prefixed ids, some with the day on which they are to go."""
    answer: Document = {"sample_spec": {"litellm_provider": "one of the providers", "mode": "chat"}}
    leaving = leaving_by_witness(platform)
    for ref, _ in _served(platform):
        _, name, prefix = _called(ref.provider)
        if ref.provider == "openai" and ref.model_id.endswith("-pro"):
            continue  # a witness needn't know everything
        entry: Document = {
            "litellm_provider": name,
            "mode": "embedding" if "embedding" in ref.model_id else "chat",
            "max_input_tokens": 131_072,
            "max_output_tokens": 16_384,
            "input_cost_per_token": 6e-07,
            "output_cost_per_token": 2.4e-06,
        }
        if leaving and ref == leaving.ref:
            entry["deprecation_date"] = _day(platform.now + LEAVING_IN)
        answer[prefix + ref.model_id] = entry
    return answer


def entry_of(family: Family, now: datetime) -> Document:
    """One model in OpenRouter's shape. The figures are made from its id, always the same."""
    rng = Random(family.slug)
    prompt = rng.choice((5e-8, 1.5e-7, 4e-7, 8e-7, 3e-6))
    return _entry(
        family.slug,
        f"{title(family.slug.split('/')[0])}: {family.name}",
        rng.choice(CONTEXTS),
        (f"{prompt:.8f}".rstrip("0"), f"{4 * prompt:.8f}".rstrip("0")),
        now - timedelta(days=rng.randint(60, 700)),
    )


def new_entry(new: New, now: datetime) -> Document:
    entry = _entry(new.slug, new.name, new.context, new.prices, now - timedelta(days=new.days_old))
    entry["architecture"]["output_modalities"] = list(new.output)
    entry["architecture"]["modality"] = f"text->{'+'.join(new.output)}"
    return entry


def leaving_by_catalogue(platform: Platform) -> Offer | None:
    """A model that answers, and whose catalogue entry has an expiration date."""
    return next(iter(_answering(platform, "fireworks")), None)


def leaving_by_witness(platform: Platform) -> Offer | None:
    """A model that answers, and that LiteLLM's list gives a deprecation date."""
    return next(iter(_answering(platform, "groq")), None)


def _entry(slug: str, name: str, context: int, prices: tuple[str, str], created: datetime) -> Document:
    return {
        "id": slug,
        "canonical_slug": slug.split(":")[0],
        "hugging_face_id": "",
        "name": name,
        "created": int(created.timestamp()),
        "description": f"{name} is served through several providers.",
        "context_length": context,
        "architecture": {
            "modality": "text->text",
            "input_modalities": ["text"],
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {"prompt": prices[0], "completion": prices[1]},
        "top_provider": {"context_length": context, "max_completion_tokens": None, "is_moderated": False},
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "temperature", "top_p"],
        "default_parameters": {},
        "expiration_date": None,
    }


def _served(platform: Platform) -> Iterator[tuple[ModelRef, str]]:
    """What the providers serve: the platform's models that aren't gone, the successor, and the new ones."""
    out = {Row.GONE, Row.GONE_LATELY, Row.FLAGGED}
    gone = {t.ref for t in platform.truths if t.row in out or (t.row == Row.DISABLED and _left(t.ref))}
    for offer in _offers(platform):
        if offer.ref not in gone:
            yield offer.ref, offer.family.name
    if platform.successor:
        yield platform.successor, title(platform.successor.model_id)
    for new in NEW:
        for provider, model_id in new.served.items():
            yield ModelRef(provider=provider, model_id=model_id), new.name


def _called(provider: str) -> tuple[str, str, str]:
    return CALLED.get(provider, (provider, provider, ""))


def _left(ref: ModelRef) -> bool:
    """Of the disabled models a third isn't served any more."""
    return Random(str(ref)).random() < 1 / 3


def _models_dev_entry(ref: ModelRef, name: str) -> Document:
    output = "embedding" if "embedding" in ref.model_id else "text"
    return {
        "id": ref.model_id,
        "name": name,
        "release_date": "2025-06-01",
        "last_updated": "2025-06-01",
        "attachment": False,
        "reasoning": False,
        "tool_call": True,
        "cost": {"input": 0.6, "output": 2.4},
        "limit": {"context": 131_072, "output": 16_384},
        "modalities": {"input": ["text"], "output": [output]},
    }


def _offers(platform: Platform) -> tuple[Offer, ...]:
    scale = max(1, len(platform.models) // sum(len(offers_of(provider)) for provider in PROVIDERS))
    return tuple(offer for provider in PROVIDERS for offer in offers_of(provider, scale))


def _answering(platform: Platform, provider: str) -> Iterator[Offer]:
    answering = {truth.ref for truth in platform.truths if truth.row == Row.ANSWERING}
    return (o for o in _offers(platform) if o.provider == provider and o.ref in answering)


def _successor_family(successor: ModelRef) -> Family:
    return Family(slug=f"{successor.provider}/{successor.model_id}", name=title(successor.model_id))


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
