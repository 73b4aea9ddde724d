"""The rules: all that people, the schedule, the benchmark and misfortune may do, in any order."""

import sys
from datetime import timedelta
from typing import Any, ClassVar, get_args

from hypothesis import strategies as st
from hypothesis.errors import StopTest
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from model.acting import World, with_successors
from model.laboratory import Judge, Laboratory
from model.plain import members_of
from model.platform import MODELS, SUCCESSORS, Document, EditKind, Mood, Ref, ref_of
from model.wire import Befalls, Trouble
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import ProposalAction
from operator_core.use_cases import UseCases

PEOPLE = ("U1ANA", "U2BEN")
TURNING = (MODELS[0], MODELS[2], MODELS[3], MODELS[6])
"""Not enough of a provider's to be its outage, and two of them with a successor."""
POLICY = "policy"
LATEST_WRITE = 12
AT_HAND = 5
"""Below it, a pick is from what is most likely to matter now."""
MOST_MODELS = 8

person = st.sampled_from(PEOPLE)
pick = st.integers(0, 7)
"""Which of a list's entries, counted around."""
some = st.integers(0, 2**MOST_MODELS - 1)
"""Which members, a bit each; 0: all of them."""
first_moods = st.sampled_from(("gone", "gone", "gone", "slow", "silent", "answers"))
moods = st.sampled_from(("answers", "answers", "gone", "slow", "silent"))
judges = st.sampled_from(("sensible", "sensible", "reckless", "unsure", "rules"))
befalls: st.SearchStrategy[Befalls] = st.sampled_from(
    ("dies before", "dies after", "dies, it lands late", "held", "error, landed", "error, lost", "reset")
)
troubles = st.one_of(
    st.builds(Trouble, befalls, st.integers(0, LATEST_WRITE)),
    st.builds(Trouble, befalls, st.integers(0, 2), st.just(True)),
)
perhaps = st.one_of(st.none(), st.none(), troubles)


class Operator(RuleBasedStateMachine):
    """AI Operator over a tiny platform."""

    lab: ClassVar[Laboratory]
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Operator.examples += 1
        self.world = World(self.lab)
        self.last_run: Any = None

    @initialize(
        moods=st.fixed_dictionaries(dict.fromkeys(TURNING, first_moods)),
        names_taken=st.booleans(),
    )
    def the_platform_is_as_it_is(self, moods: dict[Ref, Mood], names_taken: bool) -> None:
        """`names_taken`: no successor can be added, because something else has its name."""
        self.world.begin(moods)
        for one in [
            one for one, document in self.world.view.models.items() if ref_of(document) in SUCCESSORS
        ]:
            if names_taken:
                self.world.edited("squat", one)
        self.look("sensible", None)

    # The schedule

    @rule(judge=judges, trouble=perhaps)
    def look(self, judge: Judge, trouble: Trouble | None) -> None:
        self.lab.judge = judge
        self.last_run = self.world.act("run", POLICY, lambda core: core.run("model"), trouble)

    @precondition(lambda self: self._automatic())
    @rule(trouble=perhaps)
    def act_alone(self, trouble: Trouble | None) -> None:
        run, _ = self.last_run

        async def alone(core: UseCases) -> tuple[str, ...]:
            await core.act_alone(run)
            return core.stores.notes.lines

        refs = {ref for one in self._automatic() for ref in with_successors(members_of(one))}
        quiet = trouble is None and not self.world.unsettled
        notes = self.world.act("policy's act", POLICY, alone, trouble, may_change=frozenset(refs))
        assert not (quiet and notes), notes

    def _automatic(self) -> list[Document]:
        """What the last run would let policy do."""
        asked = self.world.view.in_state("pending") if self.last_run is not None else []
        return [one for one in asked if any(member["route"] == "auto" for member in one["members"])]

    @precondition(lambda self: self.world.unsettled)
    @rule(seconds=st.sampled_from((31, 31, 5)))
    def take_over(self, seconds: int) -> None:
        self.world.take_over(seconds)

    # People

    @precondition(lambda self: self.world.view.in_state("pending"))
    @rule(which=pick, by=person, members=some, age=st.sampled_from((0, 0, 0, 1)))
    def approve(self, which: int, by: str, members: int, age: int) -> None:
        self._approve(self._one("pending", which=which), by, members, None, age)

    @precondition(lambda self: self.world.view.in_state("pending"))
    @rule(which=pick, by=person, members=some, trouble=troubles)
    def approve_in_trouble(self, which: int, by: str, members: int, trouble: Trouble) -> None:
        self._approve(self._one("pending", which=which), by, members, trouble)

    @precondition(lambda self: self._renames())
    @rule(which=pick, by=person, trouble=perhaps)
    def approve_a_rename(self, which: int, by: str, trouble: Trouble | None) -> None:
        renames = self._renames()
        self._approve(renames[which % len(renames)], by, 0, trouble)

    def _renames(self) -> list[Document]:
        return [one for one in self.world.view.in_state("pending") if one["action"] == "rename"]

    @precondition(lambda self: self.world.view.in_state("draft", "conflicted", "failed", "rejected"))
    @rule(which=pick, by=person)
    def approve_what_is_not_asked(self, which: int, by: str) -> None:
        self._approve(self._one("draft", "conflicted", "failed", "rejected", which=which), by, 0, None)

    def _approve(self, one: Document, by: str, members: int, trouble: Trouble | None, age: int = 0) -> None:
        refs = chosen(members_of(one), members)
        self.world.plain.approvals |= {(one["_id"], by, ref) for ref in refs}
        wanted = (
            [ModelRef(provider=provider, model_id=model) for provider, model in refs] if members else None
        )
        self.world.act(
            f"{by}'s approval of {one['_id']}",
            by,
            lambda core: core.approve(
                one["_id"], one["revision"] - age, by=by, refs=wanted, reason="so be it"
            ),
            trouble,
            may_change=frozenset(with_successors(refs)),
        )

    @precondition(lambda self: self._standing())
    @rule(which=pick, by=person, members=some, trouble=perhaps)
    def undo(self, which: int, by: str, members: int, trouble: Trouble | None) -> None:
        entries = self._standing()
        self._undo(entries[which % len(entries)], by, members, trouble)

    @precondition(lambda self: self.world.view.journal)
    @rule(which=pick, by=person)
    def undo_anything(self, which: int, by: str) -> None:
        entries = list(self.world.view.journal.values())
        self._undo(entries[which % len(entries)], by, 0, None)

    def _standing(self) -> list[Document]:
        """Entries of which something can be taken back."""
        return [
            entry
            for entry in self.world.view.journal.values()
            if entry["undo_of"] is None
            and any(one["result"] == "done" and not one["undone_by"] for one in entry["changes"])
        ]

    def _undo(self, entry: Document, by: str, members: int, trouble: Trouble | None) -> None:
        touched = list(dict.fromkeys(pair(change["member"]) for change in entry["changes"]))
        refs = chosen(touched, members)
        wanted = (
            [ModelRef(provider=provider, model_id=model) for provider, model in refs] if members else None
        )
        self.world.act(
            f"{by}'s undo of {entry['_id']}",
            by,
            lambda core: core.undo(entry["_id"], by=by, refs=wanted, reason="not so"),
            trouble,
            may_change=frozenset(with_successors(refs)),
        )

    @precondition(lambda self: self.world.view.in_state("pending"))
    @rule(which=pick, by=person, trouble=perhaps)
    def reject(self, which: int, by: str, trouble: Trouble | None) -> None:
        one = self._one("pending", which=which)
        self.world.act(
            "rejection",
            by,
            lambda core: core.reject(one["_id"], one["revision"], by=by, reason="no"),
            trouble,
        )

    @precondition(lambda self: self.world.view.in_state("pending"))
    @rule(which=pick, by=person, hours=st.sampled_from((None, 24)))
    def put_off(self, which: int, by: str, hours: int | None) -> None:
        one = self._one("pending", which=which)
        number, revision = one["_id"], one["revision"]
        until = None if hours is None else self.lab.clock.now + timedelta(hours=hours)
        if one["action"] == "attend" and hours is None:
            self.world.act("taking", by, lambda core: core.take(number, revision, by=by))
        else:
            self.world.act("snooze", by, lambda core: core.snooze(number, revision, by=by, until=until))

    @precondition(lambda self: self.world.view.in_state("rejected", "snoozed", "taken"))
    @rule(which=pick, by=person, trouble=perhaps)
    def reopen(self, which: int, by: str, trouble: Trouble | None) -> None:
        one = self._one("rejected", "snoozed", "taken", which=which)
        self.world.act(
            "reopening",
            by,
            lambda core: core.reopen(one["_id"], one["revision"], by=by),
            trouble,
            may_end=self._words_about(one, "rejected"),
        )

    @precondition(lambda self: self.world.view.standing_holds())
    @rule(which=pick, by=person, trouble=perhaps)
    def release(self, which: int, by: str, trouble: Trouble | None) -> None:
        holds = self.world.view.standing_holds()
        hold = holds[which % len(holds)]
        self.world.act(
            f"release of {hold['_id']}",
            by,
            lambda core: core.release(hold["_id"], by=by),
            trouble,
            may_end=frozenset({hold["_id"]}),
        )

    @precondition(lambda self: self.world.view.standing_holds())
    @rule(which=pick, by=person)
    def release_all_of_a_card(self, which: int, by: str) -> None:
        one = self._one(*{proposal["state"] for proposal in self.world.view.proposals.values()}, which=which)
        self.world.act(
            f"release of {one['_id']}",
            by,
            lambda core: core.release_all_of(one["_id"], by=by),
            may_end=self._words_about(one, "rejected", "undid"),
        )

    @rule(
        which=pick,
        by=person,
        on=st.booleans(),
        whole=st.booleans(),
        then=st.sampled_from(("approve", "approve", "submit", "cancel", "leave")),
    )
    def command(self, which: int, by: str, on: bool, whole: bool, then: str) -> None:
        provider, model = MODELS[which]
        action = ProposalAction.ENABLE if on else ProposalAction.DISABLE
        wanted = provider if whole else f"{provider}/{model}"
        drafted = self.world.act("command", by, lambda core: core.switch(action, wanted, by=by))
        if drafted is None or then == "leave":
            return
        if then == "cancel":
            self.world.act("cancelling", by, lambda core: core.cancel(drafted.id))
            return
        self.world.act("submitting", by, lambda core: core.submit(drafted.id, drafted.revision, by=by))
        if then == "approve":
            self._approve(self.world.view.proposals[drafted.id], by, 0, None)

    @precondition(lambda self: self.world.view.in_state("draft"))
    @rule(which=pick, by=person)
    def submit(self, which: int, by: str) -> None:
        one = self._one("draft", which=which)
        self.world.act("submitting", by, lambda core: core.submit(one["_id"], one["revision"], by=by))

    @precondition(lambda self: self.world.view.pause is None)
    @rule(by=person)
    def pause(self, by: str) -> None:
        self.world.act("pause", by, lambda core: core.pause(by=by, reason="wait"))

    @precondition(lambda self: self.world.view.pause is not None)
    @rule(by=person)
    def resume(self, by: str) -> None:
        self.world.act("resume", by, lambda core: core.resume())

    # The platform, and misfortune

    @rule(which=pick, mood=moods)
    def a_models_mood_turns(self, which: int, mood: Mood) -> None:
        approved = [ref for one in self.world.view.in_state("approved") for ref in members_of(one)]
        refs = approved if approved and which < AT_HAND else [*TURNING, *MODELS]
        self.world.plain.moods[refs[which % len(refs)]] = mood
        self.world.time_passes(1)
        self.last_run = None

    @rule(hours=st.sampled_from((1, 7, 25, 50, 24 * 31)))
    def time_passes(self, hours: int) -> None:
        if self.world.may_pass(hours):
            self.world.time_passes(hours)
            self.last_run = None

    @rule(which=pick, kind=st.sampled_from((*get_args(EditKind), "disable", "squat")))
    def somebody_outside(self, which: int, kind: EditKind) -> None:
        documents = list(self.world.view.models.values())
        named = [one for one in documents if ref_of(one) in SUCCESSORS]
        off = [one for one in documents if one["enabled"] is not True]
        of_kind = (
            named
            if kind in ("successor", "squat")
            else off
            if off and (which < AT_HAND or kind == "disable")
            else documents
        )
        if of_kind:
            self.world.edited(kind, of_kind[which % len(of_kind)]["_id"])

    @precondition(lambda self: self.world.under_way is not None)
    @rule()
    def what_was_under_way_lands(self) -> None:
        self.world.lands()

    def teardown(self) -> None:
        if not self.world.wrong and not isinstance(sys.exc_info()[1], StopTest):
            self.world.end()
        self.world.leave()

    def _one(self, *states: str, which: int) -> Document:
        proposals = self.world.view.in_state(*states)
        return proposals[which % len(proposals)]

    def _words_about(self, proposal: Document, *origins: str) -> frozenset[str]:
        """The holds that answers to this proposal made."""
        return frozenset(
            hold["_id"]
            for hold in self.world.view.standing_holds()
            if hold["origin"] in origins and hold["proposal_id"] == proposal["_id"]
        )


def chosen(refs: list[Ref], bits: int) -> list[Ref]:
    """Those whose bit is set; all of them where none is."""
    return [ref for number, ref in enumerate(refs) if bits >> number & 1] if bits else refs


def pair(ref: Document) -> Ref:
    return ref["provider"], ref["model_id"]
