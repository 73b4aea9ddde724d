"""What Slack refuses, in plain words: whoever runs the bot learns what to do, and nothing is lost."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from operator_core.errors import OperatorError

SLACK_ERRORS = (SlackClientError, ClientError, OSError, TimeoutError)
"""All that a call of Slack's Web API may raise."""


class Refusal(NamedTuple):
    """What one of Slack's error codes means for us."""

    cure: str = "`ai-operator doctor` says more"
    """What whoever runs the bot can do about it."""
    gone: bool = False
    """The message can't be edited any more: it is not tried again."""


_TOKEN = Refusal("copy the token again from the app's page at api.slack.com")
REFUSALS: Mapping[str, Refusal] = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "not_allowed_token_type": Refusal(
        "another kind of token: the bot's begins with xoxb-, the app's with xapp-"
    ),
    "missing_scope": Refusal(
        "add the scope (manifest.yaml names it, or has it in a comment), then reinstall the app"
    ),
    "not_in_channel": Refusal("invite the bot: type /invite @AI Operator in the channel", gone=True),
    "channel_not_found": Refusal("check [slack] channel; if it is private, invite the bot", gone=True),
    "is_archived": Refusal("the channel is archived"),
    "is_inactive": Refusal(gone=True),
    "message_not_found": Refusal(gone=True),
    "cant_update_message": Refusal(gone=True),
    "no_such_subteam": Refusal("check the group's id in [slack] approvers"),
    "ratelimited": Refusal("too many calls; it is tried again later"),
    "unreachable": Refusal("check the network, a proxy, and [slack] api_url"),
}
"""Slack's error codes that we know, and one of ours: `unreachable`, when no answer of Slack's came."""


class SlackRefused(OperatorError):
    """Slack would not do it, or could not be reached."""


def is_gone(code: str) -> bool:
    """The message that Slack refused to edit for this reason can't be edited any more."""
    return REFUSALS.get(code, Refusal()).gone


def slack_error_code(error: BaseException) -> str:
    """Slack's own word, or what kept us from Slack."""
    if isinstance(error, SlackApiError):
        return str(error.response["error"])
    return f"Slack can't be reached ({type(error).__name__})"


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
        cause = slack_error_code(error)
        needed = error.response.get("needed", "") if isinstance(error, SlackApiError) else ""
        cure = ": ".join(part for part in (REFUSALS.get(cause, Refusal()).cure, needed) if part)
        raise SlackRefused(f"{what}: {cause}; {cure}") from error
