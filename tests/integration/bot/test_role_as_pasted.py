"""The roles of docs/mongodb.md, run as they are pasted: whoever has them is approved by `ai-operator doctor`.

The page's script runs in node, where `createRole` and `createUser` keep what they are given. What it made
becomes what MongoDB answers its user to `connectionStatus` with `showPrivileges`: the privileges of all roles
and of inherited ones, one entry a resource. A wire answers it, and hands all else to a server.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.commands.doctor import needed_rights
from documents.reading import FOR_USERS, fenced
from documents.users import NOW, Privileges, as_user, looked_at
from operator_core.options import MongoOptions
from operator_core.store.indexes import create_platform_indexes, missing_platform_indexes
from sandbox.catalogue.server import catalogue_server
from sandbox.serving import environment, sandboxed, settings_text
from sandbox.slack import SlackStandIn, slack_stand_in
from support.shipped import SETTINGS
from support.small_market import LITELLM, MODELS_DEV, listing
from support.source import ROOT
from support.world import ANA, BEN, Clock, Database, World

wants_node = pytest.mark.skipif(not shutil.which("node"), reason="node isn't installed")
SHELL = """
const made = {roles: {}, users: {}}
const passwordPrompt = () => "typed"
const rights = ({roles, privileges, ...others}) => {
  if (Object.keys(others).length) throw new Error("unknown field " + Object.keys(others))
  return {roles, privileges}}
const at = name => ({
  getSiblingDB: at,
  getRole: role => made.roles[role] ?? null,
  createRole: ({role, ...its}) => {
    if (made.roles[role]) throw new Error(role + " is there")
    made.roles[role] = {...rights(its), role, db: name}},
  updateRole: (role, its) => { made.roles[role] = {...made.roles[role], ...rights(its)} },
  createUser: user => { made.users[user.user] = {...user, db: name} }})
var db = at("test")
SCRIPT
console.log(JSON.stringify(made))
"""
Right = tuple[str, str]
READ = "changeStream collStats dbHash dbStats find killCursors listCollections listIndexes planCacheRead"
WRITE = "createCollection createIndex dropCollection dropIndex insert remove update"
ADMIN = "collMod collStats createIndex dbStats dropIndex listCollections listIndexes validate"


@cache
def pasted(database: str, *others: str) -> dict[str, Any]:
    """What the page's script makes, for another database; `others`: OLD=NEW, of collections."""
    blocks = (one for one in fenced(ROOT / "docs" / "mongodb.md", "js") if "createView" not in one)
    script = "".join(one for one in blocks if "db.create" in one).replace('"llm-bench"', json.dumps(database))
    for old, new in (one.split("=") for one in others):
        assert f'"{old}"' in script
        script = script.replace(f'"{old}"', f'"{new}"')
    node = shutil.which("node") or "node"
    ran = subprocess.run(  # noqa: S603 – pasted twice: what is there already is put right
        [node, "-e", SHELL.replace("SCRIPT", script * 2)], capture_output=True, text=True, check=True
    )
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


def told(made: dict[str, Any], user: str) -> Privileges:
    """As MongoDB tells this user: of all their roles, inherited ones too, one entry a resource."""
    actions: dict[tuple[str, str], set[str]] = defaultdict(set)
    roles, seen = list(made["users"][user]["roles"]), set[str]()
    while roles:
        role = made["roles"][name := roles.pop()]
        if name not in seen:
            seen.add(name)
            roles += role["roles"]
            for one in role["privileges"]:
                actions[one["resource"]["db"], one["resource"]["collection"]] |= {*one["actions"]}
    return [
        {"resource": {"db": db, "collection": c}, "actions": sorted(may)} for (db, c), may in actions.items()
    ]


def lacking(privileges: Privileges, right: Right) -> Privileges:
    """Without one action on one collection."""
    name, action = right
    kept = [
        one | {"actions": [a for a in one["actions"] if (one["resource"]["collection"], a) != (name, action)]}
        for one in privileges
    ]
    return [one for one in kept if one["actions"]]


def test_what_asks_for_a_password_is_pasted_by_itself() -> None:
    """It would take the line behind it for the password."""
    [users] = [one for one in fenced(ROOT / "docs" / "mongodb.md", "js") if "passwordPrompt" in one]
    assert {line.partition("(")[0] for line in users.splitlines()[1:]} == {"db.createUser"}


def test_whatever_a_page_has_mongosh_do_begins_in_the_right_database() -> None:
    """Elsewhere it would be done in another one, mostly without a word."""
    blocks = [one.lstrip() for page in FOR_USERS for one in fenced(page, "js") if "sh." not in one]
    assert len(blocks) > 5
    begins = re.compile(r'(?:var \w+ = .*\n(?: .*\n)*)*db = db\.getSiblingDB\((?:name|"llm-bench")\)\n')
    assert [one for one in blocks if not begins.match(one)] == []


@wants_node
def test_the_script_gives_rights_on_its_own_database_and_on_nothing_else() -> None:
    """MongoDB refuses a role of one database with privileges on another."""
    made = pasted("llm-bench")
    assert {name: user["roles"] for name, user in made["users"].items()} == {
        "reader": ["aiOperatorReader"],
        "ai-operator": ["aiOperator"],
    }
    everything = [*made["roles"].values(), *made["users"].values()]
    assert {one["db"] for one in everything} == {"llm-bench"}
    for user in made["users"]:
        assert {one["resource"]["db"] for one in told(made, user)} == {"llm-bench"}
    documented = {*READ.split(), *WRITE.split()}
    assert {action for one in told(made, "ai-operator") for action in one["actions"]} <= documented


async def doctor(folder: Path, slack: SlackStandIn, database: Database, uri: str) -> tuple[int, str]:
    """The real command, in a process of its own."""
    async with catalogue_server(openrouter=listing(), models_dev=MODELS_DEV, litellm=LITELLM) as lists:
        settings = settings_text(sandboxed(database.name, slack, lists, (ANA, BEN)))
        (folder / "operator.toml").write_text(settings, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "doctor"),
            cwd=folder,
            env={**environment(uri, slack), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()


@wants_node
@pytest.mark.parametrize(
    ("user", "without", "status", "line"),
    [
        ("ai-operator", None, 0, "✓ rights  all that are needed"),
        ("reader", None, 0, "⚠ rights  a reader's: enough to look, not to serve"),
        ("ai-operator", ("models", "update"), 1, "✗ rights  missing for models: update"),
        ("ai-operator", ("", "listCollections"), 1, "✗ rights  missing for the database: listCollections"),
        ("reader", ("errors_cloud", "find"), 1, "errors_cloud: find;"),
    ],
)
async def test_doctor_says_of_the_users_of_the_page_what_they_may(
    database: Database, mongodb_uri: str, tmp_path: Path,
    user: str, without: Right | None, status: int, line: str,
) -> None:  # fmt: skip
    await World(database, Clock(NOW)).gone_on_bedrock()
    await create_platform_indexes(database, await missing_platform_indexes(database, SETTINGS.mongodb))
    privileges = told(pasted(database.name), user)
    if without:
        privileges = lacking(privileges, without)
    async with slack_stand_in() as slack, as_user(mongodb_uri, privileges) as wire:
        ended, said = await doctor(tmp_path, slack, database, wire)
    assert line in said
    assert ended == status, said


def single_rights() -> list[Right]:
    reads, changes = needed_rights(SETTINGS.mongodb)
    return sorted(reads | changes)


@wants_node
async def test_each_single_right_that_is_missing_is_named(database: Database, mongodb_uri: str) -> None:
    whole = told(pasted(database.name), "ai-operator")
    assert len(single_rights()) > 70
    for name, action in single_rights():
        rights = await looked_at(database, mongodb_uri, lacking(whole, (name, action)))
        assert (rights.ok, rights.needed) == (False, True), (name, action)
        assert rights.detail == f"missing for {name or 'the database'}: {action}"
        granted = json.loads(re.findall(r'grantPrivilegesToRole\("aiOperator", (\[.*\])\)', rights.fix)[0])
        assert granted == [{"resource": {"db": database.name, "collection": name}, "actions": [action]}]


@wants_node
async def test_a_role_for_collections_of_other_names_is_approved_for_them_alone(
    database: Database, mongodb_uri: str
) -> None:
    names = ("models=catalogue", "errors_cloud=failures_for_operator", "model_status=verdicts")
    privileges = told(pasted(database.name, *names), "ai-operator")
    renamed = dict(one.split("=") for one in names)
    mongodb = SETTINGS.mongodb.model_dump()
    keys = {key: renamed.get(name, name) for key, name in mongodb.items()} | {"database": database.name}
    reads, changes = needed_rights(MongoOptions(**keys))
    has = {(one["resource"]["collection"], action) for one in privileges for action in one["actions"]}
    assert has == reads | changes
    rights = await looked_at(database, mongodb_uri, privileges)
    assert "models: " in rights.detail, "operator.toml names the usual ones"


def on(db: str, collection: str, actions: str) -> dict[str, Any]:
    return {"resource": {"db": db, "collection": collection}, "actions": actions.split()}


def everywhere(of: Iterable[str]) -> Privileges:
    """As the roles of MongoDB's own for any database."""
    return [
        on("", "", " ".join(of)),
        {"resource": {"cluster": True}, "actions": ["listDatabases"]},
        on("", "system.js", " ".join(of)),
    ]


def owned(db: str, actions: str) -> Privileges:
    """As MongoDB's own roles for one database."""
    return [on(db, "", actions), on(db, "system.js", actions)]


ENOUGH = "all that are needed"
ELSEWHERE = "missing for the database: listCollections; errors_cloud: find, listIndexes;"


@wants_node
@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("readWrite", ENOUGH),
        ("dbOwner", ENOUGH),
        ("readWriteAnyDatabase", ENOUGH),
        ("__system", ENOUGH),
        ("root, and the page's", ENOUGH),
        ("the page's, and much else", ENOUGH),
        ("the page's reader, and readWrite", ENOUGH),
        ("read", "a reader's: enough to look, not to serve"),
        ("readAnyDatabase", "a reader's: enough to look, not to serve"),
        ("dbAdmin", "errors_cloud: find;"),
        ("clusterMonitor", ELSEWHERE),
        ("readWrite on another database", ELSEWHERE),
        ("readWrite on local only", ELSEWHERE),
        ("the buckets of a time series", ELSEWHERE),
    ],
)
async def test_roles_of_mongodb_itself_are_read_as_what_they_allow(
    database: Database, mongodb_uri: str, role: str, said: str
) -> None:
    """Their resources and actions as MongoDB's pages list them."""
    db, all_of = database.name, f"{READ} {WRITE}"
    made = pasted(db)
    monitor = {"resource": {"cluster": True}, "actions": ["serverStatus", "replSetGetStatus", "top"]}
    privileges = {
        "readWrite": owned(db, all_of),
        "dbOwner": [*owned(db, f"{all_of} {ADMIN} grantRole createUser"), on(db, "system.profile", all_of)],
        "readWriteAnyDatabase": everywhere(all_of.split()),
        "__system": [{"resource": {"anyResource": True}, "actions": ["anyAction"]}],
        "root, and the page's": [*everywhere(f"{all_of} {ADMIN}".split()), *told(made, "ai-operator")],
        "the page's, and much else": [
            monitor, on("billing", "", all_of), *told(made, "ai-operator"), on(db, "models", "collMod"),
            {"resource": {"db": db, "system_buckets": "metrics"}, "actions": ["find"]},
        ],
        "the page's reader, and readWrite": [*told(made, "reader"), *owned(db, all_of)],
        "read": owned(db, READ),
        "readAnyDatabase": everywhere(READ.split()),
        "dbAdmin": owned(db, ADMIN),
        "clusterMonitor": [monitor, on("", "system.profile", "find")],
        "readWrite on another database": owned(f"{db}-copy", all_of),
        "readWrite on local only": [on("local", "", all_of), on("config", "", all_of)],
        "the buckets of a time series": [
            {"resource": {"db": db, "system_buckets": ""}, "actions": all_of.split()},
        ],
    }[role]  # fmt: skip
    rights = await looked_at(database, mongodb_uri, privileges)
    assert said in rights.detail
    assert rights.ok == (said == ENOUGH)
