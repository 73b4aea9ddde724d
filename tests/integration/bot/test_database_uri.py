"""What is wrong with MONGODB_URI is named, and no part of it is ever shown, nor the driver's words."""

import re

import pytest
from bson.errors import InvalidDocument
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from bot.commands.doctor import examine
from bot.wiring import mongo_client, open_use_cases, utc_now
from operator_core.errors import OperatorError, StoreUnavailable
from operator_core.store.mongo import cause_of, raises_store_unavailable
from support.shipped import SETTINGS

ENCODED = "must be written encoded"
WRONG = [
    ("mongodb://bot:s3cr@t-part@localhost:1/", ENCODED),
    ("mongodb://bot:s3cr/t-part@localhost:1/", ENCODED),
    ("mongodb://bot:12/t-part@localhost:1/", ENCODED),
    ("mongodb://bot:s3cr:t-part@localhost:1/", ENCODED),
    ("mongodb://bot:50%off-s3cr@localhost:1/", ENCODED),
    ("mongodb://bo@t-part:s3cr@localhost:1/", ENCODED),
    ("mongodb://bot:s3cr#t?part@localhost:1/", ENCODED),
    ("mongodb+srv://bot:s3cr@t-part@localhost/", ENCODED),
    ("mongodb://bot:s3cr@t/part@localhost:1", ENCODED),
    ("mongodb://bot:s3cr@localhost/t-part?x=1@localhost:1/", ENCODED),
    ("mongodb://bot:12@34/t-part?w=1@localhost:1/?authSource=admin", ENCODED),
    ("mongodb+srv://bot:s3cr@t-part/x@localhost", ENCODED),
    ("mongodb://bot@t-part/s3cr:x@localhost:1", ENCODED),
    ("mongodb://t-part:s3cr==@localhost:1/?ssl=true&nonsense=1&appName=@t-part@", "an option after its ?"),
    ("mongodb://t-part:s3cr==@localhost:1/?ssl=true&appName=@t-part@", "it refuses connections"),
    ('"mongodb://bot:s3cr@localhost:1/t-part"', "no quotes around it"),
    ("mongodb://bot:s3cr@localhost:1/?tls=true&tlsCAFile=/nowhere/t-part.pem", "a file that its tls options"),
    ("mongodb://bot:s3cr@localhost:t-part/", "no port"),
    ("mongodb://bot:s3cr@localhost:99999/", "no port"),
    ("mongodb://bot:s3cr@/t-part", "a host is missing"),
    ("mongodb://bot:s3cr@localhost:1/?w=t-part&tls=s3cr", "an option after its ?"),
    ("localhost:27017/t-part-s3cr", "begins with neither mongodb://"),
    ("https://bot:s3cr@t-part", "begins with neither mongodb://"),
    ("mongodb://bot:s3cr@localhost:1/", "it refuses connections"),
    ("mongodb://bot:s3cr@t-part.invalid:1/", "its host name is not known"),
    ("mongodb+srv://bot:s3cr@t-part.invalid/", "DNS knows|host name is not known"),
]


@pytest.mark.parametrize(("uri", "cause"), WRONG)
async def test_the_cause_is_named_and_no_part_of_the_uri(
    monkeypatch: pytest.MonkeyPatch, uri: str, cause: str
) -> None:
    monkeypatch.setenv("MONGODB_URI", uri)
    monkeypatch.setattr("bot.wiring.PATIENCE_MS", 300)
    with pytest.raises(OperatorError) as raised:
        async with open_use_cases(SETTINGS, with_llm=False):
            pass
    checks = await examine(SETTINGS, {"MONGODB_URI": uri}, utc_now)
    [check] = [one for one in checks if one.name == "MongoDB"]
    for said in (str(raised.value), check.detail):
        assert re.search(cause, said), said
        assert not re.search(r"s3cr|t-part|50%|nowhere|localhost|99999|invalid", said), said


def test_a_good_uri_is_taken() -> None:
    for uri in ("mongodb://localhost/", "mongodb://bot:p%40ss%2Fw@a:1,b:2/x?replicaSet=r&authSource=admin"):
        assert mongo_client(uri)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DuplicateKeyError("Plan executor error during update :: E11000 {slug: 'x'}", 11000), "one like it"),
        (OperationFailure("not authorized on llm-bench to execute { insert: … }", 13), "may not do that"),
        (OperationFailure("Authentication failed.", 18), "does not accept this user name"),
        (ExecutionTimeout("operation exceeded time limit", 50), "took too long"),
        (OperationFailure("Document failed validation", 121), "own validation"),
        (OperationFailure("PlanExecutor error :: caused by :: odd", 16608), "it refused (code 16608)"),
        (AutoReconnect("10.1.2.3:27017: [Errno 104] Connection reset by peer"), "the connection broke off"),
        (
            ServerSelectionTimeoutError("db.internal:27017: timed out, Timeout: 5.0s"),
            "did not answer in time",
        ),
        (ServerSelectionTimeoutError("x: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "certificate"),
        (ConfigurationError("The DNS query name does not exist: _mongodb._tcp.x."), "host name is not known"),
        (InvalidDocument("cannot encode object: <x>"), "can't carry"),
        (PyMongoError("odd internals of 10.1.2.3"), "something unforeseen in the driver"),
    ],
)
def test_the_drivers_words_become_ours(error: Exception, words: str) -> None:
    said = cause_of(error)
    assert words in said
    assert not re.search(r"Error|executor|E11000|10\.1|internal:|_tcp|slug", said)


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (
            'not authorized on llm-bench to execute command { insert: "operator_runs", d: "10.1" }',
            13,
            "(insert in operator_runs)",
        ),
        (
            'not authorized on llm-bench to execute command { update: "models", ordered: true }',
            13,
            "(update in models)",
        ),
        (
            '(Unauthorized) not authorized on a to execute command { find: "errors.cloud" }',
            13,
            "read errors.cloud in database a (look whether [mongodb] database names yours);",
        ),
        (
            "user is not allowed to do action [createIndex] on [llm-bench.operator_holds]",
            8000,
            "(createIndex in operator_holds)",
        ),
        ("Authorization failure", 13, "may not do that;"),
        (
            'not authorized on llm-bench to execute command { getMore: 5, collection: "10.1.2.3/x" }',
            13,
            "may not read database llm-bench (look",
        ),
        (
            'not authorized on llm-bench to execute command { insert: "a b@10.1.2.3" }',
            13,
            "(insert in database llm-bench);",
        ),
        (
            'not authorized on llm-bench to execute command { listCollections: 1, $db: "llm-bench" }',
            13,
            "may not read database llm-bench (look whether [mongodb] database names yours);",
        ),
        (
            "user is not allowed to do action [find] on [bench_2.models]",
            8000,
            "may not read models in database bench_2 (look",
        ),
        (
            "not authorized on bench to execute command (action: listIndexes)",
            13,
            "may not read database bench",
        ),
        ("not authorized on x.10.1 to execute command (action: find)", 13, "may not do that;"),
    ],
)
async def test_a_right_that_is_missing_is_named_where_the_server_tells_it(
    told: str, code: int, words: str
) -> None:
    @raises_store_unavailable
    async def kept() -> None:
        raise OperationFailure(told, code, {"errmsg": told, "codeName": "Unauthorized"})

    with pytest.raises(StoreUnavailable) as raised:
        await kept()
    said = str(raised.value)
    assert words in said
    assert "ai-operator doctor" in said
    assert "begun" not in said
    assert "10.1" not in said


@pytest.mark.parametrize(
    "told", ["command find requires authentication", "Command aggregate requires authentication"]
)
async def test_a_uri_without_a_user_is_told_as_such(told: str) -> None:
    said = cause_of(OperationFailure(told, 13, {"errmsg": told, "codeName": "Unauthorized"}))
    assert said == "MONGODB_URI names no user, and this server wants one"


async def test_what_is_no_want_of_rights_names_neither_rights_nor_collections() -> None:
    for code, told in (
        (
            11000,
            'E11000 duplicate key: { note: "not authorized on a to execute command { insert: \\"x\\" }" }',
        ),
        (50, "operation exceeded time limit"),
        (121, "Document failed validation: user is not allowed to do action [a] on [b.c]"),
    ):

        @raises_store_unavailable
        async def kept(code: int = code, told: str = told) -> None:
            raise OperationFailure(told, code)

        with pytest.raises(StoreUnavailable) as raised:
            await kept()
        assert not re.search("may not|doctor|insert|\\bb\\.c", str(raised.value))
