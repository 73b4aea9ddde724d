"""Which models of the platform are leaving, by the catalogue and by a provider's list."""

import pytest

from discovery.matching.leaving import MISSING, Departure, PlatformModel, departures
from discovery.sources.catalogue import Entry, entry_of
from discovery.sources.directories import Listing
from support.listings import listed, ref

GPT4, GROK, QWEN = "openai/gpt-4", "vertex/xai/grok-3", "groq/qwen/qwen3-32b"


def dated(openrouter_id: str, day: object, exact: str = "") -> Entry:
    return entry_of({"id": openrouter_id, "expiration_date": day, "canonical_slug": exact})


def leaving(
    *entries: Entry, missing: tuple[str, ...] = (), listings: tuple[Listing, ...] = (), successor: str = ""
) -> list[Departure]:
    """Of a platform that runs three models, each the catalogue's entry of the same name."""
    models = [
        PlatformModel(ref=ref(one), enabled=True, successor_model=successor) for one in (GPT4, GROK, QWEN)
    ]
    by_entry = {"openai/gpt-4": GPT4, "xai/grok-3": GROK, "qwen/qwen3-32b": QWEN}
    running = {
        e.openrouter_id: (ref(by_entry[e.openrouter_id]),) for e in entries if e.openrouter_id in by_entry
    }
    vanished = {f"gone/{one}": (ref(one),) for one in missing}
    return list(departures(models, running, entries, vanished, listings))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            dated("openai/gpt-4", "2026-12-01", "openai/gpt-4-0613"),
            dated("openai/gpt-four", None, "openai/gpt-4-0613"),
        ),
        (dated("xai/grok-3", "2026-12-01"), dated("xai/grok-3-beta", "", "xai/Grok-3")),
        (dated("qwen/qwen3-32b", "2026-12-01", "qwen/qwen3-32b-04-28"), dated("qwen/qwen3-32b-04-28", None)),
    ],
)
def test_what_stays_under_another_name_is_not_leaving(old: Entry, new: Entry) -> None:
    assert [one.date for one in leaving(old)] == ["2026-12-01"]
    assert leaving(old, new) == []


@pytest.mark.parametrize("beside", ["openai/gpt-4:free", "~openai/gpt-4-latest", "openai/gpt-4-embedding"])
def test_a_variant_or_an_alias_that_stays_keeps_no_model(beside: str) -> None:
    stays = dated(beside, None, "openai/gpt-4")
    assert [one.date for one in leaving(dated("openai/gpt-4", "2026-12-01"), stays)] == ["2026-12-01"]


@pytest.mark.parametrize("day", ["soon", "2026-13", 20261201, True, None, ["2026-12-01"]])
def test_a_day_that_is_none_is_no_end(day: object) -> None:
    assert leaving(dated("openai/gpt-4", day)) == []


def test_a_moment_is_read_as_its_day() -> None:
    assert [one.date for one in leaving(dated("openai/gpt-4", "2026-12-01T08:00:00Z"))] == ["2026-12-01"]


def test_what_has_a_day_comes_before_what_has_none() -> None:
    found = leaving(
        dated("qwen/qwen3-32b", "2027-02-01"), missing=(GPT4,), listings=(listed(GROK, ends="2026-12-01"),)
    )
    assert [(str(one.ref), one.date) for one in found] == [
        (GROK, "2026-12-01"),
        (QWEN, "2027-02-01"),
        (GPT4, ""),
    ]
    assert found[-1].source == MISSING


@pytest.mark.parametrize(
    ("offered", "named"), [("openai/gpt-5", "gpt-5"), ("groq/gpt-5", ""), ("openai/gpt-5-mini", "")]
)
def test_the_successor_is_offered_where_that_provider_lists_it(offered: str, named: str) -> None:
    (one,) = leaving(dated("openai/gpt-4", "2026-12-01"), listings=(listed(offered),), successor="gpt-5")
    assert one.successor == named


@pytest.mark.parametrize(
    ("offered", "successor"),
    [
        ("openai/accounts/zeta/models/star-7b", "accounts/acme/models/star-7b"),
        ("openai/publishers/zeta/models/star-7b", "publishers/acme/models/star-7b"),
        ("openai/projects/two/models/star-7b", "projects/one/models/star-7b"),
    ],
)
def test_what_another_account_calls_like_the_successor_is_none(offered: str, successor: str) -> None:
    for lists, named in ((offered, ""), (f"openai/{successor}", successor)):
        found = leaving(dated("openai/gpt-4", "2026-12-01"), listings=(listed(lists),), successor=successor)
        assert [one.successor for one in found] == [named]
