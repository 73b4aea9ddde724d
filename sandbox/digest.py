"""The bot's digest as it stands in the Slack stand-in: where it is, and which cards have a button."""

from bot.slack.posting.digests import EVENT
from sandbox.slack import Message, SlackStandIn
from sandbox.slack.screen import elements

CHANNEL = "C0OPS"


def digest_in(slack: SlackStandIn, *, newest: bool = False) -> Message | None:
    """The oldest or the newest digest in the channel; None before there is one."""
    digests = [message for message in slack.messages(CHANNEL) if message.event == EVENT]
    return digests[-1 if newest else 0] if digests else None


def cards_with(verb: str, message: Message) -> list[str]:
    """The cards of a message that have this button, from the top down."""
    actions = (str(element.get("action_id", "")).partition(".") for _, element in elements(message.blocks))
    return [card for action, _, card in actions if action == verb]
