"""What has to be remembered to tell right from wrong: results, strangers' edits, people's words."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.laboratory import View
from model.platform import DROPPED, LISTED, MODELS, Document, Edit, Mood, Ref, Row, past, ref_of, runs

WINDOW = timedelta(days=29)
LEAST_FAILURES, LEAST_SPAN, FRESH = 3, timedelta(hours=48), timedelta(hours=24)
KIND_OF = {"gone": "hard_model", "slow": "timeout"}
SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class Start:
    """How things stood when an act began."""

    view: View
    now: datetime
    answering: frozenset[Ref]
    """Their latest result is a success."""
    closed: dict[Ref, str]
    """Why policy must leave a model alone; "" where nothing plain forbids it."""


@dataclass
class Plain:
    """The plain model. `edits`: since the journal was last compared with `models`."""

    moods: dict[Ref, Mood] = field(default_factory=dict)
    rows: dict[Ref, list[Row]] = field(default_factory=lambda: defaultdict(list))
    edits: list[Edit] = field(default_factory=list)
    approvals: set[tuple[str, str, Ref]] = field(default_factory=set)
    """Proposal, person, model."""
    enabled_outside: set[Ref] = field(default_factory=set)
    removed_outside: set[Ref] = field(default_factory=set)
    fingerprints: dict[str, str] = field(default_factory=dict)
    """By proposal, as it was first seen."""

    def begin(self, moods: dict[Ref, Mood], now: datetime) -> list[Row]:
        self.moods = dict(moods)
        return self.heard([row for ref in MODELS for row in past(ref, moods.get(ref, "answers"), now)])

    def heard(self, rows: Iterable[Row]) -> list[Row]:
        kept = list(rows)
        for row in kept:
            self.rows[row.ref].append(row)
        return kept

    def latest(self, ref: Ref) -> Row | None:
        return max(self.rows[ref], key=lambda row: row.at, default=None)

    def answers(self, ref: Ref, now: datetime) -> bool:
        latest = self.latest(ref)
        return latest is not None and latest.mood == "answers" and latest.at > now - WINDOW

    def had_result_since(self, ref: Ref, moment: datetime | None) -> bool:
        latest = self.latest(ref)
        return latest is not None and (moment is None or latest.at > moment)

    def start(self, view: View, now: datetime) -> Start:
        refs = {ref_of(document) for document in view.models.values()}
        return Start(
            view=view,
            now=now,
            answering=frozenset(ref for ref in refs if self.answers(ref, now)),
            closed={ref: self._closed(ref, view, now) for ref in refs},
        )

    def _closed(self, ref: Ref, view: View, now: datetime) -> str:
        if view.pause is not None:
            return "paused"
        if held(view.standing_holds(), ref, "hard_model"):
            return "on hold"
        since = max((row.at for row in self.rows[ref] if row.mood == "answers"), default=None)
        failures = [row for row in self.rows[ref] if since is None or row.at > since]
        gone = [row.at for row in failures if row.mood == "gone"]
        if not failures or failures[-1].at < now - FRESH - SLACK:
            return "no fresh failure"
        if len(gone) < LEAST_FAILURES or failures[-1].at - gone[0] < LEAST_SPAN:
            return "not gone for long enough"
        dropped = ref == DROPPED and sum(self.answers(other, now) for other in LISTED) > 1
        if not dropped and not self._kept_elsewhere(ref, view, now):
            return "no other provider that answers keeps it"
        return ""

    def _kept_elsewhere(self, ref: Ref, view: View, now: datetime) -> bool:
        others = {ref_of(document) for document in view.models.values() if runs(document)}
        return any(
            other[0] != ref[0] and letters(other[1]) == letters(ref[1]) and self.answers(other, now)
            for other in others
        )


def held(holds: Collection[Document], ref: Ref, kind: str | None, after: datetime | None = None) -> bool:
    """Whether one of these, said later than `after`, keeps automation from the model while it fails so."""
    return any(
        (hold["provider"], hold["model_id"]) == ref
        and (hold["kind"] is None or kind is None or hold["kind"] == kind)
        and (after is None or hold["at"] > after)
        for hold in holds
    )


def members_of(proposal: Document) -> list[Ref]:
    return [(member["ref"]["provider"], member["ref"]["model_id"]) for member in proposal["members"]]


def evidence_until(proposal: Document, ref: Ref) -> datetime | None:
    """The latest result that the proposal's evidence about this model knows of."""
    member = proposal["members"][members_of(proposal).index(ref)]
    times = (member["last_success"], member["last_failure"])
    return max((moment for moment in times if moment is not None), default=None)


def is_run(view: View, ref: Ref) -> bool:
    return any(runs(document) for document in view.models.values() if ref_of(document) == ref)


def letters(model_id: str) -> tuple[str, ...]:
    """Equal for every spelling of one id."""
    return tuple(re.findall(r"[a-z0-9]+", model_id.casefold()))
