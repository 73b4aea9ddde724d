"""The dialogs: everything known about a proposal, and what is asked before something is done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.views import evidence, forms
from bot.slack.views.actions import Target, members_meant
from bot.slack.views.blocks import DIVIDER, Block, section, small
from bot.slack.views.card import DONE_WORDS, UNTIL_RELEASED, Card, card, done_to, steps
from bot.slack.views.forms import Form, ViewDict, tick
from bot.slack.views.text import bulleted, code, cut, escape, joined, listed, outside, quote
from bot.slack.views.who_and_when import Names, because, clock, day_and_clock, who
from operator_core.diagnosis.story import CARRIED_OUT
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import OPEN_STATES, Member, Proposal, ProposalAction, State
from operator_core.words import ago, duration, plural

Timeline = Sequence[bool | None]
"""One model, day by day, the oldest first: it answered, it failed, or it did not run."""

MAX_MODELS = 40
MARKS = {True: "✓", False: "✗", None: "·"}
SAMPLE = 300
OFFERED = {None: "", True: "Its provider still lists it.", False: "Its provider's list has dropped it."}
FOR_THE_RECORD = "Note for the record"
AS_IT_IS = {ProposalAction.ADD: " unlisted", ProposalAction.ENABLE: " off"}


ANSWERS: Mapping[str, str] = {
    ProposalAction.ADD: "Add: benchmark them from the next run on",
    Origin.NOT_NOW: "Not now: show these offers again in a week",
    Origin.NEVER: "Never: don't show these offers again; other providers' still come up",
}
"""What becomes of the new models that were ticked."""


def consequences(
    proposal: Proposal, now: datetime, enabled: int, changed: Mapping[ModelRef, str], brakes: Sequence[str]
) -> ViewDict:
    """What approving would do, with a checkbox for each model that it would change.

    From the newest look: how many models of the provider are enabled, which recovered or were changed since
    the person read, and why (they are left alone), and what is unusual about this change, a sentence each.
    """
    left = {str(n): member for n, member in enumerate(proposal.members) if member.ref not in changed}
    verb = proposal.action.value
    why = [f"{code(ref.model_id, 60)}: {outside(reason, 160)}" for ref, reason in changed.items()]
    moved = joined("Left alone, because it changed since you read this:", *bulleted(why, 8))
    if not left:
        return closed(f"Nothing is left to {verb}.\n{moved}")
    unusual = "\n".join(f"⚠ {escape(line)}" for line in brakes[:8])
    ticks = [tick(n, member.ref.model_id, _beside(member, proposal)) for n, member in left.items()]
    return forms.dialog(
        Form.CONSEQUENCES,
        Target.on(proposal),
        f"{verb.capitalize()} {plural(len(left), 'model')}",
        f"{verb.capitalize()} ticked",
        _effect(proposal, list(left.values()), enabled, now),
        *([section(moved, "moved")] if changed else []),
        *([small(unusual, "brakes")] if brakes else []),
        *forms.checkboxes(f"Untick what should stay{AS_IT_IS.get(proposal.action, '')}", ticks),
        note=FOR_THE_RECORD,
        last=_kept(proposal),
    )


def approve_all(proposals: Sequence[Proposal], *, choice: str = "") -> ViewDict:
    """All decisions that wait, a checkbox each, bound to what was read. `choice`: which of their members."""
    waiting = [p for p in proposals if p.action != ProposalAction.ATTEND]
    if not waiting:
        return closed("Nothing waits for a decision any more.")
    shown = forms.fitting(_proposal_tick(p, choice) for p in waiting)
    models = plural(sum(len(members_meant(p, choice)) for p in waiting[: len(shown)]), "model")
    count, rest = plural(len(shown), "decision"), len(waiting) - len(shown)
    more = f" {plural(rest, 'more decision')} didn't fit here and wait on." if rest else ""
    return forms.dialog(
        Form.APPROVE_ALL,
        Target(id="all"),
        f"Approve {count}",
        "Approve ticked",
        f"{count} about {models}. Each is looked at again first.",
        *forms.checkboxes("Untick what you leave for later", shown),
        note=FOR_THE_RECORD,
        last=f"Each can be taken back on its own with Undo. {LEFT_FOR_LATER}{more}",
    )


LEFT_FOR_LATER = "What you untick waits on; the autopilot may still do of it what its gates let through."
RIGHT = "right"
VERDICTS = {"wrong": "Wrong", RIGHT: "Right, but keep it"}
"""Of a rejection: only "wrong" counts against the bot."""


def reject_reason(proposal: Proposal) -> ViewDict:
    """Why not? It may stay unsaid."""
    count = len(proposal.members)
    all_of = "Both" if count == 2 else f"All {count:,}"
    stays, fails = ("It stays", "it fails") if count == 1 else (f"{all_of} stay", "they fail")
    until = "until somebody reopens this" if proposal.finding else f"before {fails} in another way"
    stay = f"{stays} as now, and I won't ask again {until}. Reopen takes this back."
    text = f"*{evidence.title(proposal)}*  {proposal.id}\n{stay}"
    verdict = forms.radio("To ask was", [tick(value, words) for value, words in VERDICTS.items()])
    return forms.dialog(Form.REJECT, Target.on(proposal), f"Reject {proposal.id}", "Reject", text, verdict)


def undo(entry: JournalEntry, names: Names, now: datetime) -> ViewDict:
    """What of a batch can be taken back. The ticks stand for positions in `members_of(entry)`."""
    standing = {change.member for change in entry.standing}
    if not standing:
        return closed(f"Nothing of {entry.id} is left to take back.")
    did = f"{DONE_WORDS[entry.action]} {done_to(entry.outcomes, entry.provider)}"
    added = entry.action == ProposalAction.ADD
    effect = (
        "What was added is removed again" if added else "Each model gets back exactly the settings it had"
    )
    when = ago(now - entry.started_at)
    ticks = [
        tick(str(n), ref.model_id if entry.provider else str(ref))
        for n, ref in enumerate(members_of(entry))
        if ref in standing
    ]
    return forms.dialog(
        Form.UNDO,
        Target.on(entry),
        f"Undo {entry.id}",
        "Take back ticked",
        f"{who(entry.by, names)} {did} {when}. {effect}; what somebody changed since is left alone.",
        *forms.checkboxes("Take back", ticks),
        last=f"On hold afterwards: {UNTIL_RELEASED}",
    )


def members_of(entry: JournalEntry) -> tuple[ModelRef, ...]:
    """All models of a batch, in an order that never changes, whatever was taken back meanwhile."""
    return tuple(dict.fromkeys(change.member for change in entry.changes))


def pause_reason() -> ViewDict:
    """The autopilot stops at once, also in the middle of a batch."""
    text = (
        "From now on I change nothing by myself, and a batch that is running stops, whoever approved it. "
        "What you approve later is still done. `/operator resume` or the same button ends the pause."
    )
    return forms.dialog(Form.PAUSE, Target(id="autopilot"), "Pause autopilot", "Pause", text)


def review(proposal: Proposal) -> ViewDict:
    """New models by name, each with the providers that offer it, none ticked; `forms.picked` reads it."""
    groups, wide = _groups(proposal.members), _by_provider(proposal.members)
    count = plural(evidence.models_in(proposal.members), "new model")
    rest = len(proposal.members) - sum(len(ticks) for _, ticks in groups)
    more = plural(rest, "more offer comes", "more offers come")
    return forms.dialog(
        Form.REVIEW,
        Target.on(proposal),
        count,
        "Apply to ticked",
        f"{count} that you don't measure yet. Nothing happens to what you don't tick: it comes up again. "
        "Surest first, then newest; prices are USD per million tokens, in and out.",
        forms.radio(
            "What becomes of what you tick",
            [tick(answer, text) for answer, text in ANSWERS.items()],
            chosen=False,
        ),
        *(forms.group_of(name, ticks, n, ticked=False) for n, (name, ticks) in enumerate(wide + groups)),
        *([small(f"{more} up when these are answered.", "rest")] if rest else []),
    )


def _by_provider(members: Sequence[Member]) -> list[tuple[str, list[Block]]]:
    """Where there are many: all offers of one provider at once, those that have no room here too."""
    counts = Counter(member.ref.provider for member in members)
    first = {member.ref.provider: n for n, member in reversed(list(enumerate(members)))}
    ticks = [
        tick(f"{forms.ALL_LIKE}{first[name]}", f"{name}: all {count:,}")
        for name, count in sorted(counts.items())
    ]
    starts = range(0, min(len(ticks), 50) if len(members) > forms.GROUP else 0, forms.GROUP)
    return [
        ("All offers of a provider at once, also those not ticked below", ticks[start : start + forms.GROUP])
        for start in starts
    ]


def _groups(members: Sequence[Member]) -> list[tuple[str, list[Block]]]:
    """(name, ticks) of at most ten, models of one name together."""
    named: dict[str, list[Block]] = {}
    for number, member in enumerate(members):
        one = tick(str(number), f"{member.ref.provider}: {member.ref.model_id}", member.origin)
        named.setdefault(member.display_name or member.ref.model_id, []).append(one)
    fit = {one["value"] for one in forms.fitting(one for ticks in named.values() for one in ticks)}
    groups = [
        (name, [one for one in ticks[start : start + forms.GROUP] if one["value"] in fit])
        for name, ticks in named.items()
        for start in range(0, len(ticks), forms.GROUP)
    ]
    return [(name, ticks) for name, ticks in groups[:90] if ticks]  # Slack shows 100 blocks, some are ours


def details(shown: Card, days: Mapping[ModelRef, Timeline], names: Names, now: datetime) -> ViewDict:
    """A modal to read; nothing can be done in it. Of what was carried out it says what was done, to which
    models, and how they were when it was approved."""
    proposal, members = shown.proposal, told_of(shown)
    days = {ref: line for ref, line in days.items() if not proposal.review or {*line} != {None}}
    over = proposal.state not in OPEN_STATES and bool(proposal.moves)
    approval = next((m for m in proposal.moves[::-1] if m.target == State.APPROVED), proposal.last_transition)
    at = approval.at if over and approval else now
    head = _in_short(shown, names, now, then=at if over else None)
    blocks = [section(head, "head"), small(_judged(proposal, names), "judge"), DIVIDER]
    if any(ref in days for ref in proposal.refs):
        blocks.append(small("Day by day, the last is today:  ✓ answered  ✗ failed  · did not run", "legend"))
    blocks += [
        section(_member(member, proposal, days.get(member.ref, ()), at, over=over), f"model.{number}")
        for number, member in enumerate(members[:MAX_MODELS])
    ]
    if rest := members[MAX_MODELS:]:
        named = "\n".join(code(m.ref.model_id, 60) for m in rest)
        blocks += forms.paragraphs(f"And {plural(len(rest), 'model')}:\n{named}", "rest")
    if (left := len(proposal.members) - len(members)) and proposal.review:
        blocks.append(small(f"Not added: {plural(left, 'offer')}. What is still new comes up again.", "left"))
    blocks += [DIVIDER, section(steps(proposal, names), "history")] if proposal.moves else []
    return forms.modal(f"{proposal.id} in detail", blocks)


def _judged(proposal: Proposal, names: Names) -> str:
    by, why = who(proposal.suggested_by, names), "" if proposal.finding else proposal.reasoning
    if proposal.scope or proposal.finding:
        return f"Judged by {by}, {proposal.confidence:.0%} sure{because(why, 600)}."
    return f"Found by {by}." if proposal.review else f"Asked for by {by}."


def told_of(shown: Card) -> list[Member]:
    """The models of which Details tell: those that were to be changed, once that was tried; all where it is
    asked, again too."""
    asked = shown.proposal.state not in {*CARRIED_OUT, State.CONFLICTED, State.FAILED}
    tried = set[ModelRef]() if asked else {outcome.ref for outcome in shown.outcomes}
    return [member for member in shown.proposal.members if not tried or member.ref in tried]


def _in_short(shown: Card, names: Names, now: datetime, *, then: datetime | None) -> str:
    """What is asked, or what became of it. `then`: the moment of which the rest tells, where that is past."""
    proposal, age = shown.proposal, ago(now - shown.proposal.created_at)
    if proposal.state in {State.PENDING, State.DRAFT}:
        first = f"*{evidence.title(proposal)}*"
    else:
        first = str(card(shown, names, now)[0]["text"]["text"])
    if then:
        return joined(first, f"Found {age}. What follows is how it was at {day_and_clock(then)}.")
    looked = day_and_clock(proposal.updated_at)
    return joined(first, evidence.sentences(proposal, now), f"Found {age}, last looked at {looked}.")


def _member(member: Member, proposal: Proposal, timeline: Timeline, at: datetime, *, over: bool) -> str:
    """`at`: the moment of which it tells, which is past where that is `over`."""
    success, since = member.last_success, member.failing_since
    never = outside(member.origin, 150) or "no answer on record."
    streak = f"last answer {duration(at - success)} {'before' if over else 'ago'}." if success else never
    if since is not None:
        streak = f"{plural(member.failures, 'failure')} in {duration(at - since)}, {streak}"
    kept = "" if member.elsewhere is None else f"{evidence.kept_by(proposal, member.elsewhere)} it."
    standing = joined(
        OFFERED[member.still_offered],
        kept[:1].upper() + kept[1:],
        "Flagged deprecated." if member.deprecated else "",
        f"Successor: {code(member.successor, 80)}." if member.successor else "",
        by=" ",
    )
    return joined(
        code(member.ref.model_id, 100) if proposal.provider else evidence.on_provider(member.ref),
        streak[:1].upper() + streak[1:],
        code("".join(MARKS[day] for day in timeline[-14:])) if timeline else "",
        quote(member.sample, SAMPLE),
        f"Evidence: {member.evidence.said}." if member.evidence else "",
        f"Besides: {listed(outside(c, 80) for c in member.other_causes)}." if member.other_causes else "",
        standing,
        f"Not done by the autopilot: {outside(member.gate, 200)}." if member.gate else "",
    )


def closed(text: str) -> ViewDict:
    """A plain sentence instead of a form: it is gone, or somebody was faster. `text` is mrkdwn."""
    return forms.modal("AI Operator", forms.paragraphs(text, "closed"))


def progress(text: str) -> ViewDict:
    """While something is under way. `text` is mrkdwn."""
    return forms.modal("One moment", [section(f"⏳ {text}", "progress")])


def _effect(proposal: Proposal, left: Sequence[Member], before: int, now: datetime) -> str:
    by = {"disable": -1, "merge": -1, "enable": 1, "add": 1}
    after = max(0, before + by.get(proposal.action, 0) * len(left))
    counts = f"{before:,} → {after:,} enabled" if after != before else f"keeps {before:,}"
    still = "Looked at again just now" if proposal.scope or proposal.finding else "Asked for by a person"
    return joined(
        f"*{outside(proposal.provider, 80)}* {counts}. {still}, {clock(now)}.",
        evidence.leave_the_site(proposal, left),
        quote(evidence.sample_of(proposal.members)),
        "Takes effect at the next benchmark run; Undo brings back exactly today's settings.",
    )


def _beside(member: Member, proposal: Proposal) -> str:
    """What to know about one model, at a glance."""
    renamed = proposal.action == ProposalAction.RENAME and member.successor
    elsewhere = ""
    if proposal.action == ProposalAction.DISABLE and member.elsewhere is not None:
        leaves = "" if member.elsewhere else "leaves the site: "
        elsewhere = f"{leaves}{evidence.kept_by(proposal, member.elsewhere)} it"
    return joined(f"becomes {member.successor}" if renamed else "", elsewhere, member.origin, by=" · ")


def _kept(proposal: Proposal) -> str:
    if proposal.action == ProposalAction.DISABLE and proposal.scope is None:
        return "What you untick is kept, and I won't touch it until somebody releases it."
    if proposal.action in {ProposalAction.DISABLE, ProposalAction.RENAME}:
        return "What you untick is kept, and not asked about again before it fails in another way."
    return "What you untick stays as it is."


def _proposal_tick(proposal: Proposal, choice: str) -> Block:
    verb, provider, meant = proposal.action.value, cut(proposal.provider, 30), members_meant(proposal, choice)
    becomes = f" → {meant[0].successor}" if proposal.action == ProposalAction.RENAME else ""
    what = plural(len(meant), "model") if len(meant) > 1 else f"{meant[0].ref.model_id}{becomes}"
    last = sum(m.elsewhere == 0 for m in meant)
    kind = proposal.kind.traits.words if proposal.kind else ""
    leaving = f"{plural(last, 'leaves', 'leave')} the site" if last else ""
    text = f"{proposal.id}: {verb} on {provider}: {what}"
    return tick(str(Target.on(proposal, choice)), text, joined(kind, leaving, by=" · "))
