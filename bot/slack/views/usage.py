"""`/operator help`: what can be typed, and the right usage after a wrong one."""

from difflib import get_close_matches

from bot.slack.views.card import section
from bot.slack.views.content import Message
from bot.slack.views.text import code
from operator_core.words import plural

USAGE = {
    "help": ("help", "this list"),
    "status": ("status", "how I am: last look, next digest, LLM, database, pause"),
    "analyze": (
        "analyze [provider…]",
        "look at the results now, with what is to be decided; share at its end shows all",
    ),
    "digest": ("digest", "today's digest as it would read now"),
    "pending": ("pending", "what waits for a decision, with its buttons"),
    "execute": ("execute", "do now what I may do by myself"),
    "discover": ("discover", "look for new models now"),
    "disable": (
        "disable PROVIDER[/MODEL]",
        "switch off a model, or a whole provider; shows first what follows",
    ),
    "enable": ("enable PROVIDER[/MODEL]", "switch on again; shows first what follows"),
    "history": ("history", "what was done, by whom, with Undo"),
    "undo": ("undo J-NUMBER", "take a change back"),
    "holds": ("holds", "what I keep away from, and why; with Release"),
    "autopilot": (
        "autopilot [off|shadow|on]",
        "how far I go alone; in shadow I only say what I would do",
    ),
    "maintenance": (
        "maintenance [PROVIDER until 18:00|for 2h|end] [reason]",
        "leave a provider alone until then: nothing is told, decided or done about it",
    ),
    "pause": ("pause [reason]", "stop changing anything by myself, at once"),
    "resume": ("resume", "end the pause"),
}
"""Each subcommand → (usage, what it does)."""


def usage(subcommand: str | None = None, wrong: str = "") -> Message:
    """All subcommands, or the usage of one. `wrong`: what was typed and could not be understood."""
    meant = "".join(f" Did you mean {code(name)}?" for name in get_close_matches(wrong.lower(), USAGE, 1))
    first = f"I don't know {code(wrong, 60)}.{meant}\n" if wrong else ""
    if subcommand in USAGE:
        how, what = USAGE[subcommand]
        text = fallback = f"{first}`/operator {how}`: {what}"
    else:
        lines = "\n".join(f"• `/operator {how}`: {what}" for how, what in USAGE.values())
        text = f"{first}Everybody may look; approvers may change.\n{lines}"
        fallback = f"{first}There are {plural(len(USAGE), 'command')}; /operator help lists them."
    return Message.of(fallback, [section(text, "usage")])
