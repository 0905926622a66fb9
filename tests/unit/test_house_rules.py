"""Rules of the house that import contracts cannot say; the others are in `.importlinter`, run by `.ci/run`."""

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from tests.support.house_names import ACCEPTED_VERBS, offenders, public_functions, renamed_modules, shared_classes

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "bot", "gateway")
MAX_LINES = 300
# what a signature may name: the connection that a query is handed, and nothing that could write a query
NAMEABLE = {"AsyncConnection", "Connection", "RowMapping", "Row", "Table", "URL", "make_url"}
# it stands before every write, with the one query that it is about
DOORS = {"idempotency.py"}
# every table in one file is worth more than its length: what refers to what is seen at once
LONG = {"backend/db/tables.py"}
SILENCES = re.compile(r"# *(type: *ignore|noqa)")
REASONED = re.compile(
    r"# (type: ignore\[[a-z, -]+\] {2}#|noqa: [A-Z]+\d+(, [A-Z]+\d+)*(:| -)?) +(?![A-Z]+\d|as (above|below))\S"
)


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def is_sql_room(path: Path) -> bool:
    parts = path.relative_to(ROOT / "backend").parts
    # backup and restore copy the database as it is, whatever its rows mean
    if parts[:2] == ("cli", "postgres_dump.py"):
        return True
    return parts[0] in {"db", *DOORS} or "queries" in parts or parts[-1] == "queries.py"


def sql_imports(tree: ast.AST) -> Iterator[str]:
    """Every name of SQLAlchemy that a module imports beyond what a signature needs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "sqlalchemy")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sqlalchemy":
            yield from (alias.name for alias in node.names if alias.name not in NAMEABLE)


def test_sql_is_written_in_queries_and_db_alone() -> None:
    offenders = {
        str(path.relative_to(ROOT)): names
        for path in sources("backend")
        if not is_sql_room(path) and (names := list(sql_imports(ast.parse(path.read_text()))))
    }
    assert offenders == {}


def test_the_search_for_sql_would_find_some() -> None:
    assert list(sql_imports(ast.parse("def f():\n    from sqlalchemy import Connection, select"))) == ["select"]
    assert list(sql_imports(ast.parse("import sqlalchemy.orm"))) == ["sqlalchemy.orm"]


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        (
            # as the gateway imports it: alone, aiogram's models would take seconds
            "bot.aiogram_models; bot.aiogram_models.import_aiogram(); import bot, bot.runtime, bot.dispatcher",
            ("sqlalchemy", "litestar", "aiosqlite", "backend.db"),
        ),
        (
            "gateway.__main__, gateway.cli.tenants, gateway.cli.backend",
            ("aiogram", "litestar", "sqlalchemy", "aiohttp"),
        ),
        ("gateway.__main__, gateway.cli.backend", ("asyncio", "importlib.metadata", "yaml")),
        ("backend.cli.data, backend.cli.audit", ("litestar", "sqlalchemy.orm", "asyncpg", "alembic")),
        ("gateway.cli.online, gateway.cli.doctor, bot.telegram", ("aiogram", "litestar", "sqlalchemy", "aiohttp")),
        (
            "gateway.supervisor.production, gateway.cli.serve, gateway.supervisor.redis_server",
            ("aiogram", "litestar", "sqlalchemy"),
        ),
        ("gateway.demo.run; gateway.sandbox.app._routes(); import gateway", ("aiogram", "sqlalchemy", "pydantic")),
        (
            "backend.app, backend.settings; "
            "backend.app.create_app(backend.settings.Settings(database_url='', internal_key='')); import backend.cli.serve",
            (
                "aiogram",
                "bot",
                "gateway",
                "alembic",
                "pydantic",
                "attr",
                "sqlalchemy.orm",
                "sqlalchemy.ext.asyncio",
                "xlsxwriter",
            ),
        ),
    ],
)
def test_what_an_import_brings_with_it(imported: str, absent: tuple[str, ...]) -> None:
    """In a fresh interpreter, since this one has imported everything already."""
    code = f"import {imported}, sys; print(*(name for name in {absent!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_says_its_one_job_and_stays_small(package: str) -> None:
    silent = [str(p.relative_to(ROOT)) for p in sources(package) if not ast.get_docstring(ast.parse(p.read_text()))]
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in sources(package)}
    long = {name: lines for name, lines in lengths.items() if lines >= MAX_LINES and name not in LONG}
    assert (silent, long) == ([], {})


@pytest.mark.parametrize("folder", [*PACKAGES, "tests"])
def test_names_say_what_they_name(folder: str) -> None:
    """No public function name in three modules of a package and no class in two, no vague word, no renamed module."""
    assert sorted(offenders(folder)) == [], "rename these: see tests/support/house_names.py"


def test_the_search_for_names_would_find_some() -> None:
    tree = ast.parse("def one(): ...\nasync def two(): ...\ndef _own(): ...\nclass A:\n    def method(self): ...")
    assert list(public_functions(tree)) == ["one", "two"]
    assert list(renamed_modules(ast.parse("from backend.db import tables as t, engine"))) == ["t"]
    assert list(renamed_modules(ast.parse("import json as j, rich_click as click"))) == ["j"]
    assert list(renamed_modules(ast.parse("from html import escape as _escape"))) == []
    assert "kept" not in ACCEPTED_VERBS
    trees = [(name, ast.parse("class Span: ...\nclass _Own: ...")) for name in ("bot.a", "bot.b")]
    assert list(shared_classes("bot", trees)) == ["class bot Span"]


# One noun, *booking*: this word stands for it nowhere. A visitor is somebody else: a caller of the public API.
OTHER_NOUN = re.compile(r"(?<![a-z])visits?(?![a-z])", re.IGNORECASE)
# the command's former name, which people still type
MAY_SAY_IT = {"bot/commands.py": 1}


def test_one_noun_stands_for_a_booking() -> None:
    files = [*sources(*PACKAGES), *sorted((ROOT / "bot" / "locales").glob("*.ftl"))]
    found = {str(path.relative_to(ROOT)): len(OTHER_NOUN.findall(path.read_text())) for path in files}
    assert {name: count for name, count in found.items() if count} == MAY_SAY_IT


def test_the_search_for_another_noun_would_find_some() -> None:
    assert len(OTHER_NOUN.findall("button-visits { $visit } last_visit visits= is_visit")) == 5
    assert OTHER_NOUN.findall("staff-visitors-hold-much visitor generic_revisited") == []


# where paths of the backend's API may stand, and why
API_PATHS = (
    "backend/client/",  # the typed client
    "routes.py",  # the routes themselves
    "backend/sandbox_clock.py",  # a route that only a sandbox has
    "backend/openapi.py",  # the description of the routes
    "gateway/http/policy.py",  # the routes that are open to the public
)


def api_paths(tree: ast.AST) -> Iterator[str]:
    """Every string of a module that names a path below `/v1/`, docstrings apart."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = list(ast.walk(tree))
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
        if isinstance(text, str) and "/v1/" in text:
            yield text


def test_paths_of_the_api_stand_in_the_client_and_the_routes_alone() -> None:
    found = {
        name: paths
        for path in sources(*PACKAGES)
        if not (name := str(path.relative_to(ROOT))).startswith(API_PATHS[0])
        and not name.endswith(API_PATHS)
        and (paths := list(api_paths(ast.parse(path.read_text()))))
    }
    assert found == {}


def test_the_search_for_paths_of_the_api_would_find_some() -> None:
    assert list(api_paths(ast.parse('def f():\n    """`GET /v1/a`"""\n    return f"/v1/rooms/{1}"'))) == ["/v1/rooms/"]


def unreasoned_exceptions(text: str) -> Iterator[str]:
    """Yield the comments that silence ruff or mypy and say neither what nor why."""
    if not SILENCES.search(text):
        return
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT and SILENCES.search(token.string) and not REASONED.search(token.string):
            yield token.string


@pytest.mark.parametrize("folder", [*PACKAGES, "tests"])
def test_whatever_silences_a_check_says_why(folder: str) -> None:
    silent = {str(path.relative_to(ROOT)): list(unreasoned_exceptions(path.read_text())) for path in sources(folder)}
    assert {path: comments for path, comments in silent.items() if comments} == {}


def test_the_search_for_unreasoned_exceptions_would_find_some() -> None:
    silent = (
        "type: ignore",
        "type: ignore  # it is there",
        "type: ignore[misc]",
        "noqa",
        "noqa: S101, E501",
        "noqa: S101 as above",
    )
    assert list(unreasoned_exceptions("".join(f"x = 1  # {comment}\n" for comment in silent))) == [
        f"# {comment}" for comment in silent
    ]
    reasoned = ("type: ignore[misc, arg-type]  # one of both", "noqa: S101, E501  its words", "noqa: B023 - at once")
    assert list(unreasoned_exceptions("".join(f"x = 1  # {comment}\n" for comment in reasoned))) == []


def test_migrations_import_nothing_that_can_change() -> None:
    """What has been released is a record: code of ours that it imported would change what it once did."""
    for path in sorted((ROOT / "alembic" / "versions").glob("*.py")):
        modules = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        }
        assert modules <= {"alembic", "sqlalchemy", "json"}, path.name


def test_the_top_level_holds_what_the_design_names_and_nothing_else() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    top = {line.split("/")[0] for line in tracked.splitlines() if not line.startswith(".")}
    if not top:
        pytest.skip("not a git checkout")
    named = {"backend", "gateway", "bot", "tenants", "alembic", "tests", "alembic.ini", "compose.yml", "pyproject.toml"}
    assert top <= named | {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"}
