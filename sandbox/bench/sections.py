"""The sections of docs/benchmarks.md: their tables, and one measured anew while the others stay."""

from collections.abc import Iterable
from pathlib import Path

PAGE = Path("docs/benchmarks.md")
TRIED = "## What was tried"
"""From this heading on the page is written by people."""
Row = tuple[str, ...]
TARGET_HEADS: Row = ("what", "target", "measured", "")


def renew(page: Path, section: str) -> None:
    """Replaces the section with the same heading, or adds it before what people wrote."""
    page.write_text(renewed(page.read_text(encoding="utf-8"), section), encoding="utf-8")


def renewed(text: str, section: str) -> str:
    """The page with this section, which begins with its heading."""
    heading = section.splitlines()[0]
    before, heading_line, after = text.partition(f"{heading}\n")
    if not heading_line:
        before, tried, rest = text.partition(TRIED)
        return f"{before.rstrip()}\n\n{section}\n\n{tried}{rest}".rstrip() + "\n"
    _, following, rest = after.partition("\n## ")
    return f"{before}{section}\n{following}{rest}"


def table(heads: Row, rows: Iterable[Row]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def target(what: str, wanted: str, measured: str, met: bool) -> Row:
    """A row under TARGET_HEADS."""
    return what, wanted, measured, "met" if met else "**missed**"
