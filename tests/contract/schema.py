"""The whole schema of a database as text: tables, columns, constraints, indexes and what each role may do."""

from pathlib import Path
from typing import Any

import asyncpg

FILE = Path(__file__).parents[2] / "docs" / "reference" / "schema.txt"
SCHEMAS = ["ballots", "fieldwork", "ops", "panel", "results", "vault"]

# Every column with its type and default, in the order of the table.
COLUMNS = """
SELECT n.nspname || '.' || c.relname AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS preset
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND n.nspname = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""
# Every named rule of a table; NOT NULL stands beside its column.
CONSTRAINTS = """
SELECT n.nspname || '.' || c.relname AS table_name, pg_get_constraintdef(k.oid) AS words
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND k.contype <> 'n'
ORDER BY 1, 2
"""
# Every index that is not a constraint.
INDEXES = """
SELECT schemaname || '.' || tablename AS table_name, indexdef AS words FROM pg_indexes
WHERE schemaname = ANY($1) AND indexname NOT IN (SELECT conname FROM pg_constraint)
ORDER BY 1, 2
"""
# What each role of the service may do with each table, whole or by column.
GRANTS = """
SELECT table_schema || '.' || table_name AS table_name, grantee || ': ' ||
    string_agg(privilege_type, ', ' ORDER BY privilege_type) AS words
FROM information_schema.role_table_grants
WHERE table_schema = ANY($1) AND grantee LIKE 'samenspraak\\_%' AND grantee <> 'samenspraak_owner'
GROUP BY table_schema, table_name, grantee
UNION ALL
SELECT c.table_schema || '.' || c.table_name, c.grantee || ': ' || c.privilege_type || ' (' ||
    string_agg(c.column_name, ', ' ORDER BY c.column_name) || ')'
FROM information_schema.role_column_grants c
WHERE c.table_schema = ANY($1) AND c.grantee LIKE 'samenspraak\\_%' AND c.grantee <> 'samenspraak_owner'
    AND NOT EXISTS (SELECT 1 FROM information_schema.role_table_grants t
        WHERE (t.table_schema, t.table_name, t.grantee, t.privilege_type)
            = (c.table_schema, c.table_name, c.grantee, c.privilege_type))
GROUP BY c.table_schema, c.table_name, c.grantee, c.privilege_type
ORDER BY 1, 2
"""


async def dump(conn: "asyncpg.Connection[Any]") -> str:
    """The schema as text, the same for the same migrations."""
    tables: dict[str, list[str]] = {}
    for row in await conn.fetch(COLUMNS, SCHEMAS):
        line = f"  {row['name']} {row['type']}{' NOT NULL' if row['required'] else ''}"
        line += f" DEFAULT {row['preset']}" if row["preset"] else ""
        tables.setdefault(row["table_name"], []).append(line)
    for statement, prefix in ((CONSTRAINTS, "  "), (INDEXES, "  "), (GRANTS, "  GRANT ")):
        for row in await conn.fetch(statement, SCHEMAS):
            tables[row["table_name"]].append(prefix + row["words"])
    return "\n\n".join("\n".join([name, *lines]) for name, lines in sorted(tables.items())) + "\n"
