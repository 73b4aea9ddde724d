"""How a deployment introduces itself, and how shadow ends: by a decision, with what it would have done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.slack.views import evidence, forms, sections
from bot.slack.views.actions import OBVIOUS, Target, Verb, members_meant
from bot.slack.views.blocks import DIVIDER, Block, actions, button, section, with_buttons
from bot.slack.views.content import DigestContent, Introduction
from bot.slack.views.text import code, joined, listed, outside
from bot.slack.views.who_and_when import Names
from operator_core.diagnosis.partition import Place
from operator_core.domain.kinds import Kind
from operator_core.domain.mode import Mode, ShadowRecord
from operator_core.domain.proposals import State
from operator_core.domain.situations import WIDE
from operator_core.words import ago, duration, plural

MOST_RECORDS = 60
SHADOW = (
    "In *shadow* I look, judge and ask as ever, and change no model that an approver hasn't approved. On "
    "each card I say whether I would have done it alone: only models {which}, "
    "within the brakes of operator.toml.\n"
    "After seven good digests I ask once whether to turn me on, and list what I would have done. Until then, "
    "and after, `/operator autopilot off|shadow|on` is an approver's choice; `/operator pause` stops me."
)


def title(content: DigestContent, introduction: Introduction) -> str:
    since = f"{introduction.since:%d %B}".removeprefix("0")
    providers = plural(len({ref.provider for ref in content.stands.where}), "provider")
    return f"Hello: {plural(content.stands.running, 'model')} over {providers}, read since {since}"


def page(
    content: DigestContent,
    introduction: Introduction,
    counted: Mapping[str, Sequence[Block]],
    most: int,
    names: Names,
) -> list[Block]:
    """What it reads, may write and how far it goes; and the largest situations, decisions first."""
    asked, down = (
        sorted(cards, key=lambda c: -len(c.proposal.members)) for cards in (content.decisions, content.down)
    )
    shown = [*asked, *down][:most]
    keys = content.model_copy(update={"down": (), "to_fix": ()})
    obvious, all_obvious = _obvious(content), Target(id="all", choice=OBVIOUS)
    approve = f"Approve the {obvious:,} obvious…"
    begin = [
        *([button(approve, Verb.APPROVE_ALL, all_obvious, at="obvious")] * bool(obvious)),
        button("Show all", Verb.SHOW_ALL, Target(id="all")),
        button("What is shadow?", Verb.EXPLAIN, Target(id="shadow")),
    ]
    return [
        *counted["head"],
        section(_myself(content, introduction), "introduction"),
        section(_found(content, len(shown)), "answering"),
        actions("begin", *begin),
        *sections.warnings(content.degraded),
        *sections.down(keys, 0, names),
        DIVIDER,
        *sections.drawn(shown, content, names),
        *counted["state"],
    ]


def _myself(content: DigestContent, introduction: Introduction) -> str:
    of, mode = introduction.of, content.autopilot.mode.mode
    reads = listed(map(code, (of.errors, of.successes, of.models)))
    alone = "I am in shadow" if mode == Mode.SHADOW else "my autopilot is off"
    return (
        f"I read {reads}. I change {code(of.models)} only where an approver approves ({alone}); my verdicts "
        f"I note in {code(of.model_status)}, OpenRouter's list in {code(of.openrouter_catalog)}, the rest in "
        "`operator_…`."
    )


def _obvious(content: DigestContent) -> int:
    """Models that wait, gone by their providers' own words for long enough."""
    waiting = [c.proposal for c in content.decisions if c.proposal.state == State.PENDING]
    return sum(len(members_meant(one, OBVIOUS)) for one in waiting)


def _found(content: DigestContent, shown: int) -> str:
    down = [c.proposal for c in content.down if c.proposal.scope in WIDE]
    largest = sorted(down, key=lambda p: -len(p.members))[:3]
    counts = [content.stands.count(Place.DOWN, p.id) for p in largest]
    models, obvious = content.now_answering, _obvious(content)
    others = models.enabled - models.answering - sum(counts) - obvious
    gone = f"{obvious:,} gone for more than {duration(content.failing_for)}, by their providers' own words."
    return joined(
        f"*{models.answering:,} of {models.enabled:,}* models answer.",
        *(
            f"{outside(p.provider, 60)} {evidence.ails(p.scope, p.kind, whole=True)} ({count:,})."
            for count, p in zip(counts, largest, strict=True)
        ),
        gone if obvious else "",
        plural(others, "other doesn't answer.", "others don't answer.") if others > 0 else "",
        f"The {f'{shown} ' * (shown > 1)}largest below, the rest in Home."
        if 0 < shown < len(content.decisions) + len(content.down)
        else "",
        f"{plural(content.unreadable_rows, 'row')} could not be read (`ai-operator doctor --rows`)."
        if content.unreadable_rows
        else "",
        by=" ",
    )


def turn_on(kinds: Iterable[Kind]) -> list[Block]:
    """Once, from the seventh good digest on; and when it was asked to come again."""
    return with_buttons(
        f"*Turn me on* for models {evidence.in_whose_words(kinds)}?",
        "turn_on",
        button("Turn on…", Verb.TURN_ON, Target(id="autopilot")),
        button("Ask in a week", Verb.ASK_LATER, Target(id="autopilot")),
    )


def explained(kinds: Iterable[Kind], failing_for: timedelta) -> forms.ViewDict:
    """`kinds`: what may be done alone, after failing for so long."""
    which = f"{evidence.in_whose_words(kinds)} for {duration(failing_for)} or more"
    return forms.modal("What is shadow?", [section(SHADOW.format(which=which), "shadow")])


def before_turning_on(records: Sequence[ShadowRecord], now: datetime, seen: int) -> forms.ViewDict:
    """What would have been done, the newest first; submitting turns it on. `seen`: the choice's version."""
    newest = sorted(records, key=lambda one: one.at, reverse=True)
    lines = [
        f"{code(one.member.ref.model_id, 60)} on {outside(one.member.ref.provider, 40)} · "
        f"{ago(now - one.at)} · {one.proposal_id}"
        for one in newest[:MOST_RECORDS]
    ]
    rest = [f"And {len(records) - MOST_RECORDS:,} more."] if len(records) > MOST_RECORDS else []
    so_far = plural(len(records), "model") if records else "nothing so far"
    head = (
        f"Alone, I would have disabled {so_far}. From now on I do so, within "
        "operator.toml's brakes; each is told in the digest, with Undo. `/operator pause` stops me at once."
    )
    below = forms.paragraphs("\n".join([*lines, *rest]), "records") if lines else []
    target = Target(id="autopilot", choice=str(seen))
    return forms.dialog(forms.Form.TURN_ON, target, "Turn the autopilot on", "Turn on", head, *below)
