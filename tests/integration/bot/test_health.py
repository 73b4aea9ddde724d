"""The health endpoint over HTTP."""

import asyncio
import socket

import httpx
import pytest
from prometheus_client import Counter

from bot.monitoring.health import REMEMBERED_SECONDS, TROUBLE_SECONDS, Probe, health_endpoint, remembered
from bot.monitoring.metrics import Metrics
from operator_core.errors import ConfigurationError


async def fine() -> str | None:
    return None


async def broken() -> str | None:
    return "MongoDB does not answer"


async def stuck() -> str | None:
    await asyncio.Event().wait()
    return None


async def get(path: str, *, metrics: Metrics | None = None, **probes: Probe) -> httpx.Response:
    endpoint = health_endpoint(0, probes, metrics or Metrics(), host="127.0.0.1", patience_seconds=0.05)
    async with endpoint as port, httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{port}{path}")


async def test_alive_says_nothing_about_the_parts() -> None:
    response = await get("/healthz", database=broken)
    assert (response.status_code, response.json()) == (200, {"alive": True})


async def test_ready_when_every_part_is() -> None:
    response = await get("/readyz", database=fine, slack=fine)
    assert (response.status_code, response.json()) == (200, {"ready": True, "missing": {}})


async def test_not_ready_names_the_parts_and_why() -> None:
    response = await get("/readyz", database=broken, slack=fine)
    assert response.status_code == 503
    assert response.json() == {"ready": False, "missing": {"database": "MongoDB does not answer"}}


async def test_a_part_that_doesnt_answer_is_not_waited_for() -> None:
    response = await get("/readyz", slack=stuck)
    assert response.status_code == 503
    assert response.json()["missing"] == {"slack": "no answer within 0.05 seconds"}


class Asked:
    """Another's service, and a stopwatch."""

    def __init__(self, *answers: str | None) -> None:
        self.answers, self.times, self.passed = list(answers), 0, 1000.0

    async def __call__(self) -> str | None:
        self.times += 1
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if answer == "broken":
            raise OSError(answer)
        return answer

    def stopwatch(self) -> float:
        return self.passed


@pytest.mark.parametrize(
    ("answer", "while_"), [(None, REMEMBERED_SECONDS), ("Slack does not answer", TROUBLE_SECONDS)]
)
async def test_however_often_it_is_looked_at_another_service_is_asked_once_in_a_while(
    answer: str | None, while_: float
) -> None:
    slack = Asked(answer, "later")
    probe = remembered(slack, slack.stopwatch)
    assert await asyncio.gather(*(probe() for _ in range(20))) == [answer] * 20
    for part in (0.1, 0.5, 0.99):
        slack.passed = 1000.0 + part * while_
        assert await probe() == answer
    assert slack.times == 1
    slack.passed = 1000.0 + while_
    assert await probe() == "later"
    assert slack.times == 2


async def test_what_could_not_be_asked_is_asked_again_the_next_time() -> None:
    slack = Asked("broken", None)
    probe = remembered(slack, slack.stopwatch)
    with pytest.raises(OSError, match="broken"):
        await probe()
    assert await probe() is None
    assert slack.times == 2


async def test_a_look_that_is_given_up_keeps_no_other_waiting() -> None:
    answers = [stuck, fine]
    probe = remembered(lambda: answers.pop(0)(), lambda: 0.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(probe(), 0.01)
    assert await asyncio.wait_for(probe(), 1) is None


async def test_metrics_are_those_of_the_registry_handed_in() -> None:
    metrics = Metrics()
    Counter("digests_posted", "Digests posted", registry=metrics.registry).inc()
    response = await get("/metrics", metrics=metrics)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "digests_posted_total 1.0" in response.text


async def test_anything_else_is_not_found() -> None:
    assert (await get("/")).status_code == 404


async def test_a_port_in_use_is_a_wrong_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        endpoint = health_endpoint(port, {}, Metrics(), host="127.0.0.1")
        with pytest.raises(ConfigurationError, match=rf"health_port: port {port} can't be used"):
            await endpoint.__aenter__()


async def test_the_port_is_free_again_afterwards() -> None:
    async with health_endpoint(0, {}, Metrics(), host="127.0.0.1") as port:
        pass
    async with health_endpoint(port, {}, Metrics(), host="127.0.0.1") as again:
        assert again == port
