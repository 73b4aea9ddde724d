"""What discovery knows of a model that the platform has already. Pure."""

from datetime import datetime

from operator_core.domain.base import Frozen, ModelRef


class PlatformModel(Frozen):
    """A model of the platform, enabled or not."""

    ref: ModelRef
    display_name: str = ""
    enabled: bool = False
    deprecated: bool = False
    successor: str = ""
    disabled_by_us: bool = False
    disabled_at: datetime | None = None
    added_by_us: bool = False

    @property
    def runs(self) -> bool:
        return self.enabled and not self.deprecated
