"""Every table has a date, or a reason to have none."""

from typing import Any

from panels import retention as panel
from service import retention as house
from surveys import retention as survey
from tests.contract.schema import SCHEMAS

RULES: tuple[Any, ...] = (*panel.RULES, *survey.RULES, *house.RULES)

TABLES = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY($1)
"""


async def test_every_table_has_a_retention_rule(owner: Any) -> None:
    tables = {row["name"] for row in await owner.fetch(TABLES, SCHEMAS)}
    assert {rule.table for rule in RULES} == tables


def test_every_rule_gives_a_reason() -> None:
    for rule in RULES:
        assert len(rule.why) >= 10, rule.table
        assert rule.days is None or rule.days >= 0


def test_nothing_in_the_vault_stays_without_a_date() -> None:
    for table in {rule.table for rule in RULES if rule.table.startswith("vault.")}:
        assert any(rule.days is not None for rule in RULES if rule.table == table), table
