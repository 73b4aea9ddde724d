"""The small checks that the rules of blocks and elements are put together from.

A check takes a value and where it stands (a JSON pointer) and yields what is wrong, in Slack's words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.slack.validation.text import mrkdwn_faults, plain_faults

Check = Callable[[object, str], Iterator[str]]
KINDS = ("mrkdwn", "plain_text")


def fault(reason: str, path: str) -> str:
    return f"[ERROR] {reason} [json-pointer:{path}]"


@dataclass(frozen=True)
class Shape:
    """The rules of one kind of object. It has no other keys than those that are checked."""

    checks: Mapping[str, Check]
    required: tuple[str, ...] = ()
    whole: Check | None = None
    """What concerns several keys at once."""

    def __call__(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must be an object", path)
            return
        yield from (fault(f"unknown key: {key}", path) for key in sorted(set(value) - set(self.checks)))
        yield from (
            fault(f"missing required field: {key}", path) for key in self.required if key not in value
        )
        for key, check in self.checks.items():
            if key in value:
                yield from check(value[key], f"{path}/{key}")
        if self.whole:
            yield from self.whole(value, path)


def anything(value: object, path: str) -> Iterator[str]:
    yield from ()


def string(most: int, least: int = 1) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must be a string", path)
        elif len(value) > most:
            yield fault(f"must be less than {most + 1} characters (it has {len(value)})", path)
        elif len(value.strip()) < least:
            yield fault(f"must be at least {least} character(s)", path)

    return check


def text(most: int = 3000, kinds: Iterable[str] = KINDS) -> Check:
    """A text object of one of the kinds."""
    allowed = tuple(kinds)

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict) or value.get("type") not in allowed:
            yield fault(f"must be a text object of type {' or '.join(allowed)}", path)
            return
        kind = value["type"]
        keys = {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
        yield from (fault(f"unknown key: {key}", path) for key in sorted(set(value) - keys))
        words = value.get("text")
        yield from string(most)(words, f"{path}/text")
        if isinstance(words, str):
            faults = mrkdwn_faults if kind == "mrkdwn" else plain_faults
            yield from (fault(reason, f"{path}/text") for reason in faults(words))

    return check


def plain(most: int) -> Check:
    return text(most, ("plain_text",))


def items(least: int, most: int, check: Check) -> Check:
    """A list; each item is checked."""

    def all_of(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must be an array", path)
            return
        if len(value) < least:
            yield fault(f"no fewer than {least} items allowed", path)
        if len(value) > most:
            yield fault(f"no more than {most} items allowed (there are {len(value)})", path)
        for position, item in enumerate(value):
            yield from check(item, f"{path}/{position}")

    return all_of


def one_of(*allowed: object) -> Check:
    return _rule(lambda value: value in allowed, f"must be one of {', '.join(map(str, allowed))}")


def number(least: int, most: int) -> Check:
    return _rule(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
        f"must be a whole number from {least} to {most}",
    )


def at_least_one(*keys: str) -> Check:
    return _rule(
        lambda value: not isinstance(value, dict) or any(value.get(key) for key in keys),
        f"one of {', '.join(keys)} is required",
    )


def _rule(holds: Callable[[object], bool], otherwise: str) -> Check:
    """One condition, and what is said where it doesn't hold."""

    def check(value: object, path: str) -> Iterator[str]:
        if not holds(value):
            yield fault(otherwise, path)

    return check


boolean = _rule(lambda value: isinstance(value, bool), "must be a boolean")


def typed(shapes: Mapping[str, Check], allowed: Iterable[str]) -> Check:
    """An object whose `type` is one of those allowed, by the rules of that type."""
    names = tuple(allowed)

    def check(value: object, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in shapes:
            yield fault(f"unsupported type: {kind}", path)
        elif kind not in names:
            yield fault(f"unsupported type here: {kind}", path)
        else:
            yield from shapes[kind](value, path)

    return check
