"""Records each row that an engine's statements change, in the transaction in which it is changed.

Failure policy: fails closed. Where the row of the log cannot be written, the change is not made.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Delete, Insert, Table, Update, and_, event, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from service.database.audit.entry import Entry, audited_columns, entry_of
from service.database.audit.scope import Scope, current
from service.database.tables import audit_log, links, organizations, projects
from service.database.tables.columns import AUDIT, Audited
from service.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Executable, RowMapping
    from sqlalchemy.ext.asyncio import AsyncEngine

Row: TypeAlias = "Mapping[Any, Any]"
Key: TypeAlias = tuple[Any, ...]
Write: TypeAlias = Insert | Update | Delete

BEFORE = "audit_before"
"""What `Connection.info` has of the statement that runs."""
KEYS_AT_ONCE = 300
UNRECORDED = "unrecorded"
"""An execution option of statements by which the service does nothing that anybody has asked for."""


def record_changes(engine: AsyncEngine, days: int) -> None:
    """Have all that is changed through an engine written into its log, where it is kept for some days.

    Tables say by their `info` what is recorded of them. A statement on one of those must name its rows by their keys.
    """
    recorder = _Recorder(timedelta(days=days))
    event.listen(engine.sync_engine, "before_execute", recorder.before)
    event.listen(engine.sync_engine, "after_execute", recorder.after)


def values_of(scope: Scope, entry: Entry, organization_id: str | None, keep: timedelta) -> dict[str, Any]:
    """Return a row of the log."""
    now, actor = datetime.now(UTC), scope.actor
    return {
        "id": new_id("aud"),
        "at": now,
        "keep_until": now + keep,
        "organization_id": organization_id,
        "operation": scope.operation,
        "actor_type": actor.type,
        "actor_id": actor.id,
        "api_key_id": actor.api_key_id,
        "client": actor.client,
        **asdict(entry),
    }


class _Recorder:
    def __init__(self, keep: timedelta) -> None:
        self._keep = keep

    def before(
        self, connection: Connection, statement: Executable, many: Sequence[Row], one: Row, _options: object
    ) -> None:
        """Read what a statement is about to change."""
        if not isinstance(statement, Insert | Update | Delete) or not _is_recorded(statement):
            return
        table = _table(statement)
        if isinstance(statement, Insert):
            keys = _inserted(connection, statement, many, one)
            may_be_there = isinstance(statement, postgresql.Insert | sqlite.Insert)
            found = _read(connection, table, keys) if may_be_there else {}
        else:
            _begin(connection)
            found = _matching(connection, statement, many or [one])
            keys = [] if isinstance(statement, Delete) else list(found)
        connection.info[BEFORE] = statement, found, keys

    def after(
        self, connection: Connection, statement: Executable, _many: object, _one: object, _options: object, _: object
    ) -> None:
        """Write down what a statement has changed."""
        noted, before, keys = connection.info.pop(BEFORE, (None, {}, []))
        if noted is not statement or not _is_recorded(statement):
            return
        table = _table(statement)
        after, scope = _read(connection, table, keys), current()
        owners = _Owners(connection, table, scope.actor.organization_id)
        rows = [
            values_of(scope, entry, organization_id, self._keep)
            for key in before | after
            if (entry := entry_of(table, before.get(key), after.get(key))) is not None
            for organization_id in scope.logs_of(owners.of(after.get(key) or before[key]))
        ]
        if rows:
            connection.execute(insert(audit_log), rows)
            scope.rows += len(rows)


def _is_recorded(statement: Executable) -> bool:
    if not isinstance(statement, Insert | Update | Delete) or statement.get_execution_options().get(UNRECORDED):
        return False
    wanted = _table(statement).info.get(AUDIT)
    return wanted is not Audited.NOTHING and (wanted is not Audited.ADDITIONS or isinstance(statement, Insert))


def _table(statement: Executable) -> Table:
    table = statement.table  # type: ignore[attr-defined]
    return table if isinstance(table, Table) else audit_log  # what is no table of ours is a migration's


def _inserted(connection: Connection, statement: Insert, many: Sequence[Row], one: Row) -> list[Key]:
    """Return the keys of the rows that a statement adds."""
    names = [column.name for column in statement.table.primary_key]
    if given := [values for values in (many or [one]) if all(name in values for name in names)]:
        return [tuple(values[name] for name in names) for values in given]
    values = statement.compile(dialect=connection.dialect).params
    if all(name in values for name in names):
        return [tuple(values[name] for name in names)]
    keys: list[Key] = []
    while all(f"{name}_m{len(keys)}" in values for name in names):
        keys.append(tuple(values[f"{name}_m{len(keys)}"] for name in names))
    if not keys:
        raise RuntimeError(f"rows of {statement.table.name} are recorded by their keys, and a statement names none")
    return keys


def _begin(connection: Connection) -> None:
    """Have nobody change what is read until it is changed here: SQLite's driver begins only with the first write."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _matching(connection: Connection, statement: Update | Delete, given: Sequence[Row]) -> dict[Key, Row]:
    query = select(*audited_columns(_table(statement)))
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    found: dict[Key, Row] = {}
    for values in given:
        rows = connection.execute(query.with_for_update(), dict(values)).mappings()
        found |= _by_key(_table(statement), rows)
    return found


def _read(connection: Connection, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        where = or_(*(_is(table, key) for key in keys[start : start + KEYS_AT_ONCE]))
        found |= _by_key(table, connection.execute(select(*audited_columns(table)).where(where)).mappings())
    return found


def _is(table: Table, key: Key) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


def _by_key(table: Table, rows: Iterable[RowMapping]) -> dict[Key, Row]:
    return {tuple(row[column.name] for column in table.primary_key): row for row in rows}


class _Owners:
    """Finds whose record a row is: its own organization, its project's or its link's; else the actor's."""

    def __init__(self, connection: Connection, table: Table, actors: str | None) -> None:
        self._connection = connection
        self._table = table
        self._actors = actors
        self._known: dict[str, str | None] = {}

    def of(self, row: Row) -> str | None:
        """Return the id of an organization, or None."""
        if self._table is organizations:
            return str(row["id"])
        if row.get("organization_id") is not None:
            return str(row["organization_id"])
        for name, owner in (("project_id", projects), ("link_id", links)):
            if row.get(name) is not None:
                return self._owner_of(owner, row[name])
        return self._actors

    def _owner_of(self, table: Table, key: str) -> str | None:
        if key not in self._known:
            query = select(table.c.organization_id).where(table.c.id == key)
            self._known[key] = self._connection.scalar(query)
        return self._known[key]
