"""The schema that is written down is the schema that the migrations make.

UPDATE_SCHEMA=1 with this test writes docs/reference/schema.txt anew.
"""

import os
from typing import Any

from tests.contract import schema


async def test_the_written_schema_equals_the_migrations(owner: Any) -> None:
    made = await schema.dump(owner)
    if os.environ.get("UPDATE_SCHEMA"):
        schema.FILE.parent.mkdir(parents=True, exist_ok=True)
        schema.FILE.write_text(made)
    assert schema.FILE.read_text() == made, "write it anew with UPDATE_SCHEMA=1"


async def test_the_dump_sees_a_change(owner: Any) -> None:
    before = await schema.dump(owner)
    await owner.execute("ALTER TABLE ops.organisation ADD COLUMN colour text")
    await owner.execute("GRANT DELETE ON ops.organisation TO samenspraak_worker")
    after = await schema.dump(owner)
    assert "colour text" in after
    assert "GRANT samenspraak_worker: DELETE" in after
    assert before != after


async def test_the_schema_can_be_distributed(owner: Any) -> None:
    """No triggers, sequences or functions; the tenant or the audit is inside every unique key."""
    assert await owner.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0
    assert await owner.fetchval("SELECT count(*) FROM pg_sequences") == 0
    assert (
        await owner.fetchval(
            "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY($1)",
            schema.SCHEMAS,
        )
        == 0
    )
    text = await schema.dump(owner)
    assert "nextval" not in text
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith(("fieldwork.", "results."))]
    for name, *lines in tables:
        columns = {line.split()[0] for line in lines}
        # The tenant comes first; a table of one audit without a tenant is spread by its audit.
        spread_by = "organisation_id" if "organisation_id" in columns else "audit_id"
        unique = [line for line in lines if line.startswith(("  PRIMARY KEY", "  UNIQUE"))]
        assert unique, name
        assert all(spread_by in line for line in unique), name


async def test_no_reference_crosses_a_schema(owner: Any) -> None:
    for block in (await schema.dump(owner)).split("\n\n"):
        name, *lines = block.splitlines()
        for line in lines:
            if "REFERENCES" in line:
                assert f"REFERENCES {name.split('.')[0]}." in line, name
