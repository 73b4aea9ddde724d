"""What people type, read as meant: quotes, case and spaces aside; else the nearest is offered, or what exists
is listed. Nothing else is guessed: another spelling may be another model."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import Proposal, ProposalAction
from operator_core.errors import NotFound

MARKS = re.compile("[\"'`´*“”„‟‘’‚‛«»‹›]")
"""What stands around a name where people quote it; no provider or model has them."""
LINK = re.compile(r"<https?://[^<>|]*\|([^<>]*)>")
"""What Slack makes of `z.ai/glm`."""
NEAR, LISTED, ALIKE = 3, 12, 0.7


def unmarked(typed: str) -> str:
    """The name alone: "groq / llama" in any quotes is groq/llama."""
    name = MARKS.sub("", LINK.sub(r"\1", typed)).strip(" \t\n,;")
    return re.sub(r"\s*/\s*", "/", " ".join(name.split()))


def as_id(typed: str, before: str) -> str:
    """`p-412`, `#412`, `p412.`, `412` → P-412. `before`: "P-" or "J-", whose undos end in a small u and a
    number."""
    name = unmarked(typed).strip("#.").upper().replace("U", "u")
    number = re.sub(rf"^{before[0]}?\W*", "", name)
    return f"{before}{number}" if number[:1].isdecimal() else name


def as_meant(typed: str, existing: Collection[str], what: str, listed: Collection[str] = ()) -> str:
    """The one of these that was typed. `what`: they are; `listed`: what is named where none is near.

    Raises NotFound, offering what comes near.
    """
    wanted = unmarked(typed)
    folded = {one: one.casefold() for one in existing}
    alike = [wanted] if wanted in folded else [one for one in folded if folded[one] == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    part = _letters(wanted)
    near = alike or [one for one in folded if len(wanted) > 2 and wanted.casefold() in folded[one]]
    near = near or [one for one in folded if len(part) > 2 and part in _letters(one)]
    spelt = get_close_matches(wanted.casefold(), folded.values(), NEAR, ALIKE)
    near = near or [one for one in folded if folded[one] in spelt]
    close = sorted(near, key=lambda one: one.partition("/")[0] != wanted.partition("/")[0])[:NEAR]
    hint = f"did you mean {' or '.join(close)}?" if close else there_are(sorted(listed or existing))
    named = f"there is no {what} {wanted[:80]}" if wanted else f"name a {what}"
    raise NotFound(f"{named}: {hint}")


def there_are(names: Sequence[str]) -> str:
    """What exists, in this order: "there are P-2, P-1", as many as can be read."""
    if len(names) < 2:
        return f"there is only {names[0]}" if names else "there are none at all"
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"there are {', '.join(names[:LISTED])}{more}"


def _letters(name: str) -> str:
    """Of its last part, with digits: `lama` stands in `meta/Llama-3`, `gpt5` in `gpt-5`."""
    return re.sub(r"\W|_", "", name.rpartition("/")[2].casefold())


def models_meant(
    typed: str, refs: Iterable[ModelRef], waiting: Iterable[Proposal] = ()
) -> tuple[str, tuple[ModelRef, ...]]:
    """The name, and all models that it means: "PROVIDER", "PROVIDER/MODEL", "PROVIDER MODEL", or a "MODEL"
    that one provider has. Raises NotFound as `as_meant` does, or naming what waits and offers it."""
    wanted, names = unmarked(typed), defaultdict[str, list[ModelRef]](list)
    for ref in dict.fromkeys(refs):
        names[ref.provider].append(ref)
        names[str(ref)].append(ref)
    called = {ref for refs in names.values() for ref in refs if ref.model_id.casefold() == wanted.casefold()}
    if len(called) == 1 and wanted not in names:
        return str(*called), tuple(called)
    wanted = wanted if "/" in wanted else wanted.replace(" ", "/", 1)
    new = {
        str(m.ref).casefold(): one for one in waiting if one.action == ProposalAction.ADD for m in one.members
    }
    if wanted not in names and (offer := new.get(wanted.casefold())):
        raise NotFound(f"there is no model {wanted} yet: {offer.id} offers to add it")
    provider = f"{wanted.partition('/')[0].casefold()}/"
    same = [name for name in names if name.casefold().startswith(provider)]
    what = "model" if same else "provider or model"
    name = as_meant(wanted, names, what, same or {group[0].provider for group in names.values()})
    return name, tuple(names[name])
