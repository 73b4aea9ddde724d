"""Documents that nobody expects: every BSON type where it means something, and of a version to come."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

Document = dict[str, Any]
VALUES: dict[str, Any] = {
    "double": 1.5,
    "string": "neither this nor that",
    "document": {"a": {"$where": "1"}},
    "array": [1, "two", None, {"three": 3}],
    "binary": Binary(b"\x00\xff\xfe"),
    "objectid": ObjectId("65f0aa0000000000000000ff"),
    "bool": True,
    "date": datetime(1970, 1, 1, tzinfo=UTC),
    "null": None,
    "regex": Regex("(a+)+$", re.IGNORECASE),
    "dbref": DBRef("models", "x"),
    "code": Code("function () { return 1 }"),
    "scoped code": Code("x", {"x": 1}),
    "int": -7,
    "timestamp": Timestamp(2**31, 7),
    "long": Int64(2**62),
    "decimal": Decimal128("9.99E+6000"),
    "minkey": MinKey(),
    "maxkey": MaxKey(),
    "uuid": Binary.from_uuid(uuid.UUID(int=7)),
    "nan": float("nan"),
    "infinity": float("inf"),
    "year 9999": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    "empty": "",
    "deep": None,
    "large": "x" * 200_000,
    "surrogate-free emoji": "😀\u202e\u0000model",
    "markup": "<!channel> <https://evil.example|click>",
}
for _ in range(40):
    VALUES["deep"] = {"deeper": VALUES["deep"]}
FIELDS = {
    "models": (
        "provider",
        "model_id",
        "enabled",
        "deprecated",
        "display_name",
        "successor_model",
        "created_at",
    ),
    "metrics_cloud_v2": ("provider", "model_name", "gen_ts", "run_ts", "tokens_per_second"),
    "errors_cloud": ("provider", "model_name", "ts", "message", "error_kind", "stage", "fingerprint"),
}


def odd_document(kind: str, place: str, number: int, now: datetime) -> tuple[str, Document]:
    """Which collection, and what is put there: an own one with a value of this type in one of its fields."""
    value, unique = VALUES[kind], f"odd-{kind}-{number}-{ObjectId()}"
    if place == "ours":
        collection = ("operator_proposals", "operator_journal", "operator_holds")[number % 3]
        field = ("state", "members", "changes", "at", "provider", "kind", "revision")[number % 7]
        document = {**_plain(collection, unique, now), field: value}
        return collection, document
    collection = "models" if place == "models" else ("metrics_cloud_v2", "errors_cloud")[number % 2]
    fields = FIELDS[collection]
    document = {
        "_id": unique,
        "provider": "oddities",
        "model_id": unique,
        "enabled": True,
        "deprecated": False,
    }
    if collection != "models":
        document = {"_id": unique, "provider": "oddities", "model_name": unique, "ts": now, "gen_ts": now}
        document |= {"message": "404 it is odd"}
    return collection, {**document, fields[number % len(fields)]: value}


def future_document(collection: str, shape: int, now: datetime) -> Document:
    """As a newer version may write it: another state, fields that we don't know, a higher version number."""
    unique = f"future-{shape}-{ObjectId()}"
    document = _plain(collection, unique, now) | {"schema": 9, "mood": {"of": ["the", "future"]}}
    if shape == 1:
        document |= {"state": "parked", "action": "teleport", "kind": "quantum"}
    if shape == 2:
        document |= {"members": {"by": "name"}, "changes": "elsewhere", "by": {"id": 7}}
    return document


def _plain(collection: str, unique: str, now: datetime) -> Document:
    if collection == "operator_holds":
        return {
            "_id": unique, "provider": "oddities", "model_id": unique, "fingerprint": None, "by": "U0ZOE",
            "origin": "undid", "kind": None, "at": now, "active": True, "proposal_id": None, "reason": "",
        }  # fmt: skip
    return {
        "_id": unique, "fingerprint": unique, "provider": "oddities", "state": "pending", "action": "disable",
        "open": True, "created_at": now, "updated_at": now, "started_at": now, "lease": now, "at": now,
        "actor": "U0ZOE", "owner": "of the future", "proposal_id": unique, "members": [], "changes": [],
    }  # fmt: skip
