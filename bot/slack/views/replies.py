"""What only the person sees who clicked or typed: a plain sentence, or the answer to `/operator …`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from slack_sdk.models.blocks import Block, ButtonElement

from bot.slack.views import evidence
from bot.slack.views.actions import Target, Verb, action_id
from bot.slack.views.batch import DONE_WORDS, done_to
from bot.slack.views.card import button, section
from bot.slack.views.content import Autopilot, Message
from bot.slack.views.text import (
    Names,
    changes_used,
    code,
    cut,
    cut_drawn,
    day_and_clock,
    escape,
    listed,
    money,
    who,
)
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.decisions import Action, LlmUse, Route
from operator_core.domain.deployment import NAMED, Deployment
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import Proposal, ProposalAction, State, Transition
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
    some = listed(map(mention, approvers), last="or", most=10)
    return _said(f"Nothing changed. {some} can approve this." if some else "Nothing changed.")


def mention(approver: str) -> str:
    """A user or a user group, by its id."""
    return f"<!subteam^{approver}>" if approver.startswith("S") else f"<@{approver}>"


def second(current: Proposal, names: Names, now: datetime, you: str = "") -> Message:
    """To the person whose click came too late. `you`: their id, to tell a double click from another's."""
    transition = next((m for m in reversed(current.moves) if m.target in BY_PEOPLE), None)
    if current.state == State.CLEARED:
        return _said(f"{current.id} is over: nothing is left to decide. Your click did nothing.")
    if transition is None:
        return _said(f"{current.id} is not waiting any more. Your click did nothing.")
    did = BY_PEOPLE[transition.target].format(id=current.id)
    ago = _ago(now - transition.at)
    if transition.by == you:
        return _said(f"You {did} already, {ago} ago. This click did nothing more.")
    return _said(f"{_name(transition, names)} {did}, {ago} before you. Your click did nothing.")


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
    resume = ButtonElement(
        text="Resume autopilot",
        action_id=action_id(Verb.RESUME, "restored"),
        value=str(Target(id="autopilot")),
    )
    return _message(text, [section(text, "restored", resume)])


def outdated(
    current: Proposal, names: Names, now: datetime, read: Sequence[ModelRef] | None = None
) -> Message:
    """To the person who read something older. `read`: the models they saw, where that is known."""
    lines = [
        f"Nothing changed: {current.id} is no longer what you read.",
        *_joined_and_left(current, read),
    ]
    if current.state == State.PENDING:
        lines += [f"*{evidence.title(current)}*", evidence.sentences(current, now)]
        lines.append("Read the card as it is now, and answer there.")
    return _said("\n".join(line for line in lines if line))


def status(shown: Status, names: Names, now: datetime) -> Message:
    """`/operator status`."""
    return _said("\n".join(status_lines(shown, names, now)))


def status_lines(shown: Status, names: Names, now: datetime) -> list[str]:
    good = shown.last_good_run
    looked = f"{duration(now - good)} ago, {day_and_clock(good)}" if good else "not yet"
    lines = [
        *(f"⚠ {escape(cut(line, 200))}" for line in shown.degraded[:6]),
        _autopilot(shown.autopilot, names),
        *(f"Holding back: {escape(cut(line, 200))}" for line in shown.brakes[:6]),
        f"Last good look at the results: {looked}",
        f"Next digest: {day_and_clock(shown.next_digest)}" if shown.next_digest else "",
        f"LLM: {escape(cut(shown.llm, 200))}",
        f"Database: {escape(cut(shown.database, 200))}",
        f"New models: {escape(cut(shown.discovery, 200))}",
        f"Version {escape(shown.version)}",
    ]
    return [line for line in lines if line]


def history(entries: Sequence[JournalEntry], names: Names, now: datetime) -> Message:
    """`/operator history`: the newest first, each with Undo where there is something to undo."""
    if not entries:
        return _said("Nothing was changed yet.")
    blocks = entry_rows(entries[:MAX_ROWS], names, now)
    if len(entries) > MAX_ROWS:
        blocks.append(section(f"And {len(entries) - MAX_ROWS:,} older.", "rest"))
    some = len(entries[:MAX_ROWS])
    return _message("The last change" if some == 1 else f"The last {some} changes", blocks)


def entry_rows(entries: Sequence[JournalEntry], names: Names, now: datetime) -> list[Block]:
    """A row for each batch."""
    return [section(entry_line(e, names, now), f"entry.{e.id}", _undo_button(e)) for e in entries]


def entry_line(entry: JournalEntry, names: Names, now: datetime) -> str:
    """ "J-412 · Ana disabled 5 of 6 bedrock models, 2 hours ago"."""
    did = "took back" if entry.undo_of else DONE_WORDS[entry.action]
    reason = f": “{escape(cut(entry.reason, 150))}”" if entry.reason else ""
    back = _taken_back(entry)
    when = f"{duration(now - entry.started_at)} ago"
    running = "" if entry.closed else " · still under way"
    what = f"{did} {done_to(entry.outcomes, entry.provider)}"
    return f"*{entry.id}* · {who(entry.by, names)} {what}, {when}{reason}{back}{running}"


def pending(proposals: Sequence[Proposal], names: Names, now: datetime) -> Message:
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
    return _message(f"{plural(len(waiting), 'thing waits', 'things wait')}", blocks)


def waiting_line(proposal: Proposal, now: datetime) -> str:
    """One line for what waits."""
    waits = duration(now - proposal.created_at)
    if proposal.action == ProposalAction.ATTEND:
        return f"{evidence.down_line(proposal, now)}  {proposal.id}"
    kind = f" · {proposal.kind.traits.words}" if proposal.kind else ""
    return f"*{evidence.title(proposal)}*  {proposal.id}{kind} · waits for {waits}"


def run_result(run: Run) -> Message:
    """`/operator analyze`: what was found and what would be done. It did nothing."""
    if run.runner_down:
        silent = f" since {day_and_clock(run.last_result)}" if run.last_result else ""
        return _said(f"⚠ No results from any provider{silent}: the runner looks stopped. I judged nothing.")
    limited = f" of {escape(listed(cut(p, 40) for p in run.limited_to))}" if run.limited_to else ""
    lines = [
        f"*{run.answering:,} of {run.enabled:,}* enabled models{limited} answer. {_would(run)}",
        *_situations(run),
        f"On hold, not judged: {plural(len(run.held), 'model')}." if run.held else "",
        f"{plural(run.unreadable_rows, 'row')} could not be read." if run.unreadable_rows else "",
        *(f"⚠ {escape(cut(note, 200))}" for note in run.notes[:6]),
        f"{judge(run.llm)} · {run.seconds:.1f} seconds",
    ]
    return _said("\n".join(line for line in lines if line))


def judge(llm: LlmUse) -> str:
    """Who judged, and what that cost."""
    if llm.fallback:
        return f"Written rules judged ({escape(cut(llm.fallback, 150))})"
    if not llm.calls:
        return f"{escape(llm.model)}, no call needed"
    return f"{escape(llm.model)}, {plural(llm.calls, 'call')}, {money(llm.cost_usd)}"


def done(entry: JournalEntry, names: Names, now: datetime, *, by_another: bool = False) -> Message:
    """What came of a click or a command, model by model where something stood in the way."""
    first = f"{'Another process finished it: ' if by_another else ''}{entry_line(entry, names, now)}"
    left = [o for o in entry.outcomes if o.result not in {Result.DONE, Result.PENDING}]
    lines = [
        f"• {code(o.ref.model_id, 60)}: {escape(cut(o.detail or o.result, 160))}" for o in left[:MAX_ROWS]
    ]
    if len(left) > MAX_ROWS:
        lines.append(f"• and {len(left) - MAX_ROWS:,} more")
    text = "\n".join([first, *lines])
    return _message(first, [section(text, f"done.{entry.id}", _undo_button(entry))])


def error(text: str) -> Message:
    """Something did not work, in its own words."""
    return _said(f"⚠ {escape(cut(text[:1].upper() + text[1:], 2000))}")


def unexpected(cause: Exception) -> Message:
    """Something that nobody thought of; a traceback is in the log."""
    return error(
        f"something went wrong here ({type(cause).__name__}); the log says more. "
        "Look at the card or `/operator history` before you try again."
    )


def _said(text: str) -> Message:
    return _message(text, [section(text, "answer")])


def _message(text: str, blocks: Iterable[Block]) -> Message:
    return Message.of(cut_drawn(text, 3000), blocks)


def _name(transition: Transition, names: Names) -> str:
    name = who(transition.by, names)
    return "The autopilot" if name == "autopilot" else name


def _ago(length: timedelta) -> str:
    seconds = max(1, round(length.total_seconds()))
    return plural(seconds, "second") if seconds < 60 else duration(length)


def _joined_and_left(current: Proposal, read: Sequence[ModelRef] | None) -> list[str]:
    if read is None:
        return []
    joined = [ref for ref in current.refs if ref not in read]
    left = [ref for ref in read if ref not in current.refs]
    return [
        f"Joined since: {_named(joined)}." if joined else "",
        f"Left since: {_named(left)}." if left else "",
        "" if joined or left else "The models are the same; what is known about them changed.",
    ]


def _named(refs: Iterable[ModelRef]) -> str:
    return listed((code(ref.model_id, 60) for ref in refs), most=8)


def _autopilot(autopilot: Autopilot, names: Names) -> str:
    if pause := autopilot.pause:
        reason = f": “{escape(cut(pause.reason, 200))}”" if pause.reason else ""
        return f"⏸ Autopilot paused by {who(pause.by, names)} {day_and_clock(pause.at)}{reason}"
    if not autopilot.on:
        return "Autopilot off: I change nothing by myself."
    return f"Autopilot on, {changes_used(autopilot.changes_used, autopilot.changes_allowed)}"


def _taken_back(entry: JournalEntry) -> str:
    back = sum(bool(change.undone_by) for change in entry.changes)
    if not back:
        return ""
    return " · taken back" if not entry.standing else " · partly taken back"


def _undo_button(entry: JournalEntry) -> ButtonElement | None:
    if entry.undo_of or not entry.closed or not entry.standing:
        return None
    return ButtonElement(text="Undo…", action_id=action_id(Verb.UNDO, entry.id), value=str(Target.on(entry)))


def _would(run: Run) -> str:
    off = [decision for decision in run.decisions if decision.action == Action.DISABLE]
    auto = sum(decision.route == Route.AUTO for decision in off)
    if not off:
        return "I would switch nothing off."
    asked = len(off) - auto
    parts = [
        f"switch off {plural(auto, 'model')} by myself" if auto else "",
        f"ask you about {plural(asked, 'model')}" if asked else "",
    ]
    return f"I would {' and '.join(part for part in parts if part)}. Nothing was done."


def _situations(run: Run) -> list[str]:
    largest = sorted(run.situations, key=lambda s: -len(s.models))
    lines = []
    for situation in largest[:MAX_ROWS]:
        count = f"{len(situation.models):,} of {plural(situation.provider_enabled, 'model')}"
        since = f", {duration(run.started_at - situation.failing_since)}" if situation.failing_since else ""
        said = f" → {_verdict(situation.verdict.action)}" if situation.verdict else ""
        lines.append(
            f"• *{escape(cut(situation.provider, 60))}*: {situation.kind.traits.words}, {count}{since}{said}"
        )
    if len(largest) > MAX_ROWS:
        lines.append(f"• and {len(largest) - MAX_ROWS:,} more")
    return lines


def _verdict(action: Action) -> str:
    return {Action.DISABLE: "switch off", Action.MONITOR: "keep watching", Action.IGNORE: "leave"}[action]
