"""Our own exceptions, under one root. Library errors are chained into these where they enter.

One more, SlackRefused, is Slack's own: bot/slack/errors.py.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operator_core.domain.proposals import Proposal


class OperatorError(Exception):
    """The root: its text is fit for a person to read."""


class ConfigurationError(OperatorError):
    """Wrong usage, operator.toml or environment: the message names the key and the fix. Exit status 2."""


class FactsUnreadable(OperatorError):
    """MongoDB could not be read, so nothing is judged."""


class AdvisorError(OperatorError):
    """The LLM could not be asked, or its answer could not be used: the written rules take over."""


class StaleProposal(OperatorError):
    """A click or command referred to something that changed, or was resolved, since it was read."""

    def __init__(self, message: str, proposal: "Proposal | None" = None) -> None:
        super().__init__(message)
        self.proposal = proposal
        """The proposal as it is now: its last move says who was first."""


class NotFound(OperatorError):
    """No such proposal, journal entry, model or provider."""


class LeaseLost(OperatorError):
    """Another process owns this journal entry (or claim) now."""

    def __init__(self, message: str, entry_id: str = "") -> None:
        super().__init__(message)
        self.entry_id = entry_id


class FetchFailed(OperatorError):
    """A public list could not be fetched, or is not what was asked for; the text says why."""


class StoreUnavailable(OperatorError):
    """Our own records or `models` could not be written; the next recovery finishes what a batch had begun."""


class Unreadable(StoreUnavailable):
    """One of our own documents can't be read by this version: it is named, and stops no other."""
