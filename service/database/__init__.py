"""SQL: engine, tables, migrations."""
