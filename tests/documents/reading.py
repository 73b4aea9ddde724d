"""The pages, read: their headings, links, code and commands. Pure but for reading the files."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.source import ROOT

GUIDES = (
    *("day-0", "mongodb", "slack", "configuration", "first-week"),
    *("operations", "growth", "upgrade", "commands"),
)
"""In the order in which a newcomer reads them."""
FOR_USERS = (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs" / f"{name}.md" for name in GUIDES))
ALL = sorted(
    {*FOR_USERS, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")}
)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """Without fenced code."""
    return FENCE.sub("", text_of(page))


def fenced(page: Path, *languages: str) -> Iterator[str]:
    """What stands between fences of these languages; of any, if none is named."""
    for _, language, body in FENCE.findall(text_of(page)):
        if not languages or language in languages:
            yield body


def inline(page: Path) -> list[str]:
    """What stands in single backquotes, its line breaks as spaces."""
    return [" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose_of(page))]


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of the headings."""
    titles = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


def links(page: Path) -> list[str]:
    """Where it points to, pictures too."""
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(page))


def commands(page: Path) -> set[str]:
    """Each `ai-operator …` and `make …` that somebody who reads the page could type, with what stands before
    a pipe, wherever it is called: by its path, in a container. Not the forms of a reference:
    `undo JOURNAL_ID`, `autopilot [off|shadow|on]`."""
    lines = [line.strip() for body in fenced(page) for line in body.splitlines()]
    found = (one.partition(" # ")[0].strip() for one in (*lines, *inline(page)))
    bare = (CALLED.sub("ai-operator ", one) for one in found)
    return {one for one in bare if TYPED.search(one) and not FORM.search(one)}


CALLED = re.compile(r"^(?:\S*bin/ai-operator|docker compose run --rm bot|docker run .* ai-operator) ")
TYPED = re.compile(r"(?:^|\| )(?:ai-operator|make) \S")
FORM = re.compile(r"\[|…|\b(?:JOURNAL_ID|PROVIDER|DIR)\b")
