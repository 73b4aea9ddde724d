"""The right to do one thing once, for as long as a lease lasts."""

from datetime import datetime

from operator_core.domain.base import Frozen


class Claim(Frozen):
    """The right to do one thing once, for as long as the lease lasts."""

    key: str
    owner: str
    lease: datetime
    """Until then nobody else may take it."""
    taken_over: bool = False
    """Somebody held it before and did not finish: look first whether the thing was done."""
    done: bool = False
    note: str = ""
    """What came of it, for instance the message's `ts`."""
