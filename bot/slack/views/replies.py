"""What only the person sees who clicked or typed: a plain sentence, or the answer to `/operator …`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.slack.views import evidence
from bot.slack.views.actions import Target, Verb
from bot.slack.views.card import DONE_WORDS, button, done_to, kept, section
from bot.slack.views.content import Autopilot, Message
from bot.slack.views.sections import autopilot_words
from bot.slack.views.text import (
    Names,
    because,
    bulleted,
    code,
    day_and_clock,
    escape,
    joined,
    listed,
    money,
    outside,
    warned,
    who,
)
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.decisions import Action, LlmUse, Route
from operator_core.domain.deployment import NAMED, Deployment
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, Proposal, ProposalAction, State
from operator_core.domain.runs import Run
from operator_core.words import duration, plural

MAX_ROWS = 20
BY_PEOPLE = {
    State.APPROVED: "approved {id}",
    State.REJECTED: "rejected {id}",
    State.SNOOZED: "put {id} off",
    State.TAKEN: "took {id} on",
    State.UNDONE: "took {id} back",
    State.PENDING: "reopened {id}",
}
"""What a person's move is called; the others are consequences."""
VERDICTS = {Action.DISABLE: "switch off", Action.MONITOR: "keep watching", Action.IGNORE: "leave"}


class Status(Frozen):
    """How the bot itself is doing."""

    version: str
    last_good_run: datetime | None
    next_digest: datetime | None = None
    llm: str
    """Its name, and what is wrong with it if anything."""
    database: str
    """Fit to show: never a connection string."""
    discovery: str = "has not run yet"
    autopilot: Autopilot
    brakes: tuple[str, ...] = ()
    """Brakes that hold right now, a plain sentence each."""
    degraded: tuple[str, ...] = ()


def stranger(approvers: Sequence[str]) -> Message:
    """To somebody who may not change anything: who may."""
    mentions = (f"<!subteam^{one}>" if one.startswith("S") else f"<@{one}>" for one in approvers)
    some = listed(mentions, last="or", most=10)
    return _said(f"Nothing changed. {some} can approve this." if some else "Nothing changed.")


def second(current: Proposal, names: Names, now: datetime, you: str = "") -> Message:
    """To the person whose click came too late. `you`: their id, to tell a double click from another's."""
    transition = next((m for m in reversed(current.moves) if m.target in BY_PEOPLE), None)
    if current.state == State.CLEARED:
        return _said(f"{current.id} is over: nothing is left to decide. Your click did nothing.")
    if transition is None:
        return _said(f"{current.id} is not waiting any more. Your click did nothing.")
    did = BY_PEOPLE[transition.target].format(id=current.id)
    seconds = max(1, round((now - transition.at).total_seconds()))
    ago = plural(seconds, "second") if seconds < 60 else duration(now - transition.at)
    if transition.by == you:
        return _said(f"You {did} already, {ago} ago. This click did nothing more.")
    name = "The autopilot" if transition.by == POLICY else who(transition.by, names)
    return _said(f"{name} {did}, {ago} before you. Your click did nothing.")


def foreign(stamp: str, here: Deployment) -> Message:
    """To somebody whose click reached us, though we did not draw what they clicked."""
    _, _, database = stamp.partition(".")
    if not stamp:
        whose = "was drawn before I marked what is mine: the newest digest has it as it is now"
    elif database == here.database[: max(NAMED, len(database))]:
        whose = f"belongs to an earlier AI Operator on {code(database)}, whose records are no longer there"
    else:
        whose = (
            f"belongs to another AI Operator (database {code(database)}), not to me ({code(here.database)})"
        )
    return _said(f"Nothing changed. This card {whose}.")


def restored(here: Deployment) -> Message:
    """Asks whether the bot may act on a database that was copied from another deployment's."""
    text = (
        f"⚠ The database {code(here.database)} looks like a restored copy: it says that AI Operator"
        f" `{here.restored_from}` works on another. I look and ask, and change nothing by myself until an"
        " approver resumes me. Cards drawn before this no longer work; the next digest draws them anew."
    )
    resume = button("Resume autopilot", Verb.RESUME, Target(id="autopilot"), at="restored")
    return Message.of(text, [section(text, "restored", resume)])


def outdated(current: Proposal, now: datetime, read: Sequence[ModelRef] | None) -> Message:
    """To the person who read something older. `read`: the models they saw, where that is known."""
    lines = [f"Nothing changed: {current.id} is no longer what you read.", *_joined_and_left(current, read)]
    if current.state == State.PENDING:
        lines += [f"*{evidence.title(current)}*", evidence.sentences(current, now)]
        lines.append("Read the card as it is now, and answer there.")
    return _said(*lines)


def status(shown: Status, names: Names, now: datetime) -> Message:
    """`/operator status`."""
    return _said(status_words(shown, names, now))


def status_words(shown: Status, names: Names, now: datetime) -> str:
    good = shown.last_good_run
    looked = f"{duration(now - good)} ago, {day_and_clock(good)}" if good else "not yet"
    return joined(
        *warned(shown.degraded),
        autopilot_line(shown.autopilot, names),
        *(f"Holding back: {outside(line, 200)}" for line in shown.brakes[:6]),
        f"Last good look at the results: {looked}",
        f"Next digest: {day_and_clock(shown.next_digest)}" if shown.next_digest else "",
        f"LLM: {outside(shown.llm, 200)}",
        f"Database: {outside(shown.database, 200)}",
        f"New models: {outside(shown.discovery, 200)}",
        f"Version {escape(shown.version)}",
    )


def history(entries: Sequence[JournalEntry], names: Names, now: datetime) -> Message:
    """`/operator history`: the newest first, each with Undo where there is something to undo."""
    if not entries:
        return _said("Nothing was changed yet.")
    blocks = entry_rows(entries[:MAX_ROWS], names, now)
    if len(entries) > MAX_ROWS:
        blocks.append(section(f"And {len(entries) - MAX_ROWS:,} older.", "rest"))
    some = len(entries[:MAX_ROWS])
    return Message.of("The last change" if some == 1 else f"The last {some} changes", blocks)


def entry_rows(entries: Sequence[JournalEntry], names: Names, now: datetime) -> list[Block]:
    """A row for each batch."""
    return [section(entry_line(e, names, now), f"entry.{e.id}", _undo_button(e)) for e in entries]


def entry_line(entry: JournalEntry, names: Names, now: datetime) -> str:
    """ "J-412 · Ana disabled 5 of 6 bedrock models, 2 hours ago"."""
    did = "took back" if entry.undo_of else DONE_WORDS[entry.action]
    when = f"{duration(now - entry.started_at)} ago{because(entry.reason, 150)}"
    back = any(change.undone_by for change in entry.changes)
    taken = (" · partly taken back" if entry.standing else " · taken back") if back else ""
    running = "" if entry.closed else " · still under way"
    what = f"{did} {done_to(entry.outcomes, entry.provider)}"
    if entry.mode:
        what = f"set autopilot from {' to '.join(entry.mode)}"
    return f"*{entry.id}* · {who(entry.by, names)} {what}, {when}{taken}{running}"


def pending(proposals: Sequence[Proposal], now: datetime) -> Message:
    """`/operator pending`: what waits, a row each, the newest first."""
    waiting = sorted(proposals, key=lambda p: p.created_at, reverse=True)
    if not waiting:
        return _said("Nothing waits for you.")
    blocks: list[Block] = [
        section(waiting_line(p, now), p.id, button("Details", Verb.DETAILS, p)) for p in waiting[:MAX_ROWS]
    ]
    rest = waiting[MAX_ROWS:]
    if rest:
        blocks.append(section(f"And {len(rest):,} more: {listed((p.id for p in rest), most=40)}", "rest"))
    return Message.of(f"{plural(len(waiting), 'thing waits', 'things wait')}", blocks)


def waiting_line(proposal: Proposal, now: datetime) -> str:
    """One line for what waits."""
    if proposal.action == ProposalAction.ATTEND:
        return f"{evidence.down_line(proposal, now)}  {proposal.id}"
    kind = f" · {proposal.kind.traits.words}" if proposal.kind else ""
    waits = f"waits for {duration(now - proposal.created_at)}"
    return f"*{evidence.title(proposal)}*  {proposal.id}{kind} · {waits}"


def run_result(run: Run) -> Message:
    """`/operator analyze`: what was found and what would be done. It did nothing."""
    if run.runner_down:
        silent = f" since {day_and_clock(run.last_result)}" if run.last_result else ""
        return _said(f"⚠ No results from any provider{silent}: the runner looks stopped. I judged nothing.")
    limited = f" of {listed(outside(p, 40) for p in run.limited_to)}" if run.limited_to else ""
    return _said(
        f"*{run.answering:,} of {run.enabled:,}* enabled models{limited} answer. {_would(run)}",
        *_situations(run),
        f"On hold, not judged: {plural(len(run.held), 'model')}." if run.held else "",
        f"{plural(run.unreadable_rows, 'row')} could not be read." if run.unreadable_rows else "",
        *warned(run.notes),
        f"{judge(run.llm)} · {run.seconds:.1f} seconds",
    )


def judge(llm: LlmUse) -> str:
    """Who judged, and what that cost."""
    if llm.fallback:
        return f"Written rules judged ({outside(llm.fallback, 150)})"
    if not llm.calls:
        return f"{escape(llm.model)}, no call needed"
    return f"{escape(llm.model)}, {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"


def done(entry: JournalEntry, names: Names, now: datetime, *, by_another: bool = False) -> Message:
    """What came of a click or a command, model by model where something stood in the way."""
    line = f"{'Another process finished it: ' if by_another else ''}{entry_line(entry, names, now)}"
    text = joined(line, *kept(entry.outcomes, MAX_ROWS))
    return Message.of(line, [section(text, f"done.{entry.id}", _undo_button(entry))])


def error(text: str) -> Message:
    """Something did not work, in its own words."""
    return _said(f"⚠ {outside(text[:1].upper() + text[1:], 2000)}")


def unexpected(cause: Exception) -> Message:
    """Something that nobody thought of; a traceback is in the log."""
    return error(
        f"something went wrong here ({type(cause).__name__}); the log says more. "
        "Look at the card or `/operator history` before you try again."
    )


def _said(*lines: str) -> Message:
    text = joined(*lines)
    return Message.of(text, [section(text, "answer")])


def _joined_and_left(current: Proposal, read: Sequence[ModelRef] | None) -> list[str]:
    if read is None:
        return []
    new = [ref for ref in current.refs if ref not in read]
    gone = [ref for ref in read if ref not in current.refs]
    return [
        f"Joined since: {_named(new)}." if new else "",
        f"Left since: {_named(gone)}." if gone else "",
        "" if new or gone else "The models are the same; what is known about them changed.",
    ]


def _named(refs: Iterable[ModelRef]) -> str:
    return listed((code(ref.model_id, 60) for ref in refs), most=8)


def autopilot_line(autopilot: Autopilot, names: Names) -> str:
    """As in the digest, and since when."""
    since = autopilot.pause.at if autopilot.pause else autopilot.mode.chosen.at
    mark = "⏸ " if autopilot.pause else ""
    return f"{mark}{autopilot_words(autopilot, names)} · since {day_and_clock(since)}"


def _undo_button(entry: JournalEntry) -> ButtonElement | None:
    if entry.undo_of or not entry.closed or not entry.standing:
        return None
    return button("Undo…", Verb.UNDO, Target.on(entry))


def _would(run: Run) -> str:
    off = [decision for decision in run.decisions if decision.action == Action.DISABLE]
    auto = sum(decision.route == Route.AUTO for decision in off)
    asked = len(off) - auto
    alone = sum(decision.alone and decision.route == Route.ASK for decision in off)
    open_gates = f", {alone:,} of which I would do alone in mode on" if alone else ""
    would = joined(
        f"switch off {plural(auto, 'model')} by myself" if auto else "",
        f"ask you about {plural(asked, 'model')}{open_gates}" if asked else "",
        by=" and ",
    )
    return f"I would {would}. Nothing was done." if would else "I would switch nothing off."


def _situations(run: Run) -> list[str]:
    lines = []
    for situation in sorted(run.situations, key=lambda s: -len(s.models)):
        count = f"{len(situation.models):,} of {plural(situation.provider_enabled, 'model')}"
        since = f", {duration(run.started_at - situation.failing_since)}" if situation.failing_since else ""
        said = f" → {VERDICTS[situation.verdict.action]}" if situation.verdict else ""
        what = f"{situation.kind.traits.words}, {count}{since}{said}"
        lines.append(f"*{outside(situation.provider, 60)}*: {what}")
    return bulleted(lines, MAX_ROWS)
