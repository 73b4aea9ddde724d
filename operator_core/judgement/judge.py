"""Situations → verdicts: what memory knows, then one LLM call, then the written rules for what is left."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from operator_core.domain.base import Frozen, valid
from operator_core.domain.decisions import Action, LlmUse, Remembered, Verdict
from operator_core.domain.kinds import Kind
from operator_core.domain.situations import WIDE, Situation
from operator_core.errors import AdvisorError
from operator_core.judgement.llm import Advisor, Reply, items_of, use_of
from operator_core.judgement.prompt import Answer, Item, Line, NamedKind, batches, messages, tokens_for
from operator_core.judgement.rules import rule_verdict
from operator_core.options import CoreOptions, LlmOptions
from operator_core.text.masking import redact
from operator_core.words import plural

REASONING = 200


class Judgement(Frozen):
    """The verdicts, what they cost, and how far they may be trusted."""

    verdicts: Mapping[str, Verdict]
    """By fingerprint, one for each situation."""
    use: LlmUse
    automatic: bool = True
    """False when an answer was cut: nothing runs by itself in that run."""
    notes: tuple[str, ...] = ()
    to_remember: tuple[Remembered, ...] = ()


def evidence_of(situation: Situation, now: datetime, min_failing_hours: float) -> str:
    """Changes when the members, their age bucket or the kind do; not with counts and times."""
    members = sorted(f"{c.ref}={c.failing_hours(now) >= min_failing_hours}" for c in situation.affected)
    return sha256("\n".join((situation.kind, *members)).encode()).hexdigest()[:16]


async def judge(
    situations: Sequence[Situation],
    *,
    memory: Mapping[str, Remembered],
    advisor: Advisor | None,
    no_advisor: str,
    options: CoreOptions,
    now: datetime,
) -> Judgement:
    """One verdict for each situation. Without an advisor the rules judge, with `no_advisor` as the cause."""
    least_hours, days = options.policy.min_failing_hours, options.analysis.remember_verdict_days
    evidence = {s.id: evidence_of(s, now, least_hours) for s in situations}
    verdicts = {
        s.id: verdict.model_copy(update={"suggested_by": "memory"})
        for s in situations
        if (verdict := _still_held(memory.get(s.id), evidence[s.id], now, days))
    }
    asked = [situation for situation in situations if situation.id not in verdicts]
    answer = _Answers(options.llm)
    if advisor is not None:
        await answer.fetch(advisor, asked, memory, now)
    elif asked:
        answer.causes.append(no_advisor or "no LLM is configured")
    verdicts |= answer.verdicts
    by_rules = {s.id: rule_verdict(s, now, least_hours) for s in situations if s.id not in verdicts}
    verdicts |= by_rules
    return Judgement(
        verdicts={s.id: _floored(s, verdicts[s.id]) for s in situations},
        use=answer.use(),
        automatic=not answer.cut,
        notes=tuple(answer.notes(len(by_rules))),
        to_remember=tuple(
            Remembered(fingerprint=name, verdict=verdict, evidence=evidence[name], judged_at=now)
            for name, verdict in answer.verdicts.items()
        ),
    )


def _floored(situation: Situation, verdict: Verdict) -> Verdict:
    """Whoever said it: what the provider says is gone, closed or wrongly asked is never ignored."""
    ignored = (verdict.kind or situation.kind).traits.definite and verdict.action == Action.IGNORE
    return verdict.model_copy(update={"action": Action.MONITOR}) if ignored else verdict


def as_read(situation: Situation, verdict: Verdict | None) -> Situation:
    """The situation under the kind that the LLM read where rules couldn't: for words and routing, no gate."""
    return situation.model_copy(update={"kind": verdict.kind}) if verdict and verdict.kind else situation


def _still_held(
    remembered: Remembered | None, evidence: str, now: datetime, remember_days: int
) -> Verdict | None:
    """The remembered verdict, while its evidence is the same, it is young, and nobody answered since."""
    if remembered is None or remembered.judged_at is None or remembered.evidence != evidence:
        return None
    answered = any(answer.at > remembered.judged_at for answer in remembered.answers)
    current = timedelta(0) <= now - remembered.judged_at <= timedelta(days=remember_days)
    return remembered.verdict if current and not answered else None


class _Answers:
    """What the calls of one run brought."""

    def __init__(self, llm: LlmOptions) -> None:
        self._llm = llm
        self.verdicts: dict[str, Verdict] = {}
        self.causes: list[str] = []
        self._replies: list[Reply] = []
        self._calls = 0
        self._planned = 0

    async def fetch(
        self, advisor: Advisor, asked: Sequence[Situation], memory: Mapping[str, Remembered], now: datetime
    ) -> None:
        planned = batches(asked, self._llm.max_completion_tokens, self._llm.reasoning_effort)
        self._planned = len(planned)
        answers = {fingerprint: remembered.answers for fingerprint, remembered in memory.items()}
        for batch in planned:
            named = {f"s{number}": line for number, line in enumerate(batch, start=1)}
            limit = min(self._llm.max_completion_tokens, tokens_for(len(batch), self._llm.reasoning_effort))
            self._calls += 1
            try:
                reply = await advisor.ask(messages(named, answers, now), Answer, limit)
                self._replies.append(reply)
                self._take(reply, named)
            except AdvisorError as error:
                self.causes.append(str(error))
                break  # what fails once is not asked a second time in this run

    @property
    def cut(self) -> bool:
        return any(reply.cut for reply in self._replies)

    def _take(self, reply: Reply, named: Mapping[str, Line]) -> None:
        """Each item by itself: unknown ids are dropped, and two different answers for one id are none."""
        if reply.cut and not reply.problem:
            self.causes.append(f"{self._llm.model}'s answer was cut")
        kinds = [valid(raw, NamedKind) for raw in items_of(reply, "kinds", beside="items")]
        kind_of = {named_kind.id: named_kind.kind for named_kind in kinds if named_kind}
        items = [valid(raw, Item) for raw in items_of(reply, "items")]
        usable = [item for item in items if item and 0 <= item.confidence <= 1]
        once = Counter(name for name, *_ in {(item.id, item.action, item.confidence) for item in usable})
        usable = [item for item in usable if once[item.id] == 1]
        for item in usable:
            for situation in named.get(item.id, ()):
                self.verdicts.setdefault(situation.id, self._verdict(item, situation, kind_of.get(item.id)))
        missing = sum(line[0].id not in self.verdicts for line in named.values())
        if missing and not reply.cut:
            invalid = len(items) - len(usable)
            but = f" ({invalid} of its answers were invalid)" if invalid else ""
            self.causes.append(f"{self._llm.model} left out {missing} of {len(named)} situations{but}")

    def _verdict(self, item: Item, situation: Situation, kind: Kind | None) -> Verdict:
        return Verdict(
            action=Action.MONITOR if situation.scope in WIDE else item.action,
            confidence=item.confidence,
            reasoning=redact(item.reason, REASONING),
            suggested_by=self._llm.model,
            kind=kind if situation.kind == Kind.UNKNOWN else None,
        )

    def use(self) -> LlmUse:
        return use_of(self._llm.model, self._calls, self._replies, "; ".join(self.causes))

    def notes(self, unjudged: int) -> Iterator[str]:
        if self._planned > 1:
            yield f"The situations did not fit into one LLM call: {self._calls} were made."
        if self.causes:
            judged = f": written rules judged {plural(unjudged, 'situation')}" if unjudged else ""
            yield f"{'; '.join(self.causes)}{judged}."
        if self.cut:
            yield "Because the answer was cut, nothing runs by itself in this run."
