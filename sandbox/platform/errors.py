"""What providers say when a request fails: their shape, our words. Ids, counts and times differ by row."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from operator_core.domain.kinds import Kind


@dataclass(frozen=True)
class Template:
    """One cause's text. `marker` stands in each text of it, and in no other's."""

    kind: Kind
    marker: str
    text: str


_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TEMPLATES = {cause: Template(Kind(kind), marker, text) for cause, (kind, marker, text) in _LISTED.items()}
SIGN = re.compile(
    r"\$(?:(?P<kind>hex|int|float|pick)(?P<of>\d+(?:[-.|]\d+)*)|(?P<name>model|successor|uuid))"
)


def true_kind(message: str) -> Kind:
    """The kind that a text of ours was made for."""
    return next((t.kind for t in TEMPLATES.values() if t.marker in message), Kind.UNKNOWN)


def message(template: str, rng: Random, model_id: str, successor: str = "") -> str:
    made = {"$model": model_id, "$successor": successor}

    def filled(sign: re.Match[str]) -> str:
        if sign[0] not in made:
            made[sign[0]] = MADE[sign["kind"] or sign["name"]](rng, sign["of"] or "")
        return made[sign[0]]

    return SIGN.sub(filled, TEMPLATES[template].text)


def _hex(rng: Random, digits: str) -> str:
    return f"{rng.getrandbits(int(digits) * 4):0{digits}x}"


def _uuid(rng: Random, of: str) -> str:
    h = _hex(rng, "32")
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def _float(rng: Random, of: str) -> str:
    (low, high), decimals = of.split(".")[0].split("-"), of.split(".")[1]
    return f"{rng.uniform(float(low), float(high)):.{decimals}f}"


MADE: dict[str, Callable[[Random, str], str]] = {
    "hex": _hex,
    "uuid": _uuid,
    "int": lambda rng, of: str(rng.randint(*map(int, of.split("-")))),
    "float": _float,
    "pick": lambda rng, of: rng.choice(of.split("|")),
}
