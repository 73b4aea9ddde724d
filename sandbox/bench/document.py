"""The figures as a page: targets beside them, ratios before seconds."""

import os
import platform as machine
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median

from sandbox.bench.clicks import Clicked, clicks_section
from sandbox.bench.discovery import Discovered, section
from sandbox.bench.rows import Weighed
from sandbox.bench.runs import BEST_OF, RunFigures, tokens_of
from sandbox.bench.sections import TARGET_HEADS, TRIED, Row, table, target
from sandbox.bench.seeds import PROCESSES, Checked
from sandbox.bench.texts import RENDERED, Read, Texts, merged_templates, patterns_by_template

VERSIONS = ("SecantusDB", "pymongo", "pydantic", "bpe-openai")
TOKENS_AT_MOST, TIMES_AT_TEN = 2_200, 12
SITUATIONS_WITHIN = 0.10
OLD_ROWS_WITHIN = 0.20
KINDS_AT_LEAST = 0.97
FLAT_WITHIN = 0.20


@dataclass(frozen=True)
class Figures:
    """Everything that was measured."""

    measured: Sequence[RunFigures]
    """At 523 models first, then at ten times as many."""
    weighed: Sequence[Weighed]
    checked: Sequence[Checked]
    texts: Texts | None
    clicked: Clicked
    discovered: Discovered | None = None


def document(figures: Figures, earlier: str = "") -> str:
    """The whole page as Markdown. What people wrote at the end of the `earlier` page stays."""
    _, _, tried = earlier.partition(TRIED)
    sections = [
        _head(),
        _targets(figures),
        _sizes(figures.measured),
        _rows(figures.weighed),
        _automatic(figures.checked),
        _texts(figures.texts),
        section(figures.discovered),
        clicks_section(figures.clicked),
        f"{TRIED}\n\n{tried.strip() or 'Nothing is written here yet.'}",
    ]
    return "\n\n".join(sections) + "\n"


def _head() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return f"""# Benchmarks

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {machine.system()} \
{machine.machine()}, Python {machine.python_version()}, {versions}.

All on the sandbox's platform (`sandbox/platform`, made from a seed), over MongoDB's wire protocol to the \
embedded server, which shares the cores. Its seconds are not those of a real MongoDB: look at the ratios. \
The LLM is a stand-in behind real HTTP that follows the table of right answers in docs/decisions.md; tokens \
are counted as gpt-5 counts them (o200k), the schema of the answer included, hidden reasoning not. Seconds \
are the best of {BEST_OF}."""


def _targets(figures: Figures) -> str:
    rows = [
        *_judging_targets(figures.measured),
        *_collecting_targets(figures.weighed),
        _automatic_target(figures.checked),
        *(_texts_targets(figures.texts) if figures.texts else ()),
    ]
    return "## Targets\n\n" + table(TARGET_HEADS, rows)


def _judging_targets(measured: Sequence[RunFigures]) -> list[Row]:
    small, large = measured[0], measured[-1]
    few, many = tokens_of(small.llm), tokens_of(large.llm)
    more_tokens, more_causes = _ratio(many, few), _ratio(large.causes, small.causes)
    spread = abs(small.situations - small.causes) / small.causes
    alike, with_causes = spread <= SITUATIONS_WITHIN, many <= few * (1 + SITUATIONS_WITHIN) * more_causes
    none_again = all(m.again.calls == tokens_of(m.again) == 0 for m in measured)
    grown = f"×{more_tokens:.2f} (causes ×{more_causes:.2f})"
    again = f"{small.again.calls} calls, {tokens_of(small.again)} tokens"
    told = f"{small.situations} of {small.causes}"
    return [
        target("LLM calls, 523 models", "1", str(small.llm.calls), small.llm.calls == 1),
        target("tokens, 523 models", f"≤ {TOKENS_AT_MOST:,}", f"{few:,}", few <= TOKENS_AT_MOST),
        target("situations against true causes", "within 10%", told, alike),
        target("tokens at ten times the models, same causes", "grow with the causes", grown, with_causes),
        target("second run on unchanged facts", "no call, no tokens", again, none_again),
        _growth_target(small, large),
    ]


def _growth_target(small: RunFigures, large: RunFigures) -> Row:
    parts = [
        _ratio(large.reading.seconds, small.reading.seconds),
        _ratio(large.deciding_seconds, small.deciding_seconds),
        _ratio(large.keeping_seconds, small.keeping_seconds),
    ]
    said = ", ".join(f"×{part:.1f}" for part in parts)
    what = "seconds at ten times the models: collecting, deciding, keeping"
    return target(what, f"each ≤ ×{TIMES_AT_TEN}", said, max(parts) <= TIMES_AT_TEN)


def _collecting_targets(weighed: Sequence[Weighed]) -> list[Row]:
    outside = [w for w in weighed if not w.inside]
    inside = [w for w in weighed if w.inside]
    slower = _ratio(outside[-1].reading.seconds, outside[0].reading.seconds)
    examined = _ratio(outside[-1].examined, outside[0].examined)
    grown = _ratio(inside[-1].reading.peak_mib, inside[0].reading.peak_mib)
    by_index, every = sum(w.by_index for w in weighed), sum(w.queries for w in weighed)
    soon, flat = slower <= 1 + OLD_ROWS_WITHIN, grown <= 1 + FLAT_WITHIN
    took = f"×{slower:.2f}; rows examined ×{examined:.2f}"
    return [
        target("collecting with 300,000 older rows", "time within 20%", took, soon),
        target("memory with 300,000 more errors in the window", "flat", f"×{grown:.2f}", flat),
        target("queries through an index", "all", f"{by_index} of {every}", by_index == every),
    ]


def _automatic_target(checked: Sequence[Checked]) -> Row:
    tried, exact = len(checked), sum(not (c.missed or c.wrongly) for c in checked)
    what, wanted = f"automatic execution, {tried} seeds", "who qualifies, nobody else"
    return target(what, wanted, f"exact at {exact} of {tried}", exact == tried)


def _texts_targets(texts: Texts) -> list[Row]:
    rows = []
    for file in dict.fromkeys(one.file for one in texts.read):
        of_file = [one for one in texts.read if one.file == file]
        right = sum(one.right for one in of_file) / len(of_file)
        rows.append(
            target(f"kinds of real messages, {file}", "≥ 97%", f"{right:.1%}", right >= KINDS_AT_LEAST)
        )
    falsely, merged = sum(one.falsely_gone for one in texts.read), len(texts.mixed)
    return [
        *rows,
        target("falsely gone, with words or a code", "none", str(falsely), falsely == 0),
        target("different causes under one pattern", "none", str(merged), merged == 0),
    ]


def _sizes(measured: Sequence[RunFigures]) -> str:
    heads = ("", *(f"{m.models:,} models" for m in measured))
    rows: list[Row] = [
        ("result rows", *(f"{m.rows:,}" for m in measured)),
        ("true causes", *(str(m.causes) for m in measured)),
        ("situations", *(str(m.situations) for m in measured)),
        ("models with a wrong answer, both runs", *(str(m.wrong) for m in measured)),
        ("LLM calls", *(str(m.llm.calls) for m in measured)),
        ("prompt tokens", *(f"{m.llm.prompt_tokens:,}" for m in measured)),
        ("completion tokens", *(f"{m.llm.completion_tokens:,}" for m in measured)),
        ("second run: calls, tokens", *(f"{m.again.calls}, {tokens_of(m.again)}" for m in measured)),
        ("collecting, seconds", *(f"{m.reading.seconds:.1f}" for m in measured)),
        ("deciding, seconds", *(f"{m.deciding_seconds:.2f}" for m in measured)),
        ("keeping the run, seconds", *(f"{m.keeping_seconds:.2f}" for m in measured)),
        ("peak memory while collecting, MiB", *(f"{m.reading.peak_mib:.1f}" for m in measured)),
    ]
    return "## Ten times the models, the same causes\n\n" + table(heads, rows)


def _rows(weighed: Sequence[Weighed]) -> str:
    rows: list[Row] = []
    for inside in (False, True):
        alike = [w for w in weighed if w.inside == inside]
        base = alike[0]
        rows += [
            (
                "inside" if inside else "outside",
                f"{w.more:,}",
                f"{w.reading.seconds:.1f}",
                f"×{_ratio(w.reading.seconds, base.reading.seconds):.2f}",
                f"{w.examined:,}",
                f"{w.reading.peak_mib:.1f}",
                f"×{_ratio(w.reading.peak_mib, base.reading.peak_mib):.2f}",
                f"{w.by_index} of {w.queries}",
            )
            for w in alike
        ]
    heads = ("the window", "more error rows", "seconds", "", "rows examined", "peak MiB", "", "by an index")
    return f"""## More error rows, 523 models

{table(heads, rows)}

Rows examined and indexes are what `explain` says of every query of one collecting. Memory is the peak \
of what Python allocates meanwhile."""


def _automatic(checked: Sequence[Checked]) -> str:
    wrong = [one for one in checked if one.missed or one.wrongly]
    alone = "of these within the brakes: every gate open, in shadow as a bot begins"
    told = f"{sum(one.situations for one in checked)} of {sum(one.causes for one in checked)}"
    rows: list[Row] = [
        ("platforms tried", str(len(checked))),
        ("models that qualify, brakes aside", f"{sum(one.qualifying for one in checked):,}"),
        (alone, f"{sum(one.automatic for one in checked):,}"),
        ("missed", str(sum(len(one.missed) for one in checked))),
        ("done that should not have been", str(sum(len(one.wrongly) for one in checked))),
        ("models with a wrong answer", str(sum(one.wrong_answers for one in checked))),
        ("situations against causes", told),
        ("tokens a run, median and most", f"{_middle(checked):,.0f}, {max(one.tokens for one in checked):,}"),
        ("seconds a platform, median", f"{median(one.seconds for one in checked):.1f}"),
    ]
    listed = "\n".join(
        f"- seed {one.seed}: missed {_names(one.missed)}; wrongly {_names(one.wrongly)}" for one in wrong
    )
    return f"""## Automatic execution

Seeds 1 to {len(checked)}, each a platform of 523 models with other trouble, filled, read and judged \
over the wire in {PROCESSES} processes. What should go is counted a second time from the histories that the \
platform was made of.

{table(("", ""), rows)}

{listed}""".strip()


def _texts(texts: Texts | None) -> str:
    families = patterns_by_template()
    one = sum(count == 1 for count in families.values())
    merged = merged_templates()
    said = f"""## Error texts

Of the sandbox's {len(families)} templates, each written {RENDERED} times for other models, requests, \
times and amounts, {one} become one pattern each{_split(families)}; \
{len(merged) or "no"} two templates share one."""
    if texts is None:
        return f"{said} Real messages were not at hand (`--real-data DIR`)."
    misses = "\n".join(
        f"- {m.file} line {m.line}, {m.provider}: labelled {m.labelled}, read as {m.kind} ({m.evidence}) "
        f"by the rule “{m.rule}”: `{_code(m.pattern)}`"
        for m in texts.misses
    )
    mixed = "\n".join(f"- `{_code(pattern)}`" for pattern in texts.mixed) or "None."
    evidence = Counter(one.evidence for one in texts.read)
    own, patterns = sum(one.by_provider for one in texts.read), texts.patterns
    shared = sum(len(kinds) > 1 for kinds in patterns.values())
    return f"""{said}

{len(texts.read)} real messages: {len(texts.read) - len(texts.misses)} kinds right; by evidence: \
{", ".join(f"{count} {name}" for name, count in evidence.most_common())}. Only a line of its provider's own \
decides {own} of them ({own / len(texts.read):.1%}): a reading that is fitted to the files would show here. \
They have {len(patterns)} patterns (counted within a provider), of which {shared} stand for several. \
A text takes {texts.microseconds:.0f} µs, the first time, on the median.

{table(("labelled", "messages", "right", "falsely gone"), _by(texts, "labelled"))}

{table(("provider", "messages", "right", "falsely gone"), _by(texts, "provider"))}

Each miss:

{misses or "None."}

Patterns that messages with different labels share:

{mixed}"""


def _by(texts: Texts, name: str) -> list[Row]:
    groups: dict[str, list[Read]] = defaultdict(list)
    for one in texts.read:
        groups[getattr(one, name)].append(one)
    return [
        (key, *map(str, (len(group), sum(m.right for m in group), sum(m.falsely_gone for m in group))))
        for key, group in sorted(groups.items())
    ]


def _split(families: dict[str, int]) -> str:
    split = [f"{name} {count}" for name, count in families.items() if count > 1]
    return f" (more: {', '.join(split)})" if split else ""


def _ratio(one: float, other: float) -> float:
    return one / other if other else 0.0


def _middle(checked: Sequence[Checked]) -> float:
    return median(one.tokens for one in checked)


def _names(refs: Iterable[object]) -> str:
    return ", ".join(str(ref) for ref in refs) or "none"


def _code(text: str) -> str:
    """As inline code in one line; a pattern says enough in its beginning."""
    return " ".join(text[:160].replace("`", "'").split())
