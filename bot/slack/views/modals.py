"""The dialogs before something is done: consequences, approve all, reject, undo, pause."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack.views import evidence, forms
from bot.slack.views.actions import Target, members_meant
from bot.slack.views.card import DONE_WORDS, UNTIL_RELEASED, done_to, section
from bot.slack.views.text import Names, bulleted, clock, code, cut, escape, joined, outside, quote, who
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


def consequences(proposal: Proposal, preview: Preview, now: datetime) -> forms.ViewDict:
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
    title, submit = f"{verb.capitalize()} {plural(len(ticks), 'model')}", f"{verb.capitalize()} ticked"
    return forms.modal(title, blocks, forms.Form.CONSEQUENCES, Target.on(proposal), submit)


def approve_all(proposals: Sequence[Proposal], *, choice: str = "") -> forms.ViewDict:
    """All decisions that wait, a checkbox each; each stays bound to what the person read.

    `choice`: ALONE where only the members are meant that shadow would have done.
    """
    waiting = [p for p in proposals if p.action != ProposalAction.ATTEND]
    if not waiting:
        return closed("Nothing waits for a decision any more.")
    shown = forms.fitting(_proposal_tick(p, choice) for p in waiting)
    models = sum(len(members_meant(p, choice)) for p in waiting[: len(shown)])
    count, rest = plural(len(shown), "decision"), len(waiting) - len(shown)
    last = "Each can be taken back on its own with Undo."
    if rest:
        last += f" {plural(rest, 'more decision')} didn't fit here and wait on."
    blocks = [
        section(f"{count} about {plural(models, 'model')}. Each is looked at again first.", "effect"),
        *forms.checkboxes("Untick what should wait", shown, ticked=True),
        forms.note("Note for the record"),
        forms.small(last, "kept"),
    ]
    return forms.modal(f"Approve {count}", blocks, forms.Form.APPROVE_ALL, Target(id="all"), "Approve ticked")


def reject_reason(proposal: Proposal) -> forms.ViewDict:
    """Why not? It may stay unsaid."""
    count = len(proposal.members)
    stays, fails = ("It stays", "it fails") if count == 1 else (f"All {count:,} stay", "they fail")
    text = (
        f"*{evidence.title(proposal)}*  {proposal.id}\n{stays} as now, and I won't ask again "
        f"before {fails} in another way. Reopen takes this back."
    )
    blocks = [section(text, "effect"), forms.note("Reason")]
    return forms.modal(f"Reject {proposal.id}", blocks, forms.Form.REJECT, Target.on(proposal), "Reject")


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
    when = f"{duration(now - entry.started_at)} ago"
    head = f"{who(entry.by, names)} {did} {when}. {effect}; what somebody changed since is left alone."
    ticks = [
        forms.Tick(value=str(n), text=ref.model_id if entry.provider else str(ref))
        for n, ref in enumerate(members_of(entry))
        if ref in standing
    ]
    blocks = [
        section(head, "effect"),
        *_ticks("Take back", ticks),
        forms.note("Reason"),
        forms.small(f"On hold afterwards: {UNTIL_RELEASED}", "kept"),
    ]
    return forms.modal(f"Undo {entry.id}", blocks, forms.Form.UNDO, Target.on(entry), "Take back ticked")


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
    blocks = [section(text, "effect"), forms.note("Reason")]
    return forms.modal("Pause autopilot", blocks, forms.Form.PAUSE, Target(id="autopilot"), "Pause")


def closed(text: str) -> forms.ViewDict:
    """A plain sentence instead of a form: it is gone, or somebody was faster. `text` is mrkdwn."""
    return forms.modal("AI Operator", forms.paragraphs(text, "closed"))


def progress(text: str) -> forms.ViewDict:
    """While something is under way. `text` is mrkdwn."""
    return forms.modal("One moment", [section(f"⏳ {text}", "progress")])


def _ticks(label: str, ticks: Sequence[forms.Tick]) -> list[Block]:
    """All pre-ticked; what doesn't fit goes along under one checkbox."""
    shown = forms.fitting(ticks)
    blocks = forms.checkboxes(label, shown, ticked=True)
    if rest := len(ticks) - len(shown):
        said = "too many to list: they go along, or none"
        more = forms.Tick(value=forms.REST, text=f"And {rest:,} more", description=said)
        blocks.append(forms.group_of("The rest", [more], len(blocks), ticked=True))
    return blocks


def _effect(proposal: Proposal, preview: Preview, count: int, now: datetime) -> str:
    before, changed = preview.enabled_now, dict(preview.evidence_changed)
    by = {
        ProposalAction.DISABLE: -count,
        ProposalAction.MERGE: -count,
        ProposalAction.ENABLE: count,
        ProposalAction.ADD: count,
    }
    after = max(0, before + by.get(proposal.action, 0))
    counts = f"{before:,} → {after:,} enabled" if after != before else f"keeps {before:,}"
    still = "Looked at again just now" if proposal.scope else "Asked for by a person"
    return joined(
        f"*{outside(proposal.provider, 80)}* {counts}. {still}, {clock(now)}.",
        evidence.leave_the_site(proposal, [m for m in proposal.members if m.ref not in changed]),
        quote(next((m.sample for m in proposal.members if m.sample), "")),
        "Takes effect at the next benchmark run; Undo brings back exactly today's settings.",
    )


def _moved(preview: Preview) -> str:
    changed = [f"{code(ref.model_id, 60)}: {outside(why, 160)}" for ref, why in preview.evidence_changed]
    return joined("Left alone, because it changed since you read this:", *bulleted(changed, MAX_CHANGED))


def _beside(member: Member, proposal: Proposal) -> str:
    """What to know about one model, at a glance."""
    successor = member.successor if proposal.action == ProposalAction.RENAME else None
    elsewhere = ""
    if proposal.action == ProposalAction.DISABLE and member.elsewhere is not None:
        leaves = "" if member.elsewhere else "leaves the site: "
        elsewhere = f"{leaves}{evidence.kept_by(proposal, member.elsewhere)} it"
    return joined(f"becomes {successor}" if successor else "", elsewhere, member.origin, by=" · ")


def _kept(proposal: Proposal) -> str:
    if proposal.action == ProposalAction.DISABLE and proposal.scope is None:
        return "What you untick is kept, and I won't touch it until somebody releases it."
    if proposal.action in {ProposalAction.DISABLE, ProposalAction.RENAME}:
        return "What you untick is kept, and not asked about again before it fails in another way."
    return "What you untick stays as it is."


def _proposal_tick(proposal: Proposal, choice: str) -> forms.Tick:
    verb, provider, meant = proposal.action.value, cut(proposal.provider, 30), members_meant(proposal, choice)
    what = plural(len(meant), "model") if len(meant) > 1 else meant[0].ref.model_id
    last = sum(m.elsewhere == 0 for m in meant)
    kind = proposal.kind.traits.words if proposal.kind else ""
    leaving = f"{plural(last, 'leaves', 'leave')} the site" if last else ""
    return forms.Tick(
        value=str(Target.on(proposal, choice)),
        text=f"{proposal.id}: {verb} on {provider}: {what}",
        description=joined(kind, leaving, by=" · "),
    )
