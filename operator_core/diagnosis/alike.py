"""A failure's text → its shape: what varies from one request to the next is made alike. Pure.

Most failures differ only in request ids, amounts and times. They are kept and read by their shape, each shape
once. What a reading depends on stays: statuses, documented codes, and whatever may be a model's name; for the
model's own stands a mark. A shape holds no secret.
"""

import re
from functools import lru_cache

from operator_core.text.masking import visible
from operator_core.text.secrets import REPORTED, without_secrets
from operator_core.text.tables import compiled, read_table
from operator_core.text.words import DECIDES, OF_PROVIDER

OWN = "\ue000"
"""Stands for the model's own id; a text that has it says nothing by it."""
READ_CHARACTERS = 2000
_HEX_ID, _OTHER_ID, _UUID = "1a" * 8, "1z" * 10, "1a1a1a1a-1a1a-1a1a-1a1a-1a1a1a1a1a1a"
_STAYS = frozenset(
    {*filter(str.isdigit, " ".join((*DECIDES, *OF_PROVIDER)).split()), *map(str, range(400, 600))}
)
PATTERNS = compiled(read_table(__package__, "alike.toml"))
_ONES = str.maketrans("023456789", "1" * 9)


@lru_cache(maxsize=2_000)
def shape_of(text: str, model_id: str) -> tuple[str, str, bool]:
    """The shape; the text without secrets; and whether a whole key stood in it."""
    text = visible(text)
    safe = without_secrets(text)
    leaks = safe != text and REPORTED.search(text) is not None
    safe = safe[:READ_CHARACTERS]  # only now: a key may stand far behind
    shape = safe.replace(OWN, "")
    if model_id and model_id in shape:
        shape = _own(model_id).sub(OWN, shape)
    return PATTERNS["word with digits"].sub(_alike, shape), safe, leaks


@lru_cache(maxsize=2_000)
def _own(model_id: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(model_id)}(?![\w:@/-]|\.\w)")


def _alike(found: re.Match[str]) -> str:
    word = found.group()
    if any(map(str.isalpha, word)) and not PATTERNS["duration"].fullmatch(word):
        return PATTERNS["id"].sub(_same_id, word)
    return PATTERNS["number"].sub(lambda it: it[0] if it[0] in _STAYS else it[0].translate(_ONES), word)


def _same_id(found: re.Match[str]) -> str:
    """One for each look that ids have; what may be a word or a name stays as it is."""
    run = found.group()
    if found["uuid"]:
        return _UUID
    if PATTERNS["hexadecimal"].fullmatch(run):
        return _HEX_ID
    mixed = not (run.islower() or run.isupper() or run.istitle()) and any(map(str.isdigit, run))
    drawn = len(run) >= 16 and (mixed or len(PATTERNS["turn"].findall(run)) >= 4)
    return _OTHER_ID if drawn or (len(run) > 8 and run.isdigit()) else run
