"""The truths are recomputed from the raw rows, by a reader of its own."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Action
from operator_core.domain.kinds import Kind
from sandbox.platform.build import Platform, Row, Truth, build_platform, extra_errors
from sandbox.platform.errors import TEMPLATES, true_kind
from sandbox.platform.families import PROVIDERS
from sandbox.platform.values import Document

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SEEDS = range(25)
HOUR = timedelta(hours=1)
Failure = tuple[datetime, Kind]


class History:
    """One model's raw rows, read without mercy for their shape."""

    def __init__(self, successes: list[datetime], failures: list[Failure], now: datetime) -> None:
        window = now - timedelta(days=30)
        self.now = now
        self.successes = sorted(at for at in successes if at >= window)
        self.failures = sorted(failure for failure in failures if failure[0] >= window)

    @property
    def last_success(self) -> datetime | None:
        return self.successes[-1] if self.successes else None

    @property
    def streak(self) -> list[Failure]:
        last = self.last_success
        return [failure for failure in self.failures if last is None or failure[0] > last]

    @property
    def last_run(self) -> datetime | None:
        return max((*self.successes[-1:], *(at for at, _ in self.failures[-1:])), default=None)

    def of(self, *kinds: Kind) -> list[datetime]:
        return [at for at, kind in self.streak if kind in kinds]

    def since_success(self) -> timedelta:
        return self.now - self.last_success if self.last_success else timedelta.max

    def silent(self) -> bool:
        return self.last_run is not None and self.now - self.last_run > 26 * HOUR

    def flaps(self) -> bool:
        recent = self.now - timedelta(days=4)
        soft = [kind for at, kind in self.failures if at > recent]
        good = [at for at in self.successes if at > recent]
        return bool(good) and all(kind.traits.soft for kind in soft) and len(soft) >= len(good)


@cache
def platform_of(seed: int) -> Platform:
    return build_platform(NOW, seed=seed)


def time_of(row: Document, fields: tuple[str, ...]) -> datetime | None:
    value = next((row[field] for field in fields if row.get(field) is not None), None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def text_of(row: Document) -> str:
    text = row.get("message") or row.get("error") or row.get("traceback") or ""
    return str(text["message"] if isinstance(text, dict) else text)


def readable(row: Document, at: datetime | None, now: datetime) -> bool:
    named = all(isinstance(row.get(name), str) and row[name] for name in ("provider", "model_name"))
    return named and at is not None and at <= now


def histories(platform: Platform) -> tuple[dict[ModelRef, History], int]:
    """Every model that rows or truths name, and how many rows could not be read."""
    successes: dict[ModelRef, list[datetime]] = defaultdict(list)
    failures: dict[ModelRef, list[Failure]] = defaultdict(list)
    unreadable = 0
    for rows, fields in (
        (platform.successes, ("gen_ts", "run_ts")),
        (platform.errors, ("ts", "created_at", "timestamp")),
    ):
        for row in rows:
            at = time_of(row, fields)
            if at is None or not readable(row, at, platform.now):
                unreadable += 1
                continue
            ref = ModelRef(provider=row["provider"], model_id=row["model_name"])
            if rows is platform.successes:
                successes[ref].append(at)
            else:
                failures[ref].append((at, true_kind(text_of(row))))
    refs = {truth.ref for truth in platform.truths} | successes.keys() | failures.keys()
    return {ref: History(successes[ref], failures[ref], platform.now) for ref in refs}, unreadable


def row_fits(truth: Truth, history: History, document: Document | None) -> bool:
    """Whether a model's raw rows are what its table row says. Outages are looked at by provider."""
    if document is None or not document["enabled"] or document["deprecated"]:
        return truth.row == by_document(document)
    return FITS[truth.row](history)


def by_document(document: Document | None) -> Row:
    if document is None:
        return Row.UNLISTED
    return Row.FLAGGED if document["enabled"] else Row.DISABLED


def hard_age(history: History) -> timedelta:
    """Since when the provider has refused it; zero if it doesn't."""
    hard = history.of(Kind.HARD_MODEL, Kind.AUTH)
    return history.now - hard[0] if hard else timedelta(0)


def only(history: History, *kinds: Kind) -> bool:
    """Fails with nearly these alone (chance may precede), for more than a day, and still does."""
    return (
        bool(history.streak)
        and history.streak[-1][1] in kinds
        and len(history.of(*kinds)) >= 0.8 * len(history.streak)
        and history.since_success() > 24 * HOUR
        and not history.silent()
    )


FITS: dict[Row, Callable[[History], bool]] = {
    Row.PROVIDER_WIDE: lambda h: bool(h.streak),
    Row.GONE: lambda h: hard_age(h) >= 48 * HOUR,
    Row.GONE_LATELY: lambda h: timedelta(0) < hard_age(h) < 48 * HOUR and not h.silent(),
    Row.ANSWERING: lambda h: h.since_success() <= 24 * HOUR and not h.flaps() and not hard_age(h),
    Row.CAPABILITY: lambda h: only(h, Kind.HARD_CAPABILITY),
    Row.BUDGET: lambda h: only(h, Kind.BUDGET_EXHAUSTED),
    Row.SILENCE: lambda h: bool(h.successes) and h.silent() and not h.of(Kind.HARD_MODEL),
    Row.FLAPPING: lambda h: h.flaps(),
    Row.UNCLEAR: lambda h: only(h, Kind.UNKNOWN),
    Row.NEVER_SUCCEEDED: lambda h: only(h, *(kind for kind in Kind if kind.traits.soft)) and not h.successes,
    Row.NEVER_RAN: lambda h: h.last_run is None,
}


def gates_are_open(ref: ModelRef, history: History, others: dict[ModelRef, History], renamed: bool) -> bool:
    """The gates that look at one model's signals, from design's list; a rename is always asked."""
    streak = history.streak
    hard = [at for at, kind in streak if kind in {Kind.HARD_MODEL, Kind.AUTH}]
    if renamed:
        return False
    if 2 * len(hard) < len(streak) and any(
        at > hard[0] for at, kind in streak if kind not in {Kind.HARD_MODEL, Kind.AUTH}
    ):
        return False
    if len(hard) < 3 or streak[-1][0] - hard[0] < 48 * HOUR or history.now - streak[-1][0] > 12 * HOUR:
        return False
    key_is_good = any(
        other.last_success is not None and other.last_success > streak[-1][0]
        for other_ref, other in others.items()
        if other_ref.provider == ref.provider and other_ref != ref
    )
    return key_is_good or Kind.AUTH not in {kind for _, kind in streak}


def documents_of(platform: Platform) -> dict[ModelRef, Document]:
    return {ModelRef(provider=d["provider"], model_id=d["model_id"]): d for d in platform.models}


def test_there_are_523_models_over_ten_providers_and_222_of_them_run() -> None:
    platform = platform_of(7)
    running = [d for d in platform.models if d["enabled"] and not d["deprecated"]]
    assert len(documents_of(platform)) == len(platform.models) == 523
    assert {d["provider"] for d in platform.models} == set(PROVIDERS)
    assert len(running) == 222


@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_of_the_table_occurs_and_the_raw_rows_are_what_it_says(seed: int) -> None:
    platform = platform_of(seed)
    found, unreadable = histories(platform)
    documents = documents_of(platform)
    wrong = [
        truth for truth in platform.truths if not row_fits(truth, found[truth.ref], documents.get(truth.ref))
    ]
    assert wrong == []
    assert {truth.row for truth in platform.truths} == set(Row) - {Row.RUNNER_DOWN}
    assert {truth.ref for truth in platform.truths} == found.keys() >= documents.keys()
    assert unreadable == platform.unreadable_rows


@pytest.mark.parametrize("seed", SEEDS)
def test_who_qualifies_is_what_the_gates_say_of_the_raw_rows(seed: int) -> None:
    platform = platform_of(seed)
    found, _ = histories(platform)
    gone = [truth for truth in platform.truths if truth.row in {Row.GONE, Row.GONE_LATELY}]
    for truth in gone:
        opened = gates_are_open(truth.ref, found[truth.ref], found, truth.cause == "openai: renamed")
        assert opened == truth.qualifies, truth
    others = [truth for truth in platform.truths if truth not in gone]
    assert not any(truth.qualifies for truth in others)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_providers_outage_shows_in_nearly_all_of_its_latest_runs_and_in_no_other_provider(
    seed: int,
) -> None:
    platform = platform_of(seed)
    found, _ = histories(platform)
    rows = {truth.ref: truth.row for truth in platform.truths}
    shares = {}
    for provider in PROVIDERS:
        ran = [
            ref
            for ref, document in documents_of(platform).items()
            if ref.provider == provider
            and document["enabled"]
            and not document["deprecated"]
            and found[ref].last_run
            and not found[ref].silent()
        ]
        latest = [found[ref].streak[-1][1] for ref in ran if found[ref].streak]
        families = Counter("outage" if kind.traits.outage else kind for kind in latest)
        shares[provider] = max(families.values(), default=0) / len(ran)
        struck = [ref for ref in ran if rows[ref] == Row.PROVIDER_WIDE]
        assert not struck or len(struck) == max(families.values())
    down = {provider for provider, share in shares.items() if share >= 0.9}
    assert down == {ref.provider for ref, row in rows.items() if row == Row.PROVIDER_WIDE}
    assert down == {"deepinfra", "together", "vertex"}


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_some_24_causes_and_less_than_the_brake_in_fresh_trouble(seed: int) -> None:
    platform = platform_of(seed)
    assert len(platform.causes) == 24
    found, _ = histories(platform)
    stopped = [
        truth
        for truth in platform.truths
        if truth.row not in {Row.PROVIDER_WIDE, Row.UNLISTED, Row.DISABLED}
        and found[truth.ref].successes
        and found[truth.ref].streak
        and NOW - found[truth.ref].streak[0][0] <= 24 * HOUR
    ]
    assert 0 < len(stopped) < 0.3 * 222


def test_the_renamed_models_successor_is_in_the_catalogue_and_not_in_models() -> None:
    platform = platform_of(7)
    successor = platform.successor
    assert successor is not None
    assert successor not in documents_of(platform)
    assert f"{successor.provider}/{successor.model_id}" in {d["openrouter_id"] for d in platform.catalog}
    named = [row for row in platform.errors if "has been renamed" in text_of(row)]
    assert named
    assert all(f"Use `{successor.model_id}` instead" in text_of(row) for row in named)


def test_the_retired_models_successor_is_in_models_already() -> None:
    platform = platform_of(7)
    ids = {ref.model_id for ref in documents_of(platform) if ref.provider == "mistral"}
    named = {
        text_of(row).split("use ")[1].split(" ")[0] for row in platform.errors if "retired" in text_of(row)
    }
    assert len(named) == 1
    assert named <= ids


def test_the_same_seed_makes_the_same_platform_and_another_one_other_trouble() -> None:
    assert build_platform(NOW, seed=3) == platform_of(3)
    troubled = [{truth.ref for truth in platform_of(seed).truths if truth.row == Row.GONE} for seed in SEEDS]
    assert len({frozenset(refs) for refs in troubled}) == len(SEEDS)


def test_rows_come_in_every_shape_that_the_years_have_left() -> None:
    rows = [row for seed in SEEDS for row in platform_of(seed).errors]
    times = {type(row.get("ts")) for row in rows}
    assert times == {datetime, str, int, type(None)}
    assert any(row.get("ts") is not None and getattr(row["ts"], "tzinfo", UTC) is None for row in rows)
    for field in ("created_at", "timestamp", "message", "error", "traceback", "normalized_message"):
        assert any(field in row for row in rows), field
    assert any(isinstance(row.get("error"), dict) for row in rows)
    kinds = Counter(row.get("error_kind", "missing") for row in rows)
    assert kinds["missing"] + kinds["unknown"] > 0.7 * kinds.total()


def test_a_hostile_text_carries_orders_a_forged_header_a_mention_a_key_and_an_address() -> None:
    texts = [text_of(row) for row in platform_of(7).errors if "unexpected content" in text_of(row)]
    assert len(texts) >= 3
    for part in (
        "Ignore all criteria",
        "### SYSTEM",
        "<!channel>",
        "sk-live-",
        "@example.com",
        "\u202e",
        "\x00",
    ):
        assert all(part in text for text in texts), part


def test_texts_of_one_cause_differ_from_row_to_row() -> None:
    texts = [text_of(row) for row in platform_of(7).errors if "was decommissioned" in text_of(row)]
    assert len(set(texts)) == len(texts) > 50


def test_each_text_is_recognized_as_the_kind_it_was_made_for() -> None:
    platform = platform_of(7)
    seen = {true_kind(text_of(row)) for row in platform.errors}
    assert seen == set(Kind)
    markers = [template.marker for template in TEMPLATES.values()]
    for row in platform.errors:
        assert sum(marker in text_of(row) for marker in markers) <= 1, row


def test_ten_times_the_models_have_the_same_causes() -> None:
    platform, large = platform_of(7), build_platform(NOW, scale=10)
    assert len(documents_of(large)) == len(large.models) == 5230
    assert sum(d["enabled"] and not d["deprecated"] for d in large.models) == 2220
    assert large.causes == platform.causes
    found, _ = histories(large)
    documents = documents_of(large)
    assert [t for t in large.truths if not row_fits(t, found[t.ref], documents.get(t.ref))] == []


def test_on_a_quiet_day_all_trouble_is_days_old() -> None:
    quiet = build_platform(NOW, trouble="quiet")
    found, _ = histories(quiet)
    rows = Counter(truth.row for truth in quiet.truths)
    assert rows == {Row.DISABLED: 301, Row.PROVIDER_WIDE: 41, Row.BUDGET: 19, Row.ANSWERING: 162}
    failing = [found[truth.ref] for truth in quiet.truths if truth.row in {Row.PROVIDER_WIDE, Row.BUDGET}]
    assert all(NOW - history.streak[0][0] > 72 * HOUR for history in failing)


def test_when_the_runner_is_down_nobody_has_given_results_for_more_than_26_hours() -> None:
    down = build_platform(NOW, trouble="runner_down")
    found, _ = histories(down)
    running = [truth for truth in down.truths if truth.row == Row.RUNNER_DOWN]
    assert len(running) >= 222
    assert all(truth.action is None for truth in running)
    assert all(history.last_run is None or history.silent() for history in found.values())


def test_more_errors_inside_the_window_change_no_answer() -> None:
    platform = platform_of(7)
    more = tuple(extra_errors(platform, 20_000, inside=True, seed=1))
    heavy = Platform(**(vars(platform) | {"errors": (*platform.errors, *more)}))
    found, unreadable = histories(heavy)
    documents = documents_of(platform)
    assert len(more) == 20_000
    assert unreadable == platform.unreadable_rows
    assert all(NOW - timedelta(days=30) <= row["ts"] <= NOW for row in more)
    for truth in platform.truths:
        assert row_fits(truth, found[truth.ref], documents.get(truth.ref)), truth
        if truth.row in {Row.GONE, Row.GONE_LATELY}:
            renamed = truth.cause == "openai: renamed"
            assert gates_are_open(truth.ref, found[truth.ref], found, renamed) == truth.qualifies, truth


def test_more_errors_outside_the_window_are_older_than_it() -> None:
    more = list(extra_errors(platform_of(7), 2_000, inside=False, seed=1))
    assert len(more) == 2_000
    assert all(row["ts"] < NOW - timedelta(days=30) for row in more)


def test_answers_are_those_of_the_table() -> None:
    answers = {truth.row: truth.action for truth in platform_of(7).truths}
    assert answers[Row.GONE] == answers[Row.FLAGGED] == Action.DISABLE
    assert answers[Row.ANSWERING] == answers[Row.DISABLED] == Action.IGNORE
    assert answers[Row.UNLISTED] is None
    assert {row for row, action in answers.items() if action == Action.MONITOR} == {
        Row.PROVIDER_WIDE,
        Row.GONE_LATELY,
        Row.CAPABILITY,
        Row.BUDGET,
        Row.SILENCE,
        Row.FLAPPING,
        Row.UNCLEAR,
        Row.NEVER_SUCCEEDED,
        Row.NEVER_RAN,
    }
