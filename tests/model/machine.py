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
from model.draws import (
    AT_HAND,
    ODD,
    PEOPLE,
    POLICY,
    TURNING,
    Meanwhile,
    by_hand,
    first_moods,
    judges,
    meanwhile,
    moods,
    mostly_gone,
    perhaps,
    person,
    pick,
    some,
    unfinished,
)
from model.laboratory import Judge, Laboratory
from model.plain import is_run, members_of
from model.platform import MODELS, SUCCESSORS, Document, EditKind, Mood, Ref, ref_of
from model.wire import Trouble
from operator_core.domain.base import ModelRef
from operator_core.domain.proposals import ProposalAction
from operator_core.use_cases import UseCases


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
        moods=st.fixed_dictionaries(
            {ref: mostly_gone if ref in SUCCESSORS else first_moods for ref in TURNING}
        ),
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
    @rule(trouble=st.one_of(perhaps, unfinished), meanwhile=meanwhile)
    def act_alone(self, trouble: Trouble | None, meanwhile: Meanwhile) -> None:
        run, _ = self.last_run
        wanted = [ref for one in self._automatic() for ref in members_of(one)]

        async def alone(core: UseCases) -> tuple[str, ...]:
            await core.act_alone(run)
            return core.stores.notes.lines

        refs = with_successors(wanted)
        quiet = trouble is None and not self.world.unsettled
        notes = self.world.act("policy's act", POLICY, alone, trouble, may_change=frozenset(refs))
        assert not (quiet and notes), notes
        self._happens(meanwhile, wanted, PEOPLE[0])

    def _automatic(self) -> list[Document]:
        """What the last run would let policy do."""
        asked = self.world.view.in_state("pending") if self.last_run is not None else []
        return [one for one in asked if any(member["route"] == "auto" for member in one["members"])]

    @precondition(lambda self: self.world.unsettled)
    @rule(seconds=st.sampled_from((31, 31, 5)))
    def take_over(self, seconds: int) -> None:
        self.world.take_over(seconds)

    # People

    @precondition(lambda self: self.world.view.proposals)
    @rule(which=pick, by=person, members=some, age=st.sampled_from((0, 0, 0, 1)))
    def approve(self, which: int, by: str, members: int, age: int) -> None:
        """Mostly what is asked."""
        asked = self.world.view.in_state("pending") if which < ODD else []
        ones = asked or list(self.world.view.proposals.values())
        self._approve(ones[which % len(ones)], by, members, None, age)

    @precondition(lambda self: self.world.view.in_state("pending"))
    @rule(which=pick, by=person, members=some, trouble=unfinished, meanwhile=meanwhile)
    def approve_in_trouble(
        self, which: int, by: str, members: int, trouble: Trouble, meanwhile: Meanwhile
    ) -> None:
        asked = self.world.view.in_state("pending")
        asked = [one for one in asked if one["action"] != "attend"] or asked
        one = asked[which % len(asked)]
        self._approve(one, by, members, trouble)
        self._happens(meanwhile, members_of(one), by)

    def _happens(self, meanwhile: Meanwhile, refs: list[Ref], by: str) -> None:
        """What speaks against the rest of a batch that was left unfinished."""
        if not self.world.unsettled:
            return
        if meanwhile == "they answer":
            self.world.plain.moods.update(dict.fromkeys(refs, "answers"))
            self.world.time_passes(1)
        elif meanwhile == "a pause" and self.world.view.pause is None:
            self.pause_or_resume(by)

    @precondition(lambda self: self._renames())
    @rule(which=pick, by=person, trouble=perhaps, then=st.one_of(st.none(), by_hand))
    def approve_a_rename(self, which: int, by: str, trouble: Trouble | None, then: EditKind | None) -> None:
        renames = self._renames()
        self._approve(renames[which % len(renames)], by, 0, trouble)
        if then is not None and not self.world.unsettled:
            self._undo_after_an_edit(which, by, then, None)

    def _renames(self) -> list[Document]:
        return [one for one in self.world.view.in_state("pending") if one["action"] == "rename"]

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

    @precondition(lambda self: self.world.view.journal)
    @rule(which=pick, by=person, members=some, trouble=perhaps)
    def undo(self, which: int, by: str, members: int, trouble: Trouble | None) -> None:
        """Mostly what can be taken back."""
        entries = (self._standing() if which < ODD else []) or list(self.world.view.journal.values())
        self._undo(entries[which % len(entries)], by, members, trouble)

    @precondition(lambda self: self._standing_renames() or self._renames())
    @rule(which=pick, by=person, kind=by_hand, trouble=perhaps)
    def undo_a_rename_after_an_edit(
        self, which: int, by: str, kind: EditKind, trouble: Trouble | None
    ) -> None:
        """Where none stands, one is approved first."""
        if not self._standing_renames():
            renames = self._renames()
            self._approve(renames[which % len(renames)], by, 0, None)
        self._undo_after_an_edit(which, by, kind, trouble)

    def _undo_after_an_edit(self, which: int, by: str, kind: EditKind, trouble: Trouble | None) -> None:
        """Of one of the documents that a rename switched off."""
        entries = self._standing_renames()
        if not entries:
            return
        entry = entries[which % len(entries)]
        there = [
            change["document_id"]
            for change in entry["changes"]
            if change["op"] == "set" and change["document_id"] in self.world.view.models
        ]
        if there:
            self.world.edited(kind, there[which % len(there)])
        self._undo(entry, by, 0, trouble)

    def _standing_renames(self) -> list[Document]:
        return [entry for entry in self._standing() if entry["action"] == "rename"]

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
        view = self.world.view
        answered = {hold["proposal_id"] for hold in view.standing_holds()} & view.proposals.keys()
        ones = [view.proposals[one] for one in sorted(answered)] if which < AT_HAND else []
        ones = ones or list(view.proposals.values())
        one = ones[which % len(ones)]
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
        then=st.sampled_from(("approve", "approve", "undo", "undo", "submit", "cancel", "leave")),
    )
    def command(self, which: int, by: str, on: bool, whole: bool, then: str) -> None:
        off = [ref for ref in MODELS if not is_run(self.world.view, ref)] if on and which < AT_HAND else []
        provider, model = off[which % len(off)] if off else MODELS[which]
        action = ProposalAction.ENABLE if on else ProposalAction.DISABLE
        wanted = provider if whole else f"{provider}/{model}"
        drafted = self.world.act("command", by, lambda core: core.switch(action, wanted, by=by))
        if drafted is None or then == "leave":
            return
        if then == "cancel":
            self.world.act("cancelling", by, lambda core: core.stores.proposals.forget_draft(drafted.id))
            return
        self.world.act("submitting", by, lambda core: core.submit(drafted.id, drafted.revision, by=by))
        if then in ("approve", "undo"):
            self._approve(self.world.view.proposals[drafted.id], by, 0, None)
        if then == "undo":
            entries = [entry for entry in self._standing() if entry["proposal_id"] == drafted.id]
            for entry in entries:
                self._undo(entry, by, 0, None)

    @precondition(lambda self: self.world.view.in_state("draft"))
    @rule(which=pick, by=person)
    def submit(self, which: int, by: str) -> None:
        one = self._one("draft", which=which)
        self.world.act("submitting", by, lambda core: core.submit(one["_id"], one["revision"], by=by))

    @rule(by=person)
    def pause_or_resume(self, by: str) -> None:
        if self.world.view.pause is None:
            self.world.act("pause", by, lambda core: core.pause(by=by, reason="wait"))
        else:
            self.world.act("resume", by, lambda core: core.stores.pause.take())

    # The platform, and misfortune

    @rule(which=pick, mood=moods)
    def a_models_mood_turns(self, which: int, mood: Mood) -> None:
        asked = self.world.view.in_state("approved") or self.world.view.in_state("pending")
        at_hand = [ref for one in asked for ref in members_of(one)]
        refs = at_hand if at_hand and which < AT_HAND else [*TURNING, *MODELS]
        self.world.plain.moods[refs[which % len(refs)]] = mood
        self.world.time_passes(1)

    @rule(hours=st.sampled_from((1, 7, 25, 50, 24 * 31)))
    def time_passes(self, hours: int) -> None:
        if self.world.may_pass(hours):
            self.world.time_passes(hours)

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
