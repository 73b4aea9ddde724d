"""A person's own wish to switch models off or on, as a proposal of its own.

So it gets what every proposal gets: the consequences first, one entry of the journal, one undo.
"""

import uuid
from datetime import datetime

from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Draft, Member, Proposal, ProposalAction
from operator_core.errors import NotFound
from operator_core.store.mongo import Document, raises_store_unavailable
from operator_core.store.platform.coverage import kept_elsewhere
from operator_core.store.stores import Stores


async def propose(
    stores: Stores, action: ProposalAction, wanted: str, *, by: str, name: str, now: datetime
) -> Proposal:
    """The proposal to switch `wanted`, "PROVIDER" or "PROVIDER/MODEL". `name`: what people call `by`.

    Raises NotFound naming what doesn't exist, or when there is nothing to switch; StoreUnavailable.
    """
    provider, _, model_id = wanted.partition("/")
    draft = Draft(
        fingerprint=f"command-{uuid.uuid4().hex[:12]}",
        action=action,
        provider=provider,
        members=await _members(stores, action, provider, model_id),
        reasoning=f"Asked for by {name}.",
        suggested_by=by,
    )
    return await stores.proposals.insert(draft, now)


async def _members(
    stores: Stores, action: ProposalAction, provider: str, model_id: str
) -> tuple[Member, ...]:
    """The models that the change would touch."""
    named = f"{provider}/{model_id}".rstrip("/")
    documents = await _listed(stores, provider, model_id)
    if not documents:
        raise NotFound(f"there is no {'model' if model_id else 'provider'} {named}")
    off = action == ProposalAction.DISABLE
    changing = [document for document in documents if (document.get("enabled") is True) is off]
    if not changing:
        raise NotFound(f"nothing to do: all of {named} is {'disabled' if off else 'enabled'} already")
    kept = await kept_elsewhere(stores.models, [_ref(d) for d in changing]) if off else {}
    return tuple(
        Member(
            ref=_ref(document),
            enabled=document.get("enabled") is True,
            deprecated=document.get("deprecated") is True,
            display_name=str(document.get("display_name") or ""),
            elsewhere=kept.get(_ref(document)),
        )
        for document in sorted(changing, key=lambda document: str(document["model_id"]))
    )


@raises_store_unavailable
async def _listed(stores: Stores, provider: str, model_id: str) -> list[Document]:
    where = {"provider": provider} | ({"model_id": model_id} if model_id else {})
    return await stores.models.find(where).to_list()


def _ref(document: Document) -> ModelRef:
    return ModelRef(provider=document["provider"], model_id=document["model_id"])
