"""Our own exceptions. Library errors are chained into these where they enter.

OperatorError
 ├─ ConfigurationError    operator.toml or the environment is wrong: the message names the key and the fix
 ├─ FactsUnreadable       MongoDB could not be read: the run judges nothing
 ├─ AdvisorError          the LLM gave no usable answer: the written rules take over
 ├─ StaleProposal         the proposal changed or was resolved since it was read
 ├─ NotFound              no such proposal, journal entry, model or provider
 ├─ LeaseLost             another process took this journal entry, or this claim, over
 ├─ StoreUnavailable      MongoDB could not be reached while our own records or `models` were written
 │   └─ Unreadable        one of our own documents is not as this version knows them
 ├─ FetchFailed           a public list could not be fetched, or is not what was asked for
 └─ SlackRefused          Slack could not do what was asked (bot/slack/errors.py)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operator_core.domain.proposals import Proposal


class OperatorError(Exception):
    """The root: its text is fit for a person to read."""


class ConfigurationError(OperatorError):
    """Wrong usage or configuration; exit status 2."""


class FactsUnreadable(OperatorError):
    """The facts could not be read, so nothing is judged."""


class AdvisorError(OperatorError):
    """The LLM could not be asked, or its answer could not be used."""


class StaleProposal(OperatorError):
    """A click or command referred to something that is no longer so."""

    def __init__(self, message: str, proposal: "Proposal | None" = None) -> None:
        super().__init__(message)
        self.proposal = proposal
        """The proposal as it is now: its last move says who was first."""


class NotFound(OperatorError):
    """What was named doesn't exist."""


class LeaseLost(OperatorError):
    """Another process owns this journal entry (or claim) now."""

    def __init__(self, message: str, entry_id: str = "") -> None:
        super().__init__(message)
        self.entry_id = entry_id


class FetchFailed(OperatorError):
    """A public list could not be fetched, or is not what was asked for; the text says why."""


class StoreUnavailable(OperatorError):
    """MongoDB could not be reached. What a batch had begun is finished by the next recovery."""


class Unreadable(StoreUnavailable):
    """One of our own documents can't be read by this version: it is named, and stops no other."""
