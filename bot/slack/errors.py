"""What Slack refuses, in plain words: whoever runs the bot learns what to do, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from operator_core.errors import OperatorError

SLACK_ERRORS = (SlackClientError, ClientError, OSError, TimeoutError)
"""All that a call of Slack's Web API may raise."""
CURES = {
    "not_in_channel": "invite the bot to the channel",
    "channel_not_found": "check [slack] channel, and invite the bot to it",
    "is_archived": "the channel is archived",
    "missing_scope": "give the app the scope that manifest.yaml names",
    "ratelimited": "too many calls; it is tried again later",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "account_inactive": "check SLACK_BOT_TOKEN",
    "token_revoked": "check SLACK_BOT_TOKEN",
}


class SlackRefused(OperatorError):
    """Slack would not do it, or could not be reached."""


def slack_error_code(error: BaseException) -> str:
    """Slack's own word, or what kept us from Slack."""
    if isinstance(error, SlackApiError):
        return str(error.response["error"])
    return f"Slack can't be reached ({type(error).__name__})"


@contextmanager
def slack_errors_explained(what: str) -> Iterator[None]:
    """`what` could not be done: "the digest could not be posted". Raises SlackRefused, with the cure."""
    try:
        yield
    except SLACK_ERRORS as error:
        cause = slack_error_code(error)
        needed = error.response.get("needed", "") if isinstance(error, SlackApiError) else ""
        cure = ": ".join(
            part for part in (CURES.get(cause, "`ai-operator doctor` says more"), needed) if part
        )
        raise SlackRefused(f"{what}: {cause}; {cure}") from error
