"""Values out of JSON that other people wrote: what is missing or odd becomes empty. Pure."""

from collections.abc import Mapping


def mapping_in(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def text_in(value: object, limit: int = 300) -> str:
    return value.strip()[:limit] if isinstance(value, str) else ""


def count_in(value: object) -> int | None:
    """A whole number above zero; true is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
