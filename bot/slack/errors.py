"""What Slack refuses, in plain words: whoever runs the bot learns what to do, and nothing is lost."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from operator_core.domain.base import mapping_in
from operator_core.errors import OperatorError

SLACK_ERRORS = (SlackClientError, ClientError, OSError, TimeoutError)
"""All that a call of Slack's Web API may raise."""


class Lasts(StrEnum):
    """For how long a refusal stands."""

    PASSING = "passing"
    """Slack's bad minute: the same is asked again, later and later."""
    LASTING = "lasting"
    """Until somebody sees to it: it is said, and asked again seldom."""
    FOR_THIS_MESSAGE = "for this message"
    """It can't be edited any more: a new message stands in for it."""
    FOR_GOOD = "for good"
    """Nobody sees that message any more."""


class Refusal(NamedTuple):
    """What one of Slack's error codes means for us."""

    cure: str = "`ai-operator doctor` says more"
    """What whoever runs the bot can do about it."""
    lasts: Lasts = Lasts.LASTING


UNREACHABLE = Refusal("check the network, a proxy, and [slack] api_url", Lasts.PASSING)
_BUSY = Refusal("it is tried again later", Lasts.PASSING)
_TOKEN = Refusal("copy the token again from the app's page at api.slack.com")
_RIGHTS = Refusal("somebody who runs the workspace has to let the app post there")
_ANEW = Refusal("a new message stands in for it", Lasts.FOR_THIS_MESSAGE)
_GONE = Refusal(lasts=Lasts.FOR_GOOD)
REFUSALS: Mapping[str, Refusal] = {
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "token_expired"), _TOKEN),
    **dict.fromkeys(("account_inactive", "no_permission", "org_login_required", "access_denied"), _TOKEN),
    "not_allowed_token_type": Refusal(
        "another kind of token: the bot's begins with xoxb-, the app's with xapp-"
    ),
    "missing_scope": Refusal(
        "add the scope (manifest.yaml names it, or has it in a comment), then reinstall the app"
    ),
    "unknown_method": Refusal("what answers at [slack] api_url doesn't know the method"),
    "not_in_channel": Refusal("invite the bot: type /invite @AI Operator in the channel"),
    "channel_not_found": Refusal("check [slack] channel; if it is private, invite the bot"),
    "is_archived": Refusal("the channel is archived: unarchive it, or name another in [slack] channel"),
    "messages_tab_disabled": Refusal("turn the app's Messages tab on, as manifest.yaml does"),
    "no_such_subteam": Refusal("check the group's id in [slack] approvers"),
    **dict.fromkeys(("restricted_action", "restricted_action_read_only_channel"), _RIGHTS),
    **dict.fromkeys(("restricted_action_thread_only_channel", "ekm_access_denied"), _RIGHTS),
    **dict.fromkeys(("edit_window_closed", "cant_update_message", "msg_too_long"), _ANEW),
    **dict.fromkeys(("msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"), _ANEW),
    **dict.fromkeys(("message_not_found", "is_inactive"), _GONE),
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), _BUSY),
    **dict.fromkeys(("internal_error", "fatal_error", "service_unavailable", "request_timeout"), _BUSY),
    **dict.fromkeys(("team_added_to_org", "accesslimited", "external_channel_migrating"), _BUSY),
}
"""Slack's error codes that we know; what it says besides is a code that we don't."""


class SlackRefused(OperatorError):
    """Slack would not do it, or could not be reached."""


def refusal_in(error: BaseException) -> Refusal:
    """What it means for us. What isn't Slack's own word passes: a network, a proxy, a page of HTML."""
    code = _code(error)
    return REFUSALS.get(code, Refusal()) if code else UNREACHABLE


def slack_error_code(error: BaseException) -> str:
    """Slack's own word, or what kept us from Slack: something in any case."""
    if code := _code(error):
        return code
    if not isinstance(error, SlackClientError):
        return f"Slack can't be reached ({type(error).__name__})"
    status = status_of_answer(error)
    return f"what answered is not Slack ({f'HTTP {status}' if status else 'no JSON object'})"


def status_of_answer(error: BaseException) -> int | None:
    """HTTP's, where there was an answer: the SDK hands over its own kind of response, or aiohttp's."""
    answer = getattr(error, "response", None)
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    return status if isinstance(status, int) else None


def retry_after(error: BaseException) -> float | None:
    """Seconds that Slack wants us to wait, where it counted too many calls; None for all other errors."""
    if _code(error) not in {"ratelimited", "rate_limited"}:
        return None
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    seconds = str(headers.get("Retry-After", "")).strip()
    return float(seconds) if re.fullmatch("[0-9]{1,5}", seconds) else 1.0


def needed_scope(error: BaseException) -> str:
    """Which scope Slack misses; "" where it says none."""
    needed = _data(error).get("needed")
    return needed if isinstance(needed, str) else ""


def _data(error: BaseException) -> Mapping[str, object]:
    answer = getattr(error, "response", None)
    return mapping_in(getattr(answer, "data", answer))


def _code(error: BaseException) -> str:
    code = _data(error).get("error") if isinstance(error, SlackApiError) else None
    return code if isinstance(code, str) else "ratelimited" if status_of_answer(error) == 429 else ""


@contextmanager
def slack_errors_logged(log: Callable[..., object], what: str, **about: str) -> Iterator[None]:
    """`what` could not be done: that is logged, and undoes nothing."""
    try:
        yield
    except SLACK_ERRORS as error:
        log(what, **about, cause=slack_error_code(error))


@contextmanager
def slack_errors_explained(what: str) -> Iterator[None]:
    """`what` could not be done: "the digest could not be posted". Raises SlackRefused, with the cure."""
    try:
        yield
    except SLACK_ERRORS as error:
        raise SlackRefused(f"{what}: {with_cure(error)}") from error


def with_cure(error: BaseException) -> str:
    """What Slack said, and what to do about it."""
    cure = ": ".join(part for part in (refusal_in(error).cure, needed_scope(error)) if part)
    return f"{slack_error_code(error)}; {cure}"
