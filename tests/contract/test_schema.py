"""The schema that is written down is the schema that the migrations make.

UPDATE_SCHEMA=1 with this test writes docs/reference/schema.txt anew.
"""

import os
import re
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
    """No triggers, sequences, functions or references across schemas; tenants and audits inside every unique key."""
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
    for block in text.split("\n\n"):
        name, *lines = block.splitlines()
        columns = {line.split()[0] for line in lines}
        for key in ("organisation_id NOT", "audit_id NOT"):
            column = key.split()[0]
            if column not in columns or not name.startswith(("fieldwork.", "results.")):
                continue
            unique = [line for line in lines if re.match(r"\s+(PRIMARY KEY|UNIQUE)", line)]
            assert all(
                column in line for line in unique if column == "organisation_id" or "organisation_id" not in columns
            ), name
