"""Which AI Operator this is: one a database, told from others by an id that each button carries."""

from datetime import datetime

from operator_core.domain.base import Frozen

NAMED = 32
"""Characters of a database's name in a stamp: Slack takes 75 in a menu's option."""


class Deployment(Frozen):
    """The bot on one database, from its first start on."""

    id: str
    database: str
    collection: str = ""
    """The UUID of the collection that this is kept in: a restored copy of the database has another."""
    restored_from: str = ""
    unasked: bool = False
    """Nobody could be asked yet whether the bot may act on this copy."""
    made_at: datetime

    @property
    def stamp(self) -> str:
        """What buttons and dialogs carry: whose they are, and what people call it."""
        return f"{self.id}.{self.database[:NAMED]}"

    def drew(self, stamp: str) -> bool:
        """By the id alone: how much of the name a stamp carries differs between versions."""
        return stamp.partition(".")[0] == self.id
