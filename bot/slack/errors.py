"""What Slack refuses, in plain words: whoever runs the bot learns what to do, and nothing is lost."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from typing import NamedTuple

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from operator_core.domain.base import mapping_in
from operator_core.errors import OperatorError
from operator_core.text.tables import read_table

SLACK_ERRORS = (SlackClientError, ClientError, OSError, TimeoutError)
"""All that a call of Slack's Web API may raise."""


class Lasts(Enum):
    """For how long a refusal stands."""

    PASSING = auto()  # Slack's bad minute: the same is asked again, later and later
    LASTING = auto()  # until somebody sees to it: it is said, and asked again seldom
    FOR_THIS_MESSAGE = auto()  # it can't be edited any more: a new message stands in for it
    FOR_GOOD = auto()  # nobody sees that message any more


class Refusal(NamedTuple):
    """What Slack's refusal means for us; as text, what it said and what to do about it."""

    cure: str = "`ai-operator doctor` says more"
    lasts: Lasts = Lasts.LASTING
    code: str = ""
    """Slack's own word, or what kept us from Slack: something in any case."""
    scope: str = ""
    """Which one Slack misses, where it says so."""
    wait: float = 0.0
    """Seconds that Slack wants us to wait, where it counted too many calls."""

    def __str__(self) -> str:
        return ": ".join(part for part in (f"{self.code}; {self.cure}", self.scope) if part)


def _known() -> Mapping[str, Refusal]:
    table = read_table(__package__, "refusals.toml")["refusal"]
    meant = ((one.pop("codes").split(), Lasts[one.pop("lasts", "LASTING")], one) for one in table)
    return {code: Refusal(lasts=lasts, **cure) for codes, lasts, cure in meant for code in codes}


REFUSALS = _known()
"""What we do about Slack's error codes that we know; what it says besides is a code that we don't."""
UNREACHABLE = Refusal("check the network, a proxy, and [slack] api_url", Lasts.PASSING)


class SlackRefused(OperatorError):
    """Slack would not do it, or could not be reached."""


def refusal_in(error: BaseException) -> Refusal:
    """What it means for us. What isn't Slack's own word passes: a network, a proxy, a page of HTML."""
    if not isinstance(error, SlackClientError):
        return UNREACHABLE._replace(code=f"Slack can't be reached ({type(error).__name__})")
    answer = getattr(error, "response", None)  # the SDK's own kind, or aiohttp's
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    said = mapping_in(getattr(answer, "data", answer)) if isinstance(error, SlackApiError) else {}
    code = said.get("error")
    if not isinstance(code, str):
        code = "ratelimited" if status == 429 else ""
    if not code:
        what = f"HTTP {status}" if isinstance(status, int) else "no JSON object"
        return UNREACHABLE._replace(code=f"what answered is not Slack ({what})")
    scope, wait = said.get("needed"), 0.0
    if code in {"ratelimited", "rate_limited"}:
        seconds = str((getattr(answer, "headers", None) or {}).get("Retry-After", "")).strip()
        wait = max(float(seconds), 0.1) if re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", seconds) else 1.0
    scope = scope if isinstance(scope, str) else ""
    return REFUSALS.get(code, Refusal())._replace(code=code, scope=scope, wait=wait)


@contextmanager
def slack_errors_logged(log: Callable[..., object], what: str, **about: str) -> Iterator[None]:
    """`what` could not be done: that is logged, and undoes nothing."""
    try:
        yield
    except SLACK_ERRORS as error:
        log(what, **about, cause=refusal_in(error).code)


@contextmanager
def slack_errors_explained(what: str) -> Iterator[None]:
    """`what` could not be done: "the digest could not be posted". Raises SlackRefused, with the cure."""
    try:
        yield
    except SLACK_ERRORS as error:
        raise SlackRefused(f"{what}: {refusal_in(error)}") from error
