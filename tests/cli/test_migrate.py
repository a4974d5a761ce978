from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from click.testing import CliRunner

from service.cli import main
from service.database.engine import _newest_version

if TYPE_CHECKING:
    from pathlib import Path


def test_tables_are_brought_up_to_date_without_a_service(tmp_path: Path) -> None:
    for _ in range(2):
        done = CliRunner().invoke(main, ["migrate", "--data", str(tmp_path / "data")])
        assert (done.exit_code, done.output) == (0, "The tables are up to date.\n")
    with sqlite3.connect(tmp_path / "data" / "tilegate.sqlite") as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [(_newest_version(),)]
    connection.close()
