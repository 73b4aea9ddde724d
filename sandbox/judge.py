"""A sensible LLM for the stand-in: it answers each of the prompt's lines by the table of right answers in
docs/decisions.md. Pure."""

import re
from typing import Any

STAND_IN = "scripted-stand-in"
"""Its name in the demo's digest, so that its verdicts are not taken for a real LLM's."""
_LINE = re.compile(
    r"^(?P<id>s\d+) (?P<provider>\S+) (?P<scope>\S+) (?P<kind>\S+) (?P<models>\d+)/(?P<enabled>\d+) "
    r"(?P<hours>\d+)h (?P<success>\S+) (?P<trend>\S+)(?: \d+/\d+)? \"",
    re.MULTILINE,
)
_NEW = re.compile(r"^m\d.*", re.MULTILINE)
CERTAIN = {"hard_model": 0.97, "auth": 0.96}
REASONS = {"hard_model": "gone at the provider", "auth": "refused to us alone"}
OLD_ENOUGH = 48
UNSURE = 0.7


def sensible(prompt: str) -> dict[str, Any]:
    """The answer about each situation that the prompt names."""
    return {"items": [_item(line) for line in _LINE.finditer(prompt)], "kinds": []}


def _item(line: re.Match[str]) -> dict[str, object]:
    kind, old = line["kind"], int(line["hours"]) >= OLD_ENOUGH
    everyone = int(line["models"]) >= int(line["enabled"])
    gone = line["scope"] == "pattern" and kind in CERTAIN and old and not (kind == "auth" and everyone)
    span = f" for {line['hours']} hours" if int(line["models"]) == 1 else f", {line['hours']} hours at most"
    return {
        "id": line["id"],
        "action": "disable" if gone else "monitor",
        "confidence": CERTAIN[kind] if gone else UNSURE,
        "reason": f"{REASONS[kind]}{span}" if gone else "may pass or is not the model",
    }


def cautious(prompt: str) -> dict[str, object]:
    """The answer about each new model: none of the ids that were offered."""
    return {"items": [_about(line, "none fits") for line in _NEW.findall(prompt)]}


def nearest(prompt: str) -> dict[str, object]:
    """The answer about each new model: the first id of each provider, as if one always fitted."""
    items = list[dict[str, object]]()
    for line in _NEW.findall(prompt):
        offers = [offer.split(" ") for offer in line.partition('": ')[2].split("; ")]
        first = {provider: int(number) for number, provider, *_ in reversed(offers)}
        items.append(_about(line, "the nearest", *first.values()))
    return {"items": items}


def _about(line: str, reason: str, *numbers: int) -> dict[str, object]:
    return {"id": line.split(" ", 1)[0], "ids": numbers, "confidence": 0.8, "reason": reason}


def whatever_is_asked(prompt: str) -> dict[str, object]:
    """The answer about situations or, where the prompt names none, about new models."""
    return sensible(prompt) if _LINE.search(prompt) else cautious(prompt)
