"""One replica's turn at what is done once: claimed, renewed while it works, proved before it acts or speaks.

A replica that slept through its turn finds that it lost it, and leaves the rest to the new owner.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bot.logs import logger
from operator_core.errors import LeaseLost, OperatorError
from operator_core.store.records.claims import Claim
from operator_core.use_cases import UseCases

Result = TypeVar("Result")
log = logger(__name__)


@dataclass(frozen=True)
class Turn:
    """A claim that was ours when we last looked."""

    use_cases: UseCases
    claim: Claim

    async def still_ours(self) -> None:
        """Renews it. Raises LeaseLost once another replica has it."""
        core = self.use_cases
        await core.stores.claims.renew(self.claim.key, core.owner, core.now(), core.leases.claim_seconds)


async def in_turn(core: UseCases, key: str, work: Callable[[Turn], Awaitable[Result]]) -> Result | None:
    """What `work` gives, and notes of it with the claim what is text; None where it is another's, or done.

    A turn that is lost ends here, and is logged.
    """
    seconds = core.leases.claim_seconds
    claim = await core.stores.claims.claim(key, core.owner, core.now(), seconds, watching=True)
    if claim is None:
        return None
    ours = Turn(core, claim)

    async def renew() -> None:
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(OperatorError):  # whoever works under it finds out before they speak
                await ours.still_ours()

    renewing = asyncio.create_task(renew())
    try:
        result = await work(ours)
        await core.stores.claims.complete(key, core.owner, result if isinstance(result, str) else "")
        return result
    except LeaseLost as lost:
        log.warning("left to another replica", claim=key, cause=str(lost))
        return None
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
