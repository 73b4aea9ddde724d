"""Our own exceptions. Library errors are chained into these where they enter.

OperatorError
 ├─ ConfigurationError    operator.toml or the environment is wrong: the message names the key and the fix
 ├─ FactsUnreadable       MongoDB could not be read: the run judges nothing
 ├─ AdvisorError          the LLM gave no usable answer: the written rules take over
 ├─ StaleProposal         the proposal changed or was resolved since it was read
 ├─ NotFound              no such proposal, journal entry, model or provider
 ├─ Paused                autopilot or a batch was stopped by a person
 └─ LeaseLost             another process took this journal entry over
"""


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


class NotFound(OperatorError):
    """What was named doesn't exist."""


class Paused(OperatorError):
    """A person stopped the bot; nothing more is changed until they resume it."""


class LeaseLost(OperatorError):
    """Another process owns this journal entry now."""
