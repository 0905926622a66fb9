"""Each SQL statement as a part of a trace: its text with places for the values, never the values."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from backend.kit.tracing import TracedPart, is_tracing, trace_part

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)", re.IGNORECASE)
MAX_TEXT = 2000


def cursor_class() -> type[sqlite3.Cursor]:
    """Return the class of SQLite's cursors: the driver's own while nothing is traced."""
    return TracedCursor if is_tracing() else sqlite3.Cursor


class TracedCursor(sqlite3.Cursor):
    """A driver's cursor whose statements are parts of a trace."""

    # Any: the driver's own
    def execute(self, sql: str, values: Any = (), /) -> "TracedCursor":
        """Run a statement."""
        with trace_statement(sql, "sqlite"):
            super().execute(sql, values)
            return self

    def executemany(self, sql: str, rows: Iterable[Any], /) -> "TracedCursor":
        """Run a statement for each of the rows."""
        with trace_statement(sql, "sqlite"):
            super().executemany(sql, rows)
            return self


def trace_engine(engine: "AsyncEngine") -> None:
    """Have the engine's statements traced, if this process traces."""
    if not is_tracing():
        return

    @event.listens_for(engine.sync_engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
        """Run it here; True tells SQLAlchemy that it is done. Any: the driver's own."""
        with trace_statement(statement, "postgresql"):
            cursor.execute(statement, parameters)
        return True

    @event.listens_for(engine.sync_engine, "do_executemany")
    def execute_many(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
        with trace_statement(statement, "postgresql"):
            cursor.executemany(statement, parameters)
        return True


def trace_statement(sql: str, system: str) -> AbstractContextManager[TracedPart]:
    """Trace a statement by what it does and to which table."""
    operation = sql.lstrip().partition(" ")[0].upper()
    table = _TABLE.search(sql)
    attributes = {"db.system.name": system, "db.operation.name": operation, "db.query.text": sql[:MAX_TEXT]}
    if table is not None:
        attributes["db.collection.name"] = table[1]
    return trace_part(f"{operation} {table[1]}" if table else operation, attributes, "client")
