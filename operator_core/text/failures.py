"""An error text → why the request failed (kind), how that is known (evidence), its cause (pattern).

Structure first: codes that providers document decide. Then the words, anchored and bound to their subject;
then a broad code, what the platform noted, and the status. What the provider itself said is read before what
wrapped it.

The text is not trusted. A kind that blames the model (`blames_model`) has evidence only where words or a code
say it of this model, and a first sentence that reports a passing trouble can't be turned into one by what
follows. Pure.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.signals import Cause
from operator_core.text import words
from operator_core.text.masking import masked, named_models, pattern_of, redact, shortened, visible
from operator_core.text.model_ids import dates_agree, identify
from operator_core.text.provider_message import hear, statement, status_of
from operator_core.text.secrets import without_secrets
from operator_core.text.words import BY_STATUS, DECIDES, FOR_GOOD, OF_PROVIDER, PATTERNS, TELLS

READ = 1_500
"""Characters of a statement that decide: a provider says what is wrong at the beginning."""


class Reading(Cause):
    """What a message says, and which rule decided."""

    rule: str


class Finding(NamedTuple):
    """How a text is read, and which rule decided."""

    kind: Kind
    evidence: Evidence
    rule: str


CUT = Finding(Kind.BUDGET_EXHAUSTED, Evidence.CODE, "cut at its limit, nothing visible")
THEIRS = {Kind.RATE_LIMIT: (500, 502, 503, 529), Kind.TIMEOUT: (500, 502, 503, 504, *range(520, 528))}
VAGUE = frozenset({"busy", "no answer in time", "a broad code", "code deadlineexceeded"})
"""Rules whose words may mean a limit of ours or a fault of theirs: these statuses tell."""
NUMBERED = {code.split(" ")[0] for code in OF_PROVIDER if code[-1].isdigit()}
"""Providers whose codes are numbers."""
_SENTENCE_END = re.compile(r"(?<=[.!?;])(?<!e\.g\.)(?<!i\.e\.)\s+")
_WORD = re.compile(r"<\w+>|([^\W\d_]+)")


@lru_cache(maxsize=2_000)
def read_failure(
    message: str,
    *,
    provider: str,
    model_id: str | None = None,
    http_status: int | None = None,
    error_kind: str | None = None,
) -> Reading:
    """Reads one error message. Never raises, whatever the text; a huge one is looked at in part.

    `error_kind` is what the platform itself noted; it counts where the text doesn't say.
    """
    # Secrets go before the wrapper does: what tells a key may stand in what is taken off.
    text = without_secrets(visible(message))
    heard = hear(text, numbered=provider in NUMBERED)
    status = http_status or status_of(text)
    clean = _clean(heard.said, text)
    said = masked(clean, model_id)
    noted = Kind.__members__.get((error_kind or "").strip().upper(), Kind.UNKNOWN)
    finding = (
        (CUT if heard.empty else _found(said, heard.codes, provider, status))
        or _found(masked(text, model_id), (), provider, status)
        or (noted != Kind.UNKNOWN and Finding(noted, Evidence.NONE, "error_kind"))
        or _by_status(status)
        or Finding(Kind.UNKNOWN, Evidence.NONE, "no rule fits")
    )
    if finding.kind.traits.blames_model and model_id and _of_another(clean, model_id):
        finding = finding._replace(evidence=Evidence.NONE, rule="of another model")
    return Reading(
        **finding._asdict(),
        pattern=pattern_of(said) or (f"http <{finding.kind}>" if http_status else "no text"),
        sample=shortened(clean) or redact(text),
        successor=_successor(clean, model_id) if finding.kind == Kind.HARD_MODEL else None,
    )


def _of_another(said: str, model_id: str) -> bool:
    """It names models, and each is neither this one in some spelling nor what it advises instead."""
    advised = {advice["id"].casefold() for advice in PATTERNS["advice"].finditer(said)}
    named, mine = named_models(said, model_id) - advised, identify(model_id)
    words = {*mine.name} - {"latest", "preview"}
    return bool(named) and not any(
        words == {*one.name} - {"latest", "preview"}
        and (one.sizes == mine.sizes or not (one.sizes and mine.sizes))
        and (not (one.date and mine.date) or dates_agree(one.date, mine.date))
        for one in map(identify, named)
    )


@lru_cache(maxsize=2_000)
def shown(message: str) -> str:
    """What the provider said in it, as a reading's sample."""
    text = without_secrets(visible(message))
    return shortened(_clean(statement(text), text)) or redact(text)


def _clean(said: str, text: str) -> str:
    """What was put together anew may show a key."""
    return said if said in text else without_secrets(said)


def _found(said: str, codes: tuple[str, ...], provider: str, status: int | None) -> Finding | None:
    """By a deciding code, by the words, by a broad code: the first that says something."""
    text = words.plain(said[:READ])
    spoken = words.by_words(text, status)
    finding = _by_code(codes, text, spoken, provider, status) or _of(spoken, Evidence.WORDS, status)
    if not finding and PATTERNS["only a model"].fullmatch(said) and any("notfound" in code for code in codes):
        finding = Finding(Kind.HARD_MODEL, Evidence.CODE, "not finding, and only the model named")
    if not finding and status == 410 and words.is_about_a_model(text):
        finding = Finding(Kind.HARD_MODEL, Evidence.STATUS, f"status {status}, of a model")
    if finding:
        return _unless_passing(finding, text, status)
    broad = next(filter(None, map(TELLS.get, reversed(codes))), Kind.UNKNOWN)
    return None if broad == Kind.UNKNOWN else _of((broad, "a broad code"), Evidence.CODE, status)


def _by_code(
    codes: tuple[str, ...], text: str, spoken: tuple[Kind, str] | None, provider: str, status: int | None
) -> Finding | None:
    kind_said, rule_said = spoken or (None, None)
    for code in (*reversed(codes), text):
        kind = DECIDES.get(code) or OF_PROVIDER.get(f"{provider} {code}")
        if kind == Kind.HARD_MODEL:
            doubted = status == 402 or (words.in_trouble(status) and code not in FOR_GOOD)
            if doubted or kind_said not in {None, kind} or words.is_qualified(text):
                continue
            # A sentence of its own that doesn't say so plainly counts more than the code.
            if words.by_words(text, None) != (kind, words.GONE) and _says_more(text, codes):
                return _of((kind, words.PERHAPS), Evidence.NONE, status)
        if kind and not (kind == Kind.AUTH and rule_said == words.REFUSED):
            return _of((kind, f"code {code}"), Evidence.CODE, status)
    return None


def _says_more(text: str, codes: tuple[str, ...]) -> bool:
    """There is prose beside the codes: more than their own words, a model's name and what frames them."""
    own = "".join(codes)
    return any(word not in own and not PATTERNS["frame"].fullmatch(word) for word in _WORD.findall(text))


def _of(said: tuple[Kind, str] | None, evidence: Evidence, status: int | None) -> Finding | None:
    """A kind with its evidence: of those that blame the model only what is said of this model counts."""
    if said is None:
        return None
    kind, rule = said
    if rule == words.PERHAPS or (kind == Kind.AUTH and rule != words.REFUSED):
        evidence = Evidence.NONE
    elif kind == Kind.TRANSIENT_PROVIDER and status == 429:  # vague words, and a limit of ours
        kind = Kind.RATE_LIMIT
    elif status in THEIRS.get(kind, ()) and rule in VAGUE:
        kind = Kind.TRANSIENT_PROVIDER
    return Finding(kind, evidence, rule)


def _unless_passing(finding: Finding, text: str, status: int | None) -> Finding:
    """What blames the model gives way to a first sentence, else a status, that reports a passing trouble."""
    if not finding.kind.traits.blames_model:
        return finding
    opening = _of(words.by_words(_SENTENCE_END.split(text, maxsplit=1)[0], status), Evidence.WORDS, status)
    if opening is None and finding.rule.removeprefix("code ") not in FOR_GOOD:
        opening = _by_status(status)
    return opening if opening is not None and opening.kind.traits.blameless else finding


def _by_status(status: int | None) -> Finding | None:
    kind = BY_STATUS.get(str(status), BY_STATUS.get(f"{(status or 0) // 100}xx", Kind.UNKNOWN))
    return None if kind == Kind.UNKNOWN else Finding(kind, Evidence.STATUS, f"status {status}")


def _successor(said: str, model_id: str | None) -> str | None:
    """The first id that the message recommends, other than the model's own."""
    advised = (advice.group("id") for advice in PATTERNS["advice"].finditer(said, 0, READ))
    return next((name for name in advised if name.casefold() != (model_id or "").casefold()), None)
