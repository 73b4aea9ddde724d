"""Whoever follows a link in our pages arrives, and finds every guide from the README, in order."""

import re
from pathlib import Path

import pytest

from documents.reading import ALL, FOR_USERS, anchors, links, prose_of, text_of
from support.source import ROOT

MOST_LINES = 150


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    dead = [link for link in links(page) if not arrives(page, link)]
    assert dead == []


def arrives(page: Path, link: str) -> bool:
    if link.startswith(("https://", "http://127.0.0.1")):
        return True
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("README.md", True),
        ("README.md#try-it", True),
        ("README.md#try-that", False),
        ("docs/none.md", False),
        ("#set-it-up", True),
        ("#a-heading-of-nobody", False),
    ],
)
def test_a_dead_link_would_be_noticed(link: str, there: bool) -> None:
    assert arrives(ROOT / "README.md", link) is there


def test_the_readme_names_the_guides_in_the_order_in_which_they_are_read() -> None:
    linked = [ROOT / link for link in links(ROOT / "README.md") if link in names()]
    assert list(dict.fromkeys(linked)) == [page for page in IN_ORDER if page in FOR_USERS]


def names() -> set[str]:
    return {str(page.relative_to(ROOT)) for page in IN_ORDER}


IN_ORDER = (*FOR_USERS[2:-1], FOR_USERS[1], FOR_USERS[-1])
"""The guides, with security before the reference of the commands."""
OPERATIONS = ROOT / "docs" / "operations.md"
"""Where the last one leads."""


@pytest.mark.parametrize("page", IN_ORDER, ids=lambda page: page.name)
def test_a_guide_says_first_who_it_is_for_last_what_is_next_and_is_short(page: Path) -> None:
    text = re.sub(r"<!--.*?-->\n", "", text_of(page))
    title, first = text.split("\n\n")[:2]
    assert title.startswith("# ")
    assert first.startswith("For "), "who it is for"
    last = text.rpartition("\n## ")[2]
    assert last.startswith("Next\n")
    after = [*IN_ORDER[IN_ORDER.index(page) + 1 :], OPERATIONS][0]
    assert (page.parent / links_in(last)[0]).resolve() == after, "where to go from here: README's next page"
    assert text.count("\n") <= MOST_LINES or page.name in {"configuration.md", "commands.md"}


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda page: page.name)
def test_prose_fits_into_a_window(page: Path) -> None:
    wide = [line for line in prose_of(page).splitlines() if len(line) > 120 and not line.startswith("|")]
    assert wide == []


def links_in(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)
