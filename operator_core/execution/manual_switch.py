"""A person's own wish to switch models off or on, as a proposal of its own.

So it gets what every proposal gets: the consequences first, one entry of the journal, one undo.
"""

import uuid
from datetime import datetime

from operator_core.as_typed import models_meant
from operator_core.domain.base import is_set
from operator_core.domain.proposals import Draft, Member, Proposal, ProposalAction, State
from operator_core.errors import NotFound
from operator_core.policy.drafts import other_providers, within_bounds
from operator_core.store.mongo import raises_store_unavailable
from operator_core.store.platform.history import running
from operator_core.store.platform.rows import ref_in
from operator_core.store.stores import Stores


async def propose(
    stores: Stores, action: ProposalAction, wanted: str, *, by: str, name: str, now: datetime
) -> Proposal:
    """A draft that would switch `wanted`, "PROVIDER" or "PROVIDER/MODEL". `name`: what people call `by`.
    Raises NotFound naming what doesn't exist, or when there is nothing to switch; StoreUnavailable."""
    members = await _members(stores, action, wanted)
    draft = Draft(
        fingerprint=f"command-{uuid.uuid4().hex[:12]}",
        action=action,
        provider=members[0].ref.provider,
        members=members,
        reasoning=f"Asked for by {name}.",
        suggested_by=by,
    )
    return await stores.proposals.insert(within_bounds(draft), now, state=State.DRAFT)


@raises_store_unavailable
async def _members(stores: Stores, action: ProposalAction, wanted: str) -> tuple[Member, ...]:
    """The models that the change would touch."""
    fields = {"provider": 1, "model_id": 1, "enabled": 1, "deprecated": 1, "display_name": 1}
    documents = await stores.models.find({}, fields).to_list()
    listed = [(ref, document) for document in documents if (ref := ref_in(document))]
    named, meant = models_meant(wanted, [ref for ref, _ in listed])
    off = action == ProposalAction.DISABLE
    changing = {ref: one for ref, one in listed if ref in meant and (one.get("enabled") is True) is off}
    if not changing:
        raise NotFound(f"nothing to do: all of {named} is {'disabled' if off else 'enabled'} already")
    kept = other_providers(changing, await running(stores.models)) if off else {}
    return tuple(
        Member(
            ref=ref,
            enabled=off,
            deprecated=is_set(document.get("deprecated")),
            display_name=str(document.get("display_name") or ""),
            elsewhere=kept.get(ref),
        )
        for ref, document in sorted(changing.items())
    )
