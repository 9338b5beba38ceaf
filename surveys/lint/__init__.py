"""What is wrong with a questionnaire before anybody sees it: findings with a code and a JSON pointer.

An error would break the route, lose an answer or mislead; a warning is for an editor to weigh.
"""

from samenspraak.types.questionnaire import Finding, Questionnaire

from surveys.lint import burden, level, reach, references, structure, texts
from surveys.lint.view import Rule, view

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *references.RULES,
    *reach.RULES,
    *texts.RULES,
    *burden.RULES,
    *level.RULES,
)


def lint(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """Every finding, errors first, otherwise rule by rule in the order of the questionnaire."""
    taken_apart = view(questionnaire)
    findings = [finding for rule in RULES for finding in rule(taken_apart)]
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))
