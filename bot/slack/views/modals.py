"""The dialogs before something is done: consequences, approve all, reject, undo, pause."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.views import evidence, forms
from bot.slack.views.actions import Target
from bot.slack.views.batch import DONE_WORDS, done_to
from bot.slack.views.card import section
from bot.slack.views.text import Names, clock, code, cut, escape, quote, who
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import Member, Proposal, ProposalAction
from operator_core.words import duration, plural

MAX_CHANGED = 8


class Preview(Frozen):
    """What the newest look says, right before a person decides."""

    enabled_now: int
    """How many models of the provider are enabled."""
    evidence_changed: tuple[tuple[ModelRef, str], ...] = ()
    """Models that recovered or were changed since the person read; they will be left alone."""
    brakes: tuple[str, ...] = ()
    """What is unusual about this change, a plain sentence each."""


def consequences(proposal: Proposal, preview: Preview, names: Names, now: datetime) -> forms.ViewDict:
    """What approving would do, with a checkbox for each model that it would change."""
    evidence_changed = dict(preview.evidence_changed)
    ticks = [
        forms.Tick(value=str(n), text=m.ref.model_id, description=_beside(m, proposal))
        for n, m in enumerate(proposal.members)
        if m.ref not in evidence_changed
    ]
    verb = proposal.action.value
    if not ticks:
        return closed(f"Nothing is left to {verb}.\n{_moved(preview)}")
    blocks: list[Block] = [section(_effect(proposal, preview, len(ticks), now), "effect")]
    if preview.evidence_changed:
        blocks.append(section(_moved(preview), "moved"))
    if preview.brakes:
        blocks.append(forms.small("\n".join(f"⚠ {escape(line)}" for line in preview.brakes[:8]), "brakes"))
    blocks += _ticks("Untick what should stay", ticks)
    blocks += [forms.note("Note for the record"), forms.small(_kept(proposal), "kept")]
    return forms.modal(
        f"{verb.capitalize()} {plural(len(ticks), 'model')}",
        blocks,
        form=forms.Form.CONSEQUENCES,
        target=Target.on(proposal),
        submit=f"{verb.capitalize()} ticked",
        close="Cancel",
    )


def approve_all(proposals: Sequence[Proposal], names: Names, now: datetime) -> forms.ViewDict:
    """All decisions that wait, a checkbox each; each stays bound to what the person read."""
    waiting = [p for p in proposals if p.action != ProposalAction.ATTEND]
    if not waiting:
        return closed("Nothing waits for a decision any more.")
    shown = forms.fitting(_proposal_tick(p) for p in waiting)
    models = sum(len(p.members) for p in waiting[: len(shown)])
    first = (
        f"{plural(len(shown), 'decision')} about {plural(models, 'model')}. Each is looked at again first."
    )
    rest = len(waiting) - len(shown)
    last = "Each can be taken back on its own with Undo."
    if rest:
        last += f" {plural(rest, 'more decision')} didn't fit here and wait on."
    blocks = [
        section(first, "effect"),
        *forms.checkboxes("Untick what should wait", shown, ticked=True),
    ]
    return forms.modal(
        f"Approve {plural(len(shown), 'decision')}",
        [*blocks, forms.note("Note for the record"), forms.small(last, "kept")],
        form=forms.Form.APPROVE_ALL,
        target=Target(id="all"),
        submit="Approve ticked",
        close="Cancel",
    )


def reject_reason(proposal: Proposal) -> forms.ViewDict:
    """Why not? It may stay unsaid."""
    count = len(proposal.members)
    stays, fails = ("It stays", "it fails") if count == 1 else (f"All {count:,} stay", "they fail")
    text = (
        f"*{evidence.title(proposal)}*  {proposal.id}\n{stays} as now, and I won't ask again "
        f"before {fails} in another way. Reopen takes this back."
    )
    return forms.modal(
        f"Reject {proposal.id}",
        [section(text, "effect"), forms.note("Reason")],
        form=forms.Form.REJECT,
        target=Target.on(proposal),
        submit="Reject",
        close="Cancel",
    )


def undo(entry: JournalEntry, names: Names, now: datetime) -> forms.ViewDict:
    """What of a batch can be taken back. The ticks stand for positions in `members_of(entry)`."""
    standing = undoable(entry)
    if not standing:
        return closed(f"Nothing of {entry.id} is left to take back.")
    did = f"{DONE_WORDS[entry.action]} {done_to(entry.outcomes, entry.provider)}"
    effect = (
        "What was added is removed again"
        if entry.action == ProposalAction.ADD
        else "Each model gets back exactly the settings it had"
    )
    head = (
        f"{who(entry.by, names)} {did} {duration(now - entry.started_at)} ago. "
        f"{effect}; what somebody changed since is left alone."
    )
    ticks = [
        forms.Tick(value=str(n), text=ref.model_id if entry.provider else str(ref))
        for n, ref in enumerate(members_of(entry))
        if ref in standing
    ]
    last = (
        "On hold afterwards: I won't touch or ask about these until somebody releases them or "
        "they fail in another way."
    )
    blocks = [
        section(head, "effect"),
        *_ticks("Take back", ticks),
        forms.note("Reason"),
        forms.small(last, "kept"),
    ]
    return forms.modal(
        f"Undo {entry.id}",
        blocks,
        form=forms.Form.UNDO,
        target=Target.on(entry),
        submit="Take back ticked",
        close="Cancel",
    )


def members_of(entry: JournalEntry) -> tuple[ModelRef, ...]:
    """All models of a batch, in an order that never changes, whatever was taken back meanwhile."""
    return tuple(dict.fromkeys(change.member for change in entry.changes))


def undoable(entry: JournalEntry) -> tuple[ModelRef, ...]:
    """The models of a batch that still stand as it left them, in its order."""
    return tuple(dict.fromkeys(change.member for change in entry.standing))


def pause_reason() -> forms.ViewDict:
    """The autopilot stops at once, also in the middle of a batch."""
    text = (
        "From now on I change nothing by myself, and a batch that is running stops, whoever approved it. "
        "What you approve later is still done. `/operator resume` or the same button ends the pause."
    )
    return forms.modal(
        "Pause autopilot",
        [section(text, "effect"), forms.note("Reason")],
        form=forms.Form.PAUSE,
        target=Target(id="autopilot"),
        submit="Pause",
        close="Cancel",
    )


def closed(text: str) -> forms.ViewDict:
    """A plain sentence instead of a form: it is gone, or somebody was faster. `text` is mrkdwn."""
    return forms.modal("AI Operator", forms.paragraphs(text, "closed"))


def progress(text: str) -> forms.ViewDict:
    """While something is under way. `text` is mrkdwn."""
    return forms.modal("One moment", [section(f"⏳ {text}", "progress")])


def _ticks(label: str, ticks: Sequence[forms.Tick]) -> list[Block]:
    """All pre-ticked; what doesn't fit goes along under one checkbox."""
    shown = forms.fitting(ticks)
    rest = len(ticks) - len(shown)
    blocks = forms.checkboxes(label, shown, ticked=True)
    if rest:
        more = forms.Tick(
            value=forms.REST,
            text=f"And {rest:,} more",
            description="too many to list: they go along, or none",
        )
        blocks.append(forms.group_of("The rest", [more], len(blocks), ticked=True))
    return blocks


def _effect(proposal: Proposal, preview: Preview, count: int, now: datetime) -> str:
    before = preview.enabled_now
    by = {ProposalAction.DISABLE: -count, ProposalAction.ENABLE: count, ProposalAction.ADD: count}
    after = max(0, before + by.get(proposal.action, 0))
    provider = escape(cut(proposal.provider, 80))
    counts = (
        f"*{provider}* {before:,} → {after:,} enabled."
        if after != before
        else f"*{provider}* keeps {before:,}."
    )
    still = "Looked at again just now" if proposal.scope else "Asked for by a person"
    samples = list(dict.fromkeys(m.sample for m in proposal.members if m.sample))
    said = quote(samples[0]) if samples else ""
    last = "Takes effect at the next benchmark run; Undo brings back exactly today's settings."
    first = f"{counts} {still}, {clock(now)}."
    return "\n".join(line for line in (first, _lost(proposal, preview), said, last) if line)


def _lost(proposal: Proposal, preview: Preview) -> str:
    changed = {ref for ref, _ in preview.evidence_changed}
    return evidence.leave_the_site(proposal, [m for m in proposal.members if m.ref not in changed])


def _moved(preview: Preview) -> str:
    lines = [
        f"• {code(ref.model_id, 60)}: {escape(cut(why, 160))}"
        for ref, why in preview.evidence_changed[:MAX_CHANGED]
    ]
    if len(preview.evidence_changed) > MAX_CHANGED:
        lines.append(f"• and {len(preview.evidence_changed) - MAX_CHANGED:,} more")
    return "\n".join(["Left alone, because it changed since you read this:", *lines])


def _beside(member: Member, proposal: Proposal) -> str:
    """What to know about one model, at a glance."""
    successor = (
        f"becomes {member.successor}" if proposal.action == ProposalAction.RENAME and member.successor else ""
    )
    return " · ".join(part for part in (successor, _elsewhere(member, proposal), member.origin) if part)


def _elsewhere(member: Member, proposal: Proposal) -> str:
    if member.elsewhere is None or proposal.action != ProposalAction.DISABLE:
        return ""
    leaves = "" if member.elsewhere else "leaves the site: "
    return f"{leaves}{evidence.kept_by(proposal, member.elsewhere)} it"


def _kept(proposal: Proposal) -> str:
    if proposal.action == ProposalAction.DISABLE and proposal.scope is None:
        return "What you untick is kept, and I won't touch it until somebody releases it."
    if proposal.action in {ProposalAction.DISABLE, ProposalAction.RENAME}:
        return "What you untick is kept, and not asked about again before it fails in another way."
    return "What you untick stays as it is."


def _proposal_tick(proposal: Proposal) -> forms.Tick:
    verb, provider = proposal.action.value, cut(proposal.provider, 30)
    first = proposal.members[0].ref.model_id
    what = f"{plural(len(proposal.members), 'model')}" if len(proposal.members) > 1 else first
    last = sum(m.elsewhere == 0 for m in proposal.members)
    beside = [
        proposal.kind.traits.words if proposal.kind else "",
        f"{plural(last, 'leaves', 'leave')} the site" if last else "",
    ]
    return forms.Tick(
        value=str(Target.on(proposal)),
        text=f"{proposal.id}: {verb} on {provider}: {what}",
        description=" · ".join(part for part in beside if part),
    )
