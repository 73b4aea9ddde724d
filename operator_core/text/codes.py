"""The codes that providers document, and the kind each of them names: codes.toml, one a line with its source.

`DECIDING` codes name one cause: they are heard before the prose. `BROAD` ones only name a family of causes,
mostly the status in words, and count where the prose says nothing. In any spelling: `MODEL_NOT_FOUND`,
`model-not-found` and `ModelNotFoundException` are one code.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from operator_core.domain.kinds import Kind


def squeezed(text: str) -> str:
    """In the one spelling under which the tables are read."""
    return text.replace("_", "").lower()


def _by_spelling(codes: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Under the last part of a dotted code; an exception also without that word, a code also with it."""
    names = {squeezed(code.rsplit(".", 1)[-1]): kind for code, kind in codes.items()}
    return {
        spelling: kind
        for name, kind in names.items()
        for spelling in (name, f"{name}exception", f"{name}error", name.removesuffix("exception"))
    }


_TABLES = tomllib.loads(files(__package__).joinpath("codes.toml").read_text("utf-8"))
DECIDING, BROAD, _BY_PROVIDER = (
    {code: Kind(kind) for code, kind in _TABLES[name].items()}
    for name in ("deciding", "broad", "of_provider")
)
"""Of the kind `unknown`: the failure is about one generation."""
OF_PROVIDER = {tuple(code.split(" ", 1)): kind for code, kind in _BY_PROVIDER.items()}
"""By provider and code: what means something only where one provider says it."""
FOR_GOOD = frozenset({"modeldecommissioned"})
"""Of a gone model, also where the status says that the servers are in trouble."""
DECIDES, TELLS = _by_spelling(DECIDING), _by_spelling(BROAD)
KNOWN = DECIDES.keys() | TELLS.keys()
