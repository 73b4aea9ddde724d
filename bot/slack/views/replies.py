"""What only the person sees who clicked or typed: a plain sentence, or the answer to `/operator …`."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from bot.slack.views import evidence
from bot.slack.views.actions import Target, Verb
from bot.slack.views.blocks import Block, button, section, small
from bot.slack.views.card import DONE_WORDS, Card, becomes, card, done_to, kept
from bot.slack.views.content import Autopilot, Message
from bot.slack.views.forms import ViewDict, modal, paragraphs
from bot.slack.views.sections import autopilot_words
from bot.slack.views.text import bulleted, code, cut, escape, joined, listed, outside, provider_words, warned
from bot.slack.views.who_and_when import Names, because, day_and_clock, maintained, mention, who
from operator_core.diagnosis.story import Story
from operator_core.domain.base import Frozen, ModelRef
from operator_core.domain.changes import Result
from operator_core.domain.holds import ON_NEW_MODELS, Hold, Origin
from operator_core.domain.journal import JournalEntry
from operator_core.domain.mode import NAMED, Deployment
from operator_core.domain.proposals import POLICY, Proposal, ProposalAction, State
from operator_core.domain.signals import Maintenance
from operator_core.text.tables import read_table
from operator_core.words import ago, duration, plural

MAX_ROWS = 20
MAX_CARDS = 8
MAX_HOLDS = 40
BY_PEOPLE = {
    State.APPROVED: "approved {id}",
    State.REJECTED: "rejected {id}",
    State.SNOOZED: "put {id} off",
    State.TAKEN: "took {id} on",
    State.UNDONE: "took {id} back",
    State.PENDING: "reopened {id}",
}
"""What a person's move is called; the others are consequences."""
ORIGINS = {
    Origin.UNDID: "Taken back",
    Origin.REENABLED: "Enabled again",
    Origin.REJECTED: "Rejected",
    Origin.UNTICKED: "Left out",
    Origin.NEVER: "“Never”",
    Origin.NOT_NOW: "“Not now”",
}
"""What made the person's hold, in words."""
USAGE = {how.split()[0]: (how, what) for how, what in read_table(__package__, "usage.toml").items()}
"""Each subcommand → (usage, what it does)."""


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
    maintenance: tuple[Maintenance, ...] = ()
    autopilot: Autopilot
    brakes: tuple[str, ...] = ()
    """Brakes that hold right now, a plain sentence each."""
    degraded: tuple[str, ...] = ()


def stranger(approvers: Sequence[str], about: str = "P-") -> Message:
    """To somebody who may not change anything: who may. `about`: the id of what they clicked."""
    some = listed((mention([one]) for one in approvers), last="or", most=10)
    do = "approve" if about.startswith(("P-", "all")) else "do"
    return _said(f"Nothing changed. {some} can {do} this." if some else "Nothing changed.")


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
    if current.review:
        still = "What is still new is under `/operator pending`."
        return _said(f"Nothing was applied: {name} {did}, {ago} before you. {still}")
    return _said(f"{name} {did}, {ago} before you. Your click did nothing.")


def foreign(stamp: str, here: Deployment) -> Message:
    """To somebody whose click reached us, though we did not draw what they clicked."""
    _, _, database = stamp.partition(".")
    if not stamp:
        whose = "was drawn before I marked what is mine: the newest digest has it as it is now"
    elif database == here.database[: max(NAMED, len(database))]:
        whose = f"belongs to an earlier AI Operator on {code(database)}, whose records are no longer there"
    else:
        another = f"another AI Operator (database {code(database)})"
        whose = f"belongs to {another}, not to me ({code(here.database)})"
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
    if current.review and current.state == State.PENDING:
        offered = evidence.offered(current.members)
        why = f"{current.id} changed since you read it, and is about {offered} now"
        return _said(f"Nothing was applied: {why}. Open Review again, and tick what you want.")
    new = evidence.named((ref for ref in current.refs if ref not in (read or ())), most=8)
    gone = evidence.named((ref for ref in read or () if ref not in current.refs), most=8)
    same = "" if new or gone else "The models are the same; what is known about them changed."
    changed = [f"Joined since: {new}." if new else "", f"Left since: {gone}." if gone else "", same]
    anew = [f"*{evidence.title(current)}*", evidence.sentences(current, now)]
    return _said(
        f"Nothing changed: {current.id} is no longer what you read.",
        *(changed if read is not None else ()),
        *((*anew, "Read the card as it is now, and answer there.") if current.state == State.PENDING else ()),
    )


def status(shown: Status, names: Names, now: datetime) -> Message:
    """`/operator status`."""
    return _said(status_words(shown, names, now))


def status_words(shown: Status, names: Names, now: datetime) -> str:
    good = shown.last_good_run
    looked = f"{ago(now - good)}, {day_and_clock(good)}" if good else "not yet"
    return joined(
        *warned(shown.degraded),
        autopilot_line(shown.autopilot, names),
        *(maintained(one, names) for one in shown.maintenance[:10]),
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
    shown, older = entries[:MAX_ROWS], len(entries) - MAX_ROWS
    blocks = entry_rows(shown, names, now)
    if older > 0:
        blocks.append(section(f"And {older:,} older.", "rest"))
    return Message.of("The last change" if len(shown) == 1 else f"The last {len(shown)} changes", blocks)


def entry_rows(entries: Sequence[JournalEntry], names: Names, now: datetime) -> list[Block]:
    """A row for each batch, with the first of its models."""
    lines = ((e, joined(entry_line(e, names, now), _models(e, 3, 40))) for e in entries)
    return [section(line, f"entry.{e.id}", _undo_button(e)) for e, line in lines]


def _models(entry: JournalEntry, most: int, long: int = 60) -> str:
    """Those that were changed, where the line above only counts them."""
    done = [one.ref.model_id for one in entry.outcomes if one.result == Result.DONE]
    return listed((code(one, long) for one in dict.fromkeys(done)), most=most) if len(done) > 1 else ""


def entry_line(entry: JournalEntry, names: Names, now: datetime) -> str:
    """ "J-412 · Ana disabled 5 of 6 bedrock models, 2 hours ago"."""
    did = "took back" if entry.undo_of else DONE_WORDS[entry.action]
    when = f"{ago(now - entry.started_at)}{because(entry.reason, 150)}"
    back = any(change.undone_by for change in entry.changes)
    taken = (" · partly taken back" if entry.standing else " · taken back") if back else ""
    running = "" if entry.closed else " · still under way"
    to = becomes(entry.action, (c.after.values.get("successor_model") for c in entry.standing))
    what = f"{did} {done_to(entry.outcomes, entry.provider)}{to}"
    if entry.undo_of and (so := sum(one.result == Result.ALREADY for one in entry.outcomes)):
        what += f" ({so:,} stood so already)"
    if entry.mode:
        what = f"set autopilot from {' to '.join(entry.mode)}"
    return f"*{entry.id}* · {who(entry.by, names)} {what}, {when}{taken}{running}"


def story(told: Story, names: Names) -> Message:
    """`/operator why`, also in the terminal."""
    happened = [
        joined(day_and_clock(e.at), outside(e.what, 150), e.by and who(e.by, names), by=" · ")
        + (f": “{provider_words(e.said, 200)}”" if e.said else "")
        for e in told.events[-MAX_ROWS:]
    ]
    head, stands = f"*{outside(told.about, 120)}*", told.stands(lambda by: who(by, names))
    change = f"*What would change it:* {outside(told.would_change, 300)}"
    lines = joined(head, *bulleted([outside(one, 300) for one in stands], MAX_ROWS), "", *happened, change)
    return Message.of(head, paragraphs(lines, "story"))


def pending(proposals: Sequence[Proposal], names: Names, now: datetime) -> Message:
    """`/operator pending`: the decisions with their buttons, the newest first; a line each for the rest."""
    waiting = sorted(proposals, key=lambda p: p.created_at, reverse=True)
    if not waiting:
        return _said("Nothing waits for you.")
    decisions = [p for p in waiting if p.state == State.PENDING and p.action != ProposalAction.ATTEND]
    shown = decisions[:MAX_CARDS]
    rest = [p for p in (*decisions, *waiting) if p not in shown]
    lines = [waiting_line(p, now) for p in dict.fromkeys(rest)]
    blocks = [block for p in shown for block in card(Card(proposal=p), names, now)]
    blocks += [section("\n".join(("*Besides*", *bulleted(lines, MAX_ROWS))), "rest")] if lines else []
    return Message.of(f"{plural(len(waiting), 'thing waits', 'things wait')}", blocks)


def waiting_line(proposal: Proposal, now: datetime) -> str:
    """One line for what waits."""
    if proposal.action == ProposalAction.ATTEND:
        return f"{evidence.down_line(proposal, now)}  {proposal.id}"
    kind = f" · {proposal.kind.traits.words}" if proposal.kind else ""
    waits = f"waits for {duration(now - proposal.created_at)}"
    return f"*{evidence.in_short(proposal)}?*  {proposal.id}{kind} · {waits}"


def done(entry: JournalEntry, names: Names, now: datetime, *, interrupted: bool = False) -> Message:
    """What came of a click or a command, model by model where something stood in the way."""
    line = f"{'Interrupted, then finished: ' if interrupted else ''}{entry_line(entry, names, now)}"
    models = _models(entry, evidence.MOST_NAMED) if entry.automatic else ""  # people picked theirs
    text = joined(line, *kept(entry.outcomes, MAX_ROWS))
    named = [section(models, f"named.{entry.id}")] if models else []
    return Message.of(line, [section(text, f"done.{entry.id}", _undo_button(entry)), *named])


def batches(entries: Sequence[JournalEntry], names: Names, now: datetime) -> Message:
    """What came of several, one below the other."""
    told, rest = [done(entry, names, now) for entry in entries[:MAX_ROWS]], len(entries) - MAX_ROWS
    more = [section(f"And {rest:,} more: `/operator history`.", "rest")] if rest > 0 else []
    return Message.of("\n".join(one.text for one in told), [*(b for one in told for b in one.blocks), *more])


def error(text: str) -> Message:
    """Something did not work, in its own words."""
    return _said(f"⚠ {escape(cut(text[:1].upper() + text[1:], 2000))}")


def unexpected(cause: Exception) -> Message:
    """Something that nobody thought of; a traceback is in the log."""
    return error(
        f"something went wrong here ({type(cause).__name__}); the log says more. "
        "Look at the card or `/operator history` before you try again."
    )


def _said(*lines: str) -> Message:
    text = joined(*lines)
    return Message.of(text, [section(text, "answer")])


def autopilot_line(autopilot: Autopilot, names: Names) -> str:
    """As in the digest, and since when."""
    since = autopilot.pause.at if autopilot.pause else autopilot.mode.chosen.at
    mark = "⏸ " if autopilot.pause else ""
    return f"{mark}{autopilot_words(autopilot, names)} · since {day_and_clock(since)}"


def _undo_button(entry: JournalEntry) -> Block | None:
    if entry.undo_of or not entry.closed or not entry.standing:
        return None
    return button("Undo…", Verb.UNDO, Target.on(entry))


def holds(standing: Sequence[Hold], names: Names, now: datetime, most: int = MAX_HOLDS) -> ViewDict:
    """What people put on hold, with who and why."""
    if not standing:
        return modal("On hold", [section("Nothing is on hold.", "none")])
    head = section("I neither change these nor ask about them until somebody releases them.", "head")
    rest = f"And {len(standing) - most:,} older. They come up as the newer ones are released."
    older = [small(rest, "rest")] if len(standing) > most else []
    return modal("On hold", [head, *hold_rows(standing[:most], names, now), *older])


def hold_rows(standing: Sequence[Hold], names: Names, now: datetime) -> list[Block]:
    """One row for each hold, with its Release button."""
    return [
        section(hold_line(h, names, now), f"hold.{h.id}", button("Release", Verb.RELEASE, Target.on(h)))
        for h in standing
    ]


def hold_line(hold: Hold, names: Names, now: datetime) -> str:
    """ "`llama-2` on groq · gone at the provider", and below it whose word that is."""
    provider = outside(hold.provider, 60)
    where = "" if hold.origin in ON_NEW_MODELS else f" on {provider}"  # an offer names it
    what = f"{code(hold.model_id, 80)}{where}" if hold.model_id else f"*{provider}*, as a whole"
    about = f" · {hold.kind.traits.words}" if hold.kind else ""
    ends = f", until {day_and_clock(hold.until)}" if hold.until else ""
    said = f"{ORIGINS[hold.origin]} by {who(hold.by, names)} {ago(now - hold.at)}{ends}"
    return f"{what}{about}\n{said}{because(hold.reason)}"


def usage(subcommand: str | None = None, wrong: str = "") -> Message:
    """All subcommands, or the usage of one. `wrong`: what was typed and could not be understood."""
    meant = "".join(f" Did you mean {code(name)}?" for name in get_close_matches(wrong.lower(), USAGE, 1))
    first = f"I don't know {code(wrong, 60)}.{meant}\n" if wrong else ""
    if subcommand in USAGE:
        how, what = USAGE[subcommand]
        text = fallback = f"{first}`/operator {how}`: {what}"
    else:
        lines = "\n".join(f"• `/operator {how}`: {what}" for how, what in USAGE.values())
        text = f"{first}Everybody may look; approvers may change.\n{lines}"
        fallback = f"{first}There are {plural(len(USAGE), 'command')}; /operator help lists them."
    return Message.of(fallback, [section(text, "usage")])
