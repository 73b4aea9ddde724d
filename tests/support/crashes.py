"""A process that dies in the middle of a batch: what it leaves is as good as its end."""

from operator_core.execution.executor import OnProgress, Progress


class Crash(BaseException):
    """What no handler expects."""


def dies_at(step: str, times: int = 1) -> OnProgress:
    """Dies when it has come to this step so many times."""
    left = times

    async def dying(progress: Progress) -> None:
        nonlocal left
        left -= progress.step == step
        if not left:
            raise Crash

    return dying


def dies_after(steps: int) -> OnProgress:
    """Dies when so many steps have gone well, and at each further one."""
    left = steps

    async def dying(_: Progress) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crash

    return dying
