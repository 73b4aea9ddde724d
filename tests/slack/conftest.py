"""What all tests over the wire share: a Slack that refuses what Slack would refuse, and a platform.

`pytestmark = pytest.mark.both_modes` runs a file's tests over Socket Mode and over HTTP, where what people
do reaches the bot (the one that runs) through signed requests.
"""

from collections.abc import AsyncIterator

import pytest

from sandbox.database import free_port
from sandbox.slack import SlackStandIn, slack_stand_in
from support.world import Database, World


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_modes: the test runs over Socket Mode and over HTTP")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_modes") and "mode" in metafunc.fixturenames:
        metafunc.parametrize("mode", ["socket", "http"])


@pytest.fixture
def mode() -> str:
    """How the bot hears Slack: "socket" or "http"."""
    return "socket"


@pytest.fixture
def request_url(mode: str) -> str | None:
    """Where Slack posts what people do; None in Socket Mode."""
    return f"http://127.0.0.1:{free_port()}/slack/events" if mode == "http" else None


@pytest.fixture
async def slack(request_url: str | None) -> AsyncIterator[SlackStandIn]:
    """Everything that the bot sends passes the strict validation, or the test fails."""
    async with slack_stand_in() as stand_in:
        stand_in.courier.request_url = request_url
        yield stand_in
        assert stand_in.rejections == [], "Slack would have refused this"


@pytest.fixture
async def world(database: Database) -> World:
    return World(database)
