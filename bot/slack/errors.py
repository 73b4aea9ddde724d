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


_CODES: Mapping[Refusal, str] = {
    Refusal("copy the token again from the app's page at api.slack.com"): (
        "invalid_auth not_authed token_revoked token_expired account_inactive no_permission"
        " org_login_required access_denied"
    ),
    Refusal("another kind of token: the bot's begins with xoxb-, the app's with xapp-"): (
        "not_allowed_token_type"
    ),
    Refusal("add the scope (manifest.yaml names it, or has it in a comment), then reinstall the app"): (
        "missing_scope"
    ),
    Refusal("what answers at [slack] api_url doesn't know the method"): "unknown_method",
    Refusal("invite the bot: type /invite @AI Operator in the channel"): "not_in_channel",
    Refusal("check [slack] channel; if it is private, invite the bot"): "channel_not_found",
    Refusal("the channel is archived: unarchive it, or name another in [slack] channel"): "is_archived",
    Refusal("turn the app's Messages tab on, as manifest.yaml does"): "messages_tab_disabled",
    Refusal("check the group's id in [slack] approvers"): "no_such_subteam",
    Refusal("somebody who runs the workspace has to let the app post there"): (
        "restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel"
        " ekm_access_denied"
    ),
    Refusal("a new message stands in for it", Lasts.FOR_THIS_MESSAGE): (
        "edit_window_closed cant_update_message msg_too_long msg_blocks_too_long invalid_blocks"
        " invalid_blocks_format"
    ),
    Refusal(lasts=Lasts.FOR_GOOD): "message_not_found is_inactive",
    Refusal("it is tried again later", Lasts.PASSING): (
        "ratelimited rate_limited message_limit_exceeded internal_error fatal_error service_unavailable"
        " request_timeout team_added_to_org accesslimited external_channel_migrating"
    ),
}
"""What we do about Slack's error codes that we know; what it says besides is a code that we don't."""
REFUSALS = {code: refusal for refusal, codes in _CODES.items() for code in codes.split()}
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
        wait = max(float(seconds), 0.1) if re.fullmatch("[0-9]{1,5}", seconds) else 1.0
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
