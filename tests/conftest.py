"""Options and the parts that all tests share: a real MongoDB wire server, a fresh database for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from sandbox.database import embedded_server, marked_database

Document = dict[str, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--real-data", metavar="DIR", help="folder with real provider errors and catalogues")
    parser.addoption("--mongodb-uri", metavar="URI", help="a real MongoDB server instead of the embedded one")


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest) -> Path:
    """The folder of real data; tests that want it skip where it isn't named."""
    folder = request.config.getoption("--real-data")
    if not folder:
        pytest.skip("needs real data: pytest --real-data DIR")
    if not Path(folder).is_dir():
        pytest.fail(f"--real-data {folder}: no such folder")
    return Path(folder)


@pytest.fixture(scope="session")
def mongodb_uri(request: pytest.FixtureRequest) -> Iterator[str]:
    named = request.config.getoption("--mongodb-uri")
    if named:
        yield named
        return
    with embedded_server() as uri:
        yield uri


@pytest.fixture
def database_name(mongodb_uri: str) -> Iterator[str]:
    with marked_database(mongodb_uri) as name:
        yield name


@pytest.fixture
async def database(mongodb_uri: str, database_name: str) -> AsyncIterator[AsyncDatabase[Document]]:
    """A fresh, marked database over the real wire protocol."""
    async with AsyncMongoClient[Document](mongodb_uri, tz_aware=True) as client:
        yield client[database_name]
