"""A questionnaire on the bench: findings, and what an editor wants to know at a glance."""

from samenspraak.types.questionnaire import Info, Questionnaire
from samenspraak.types.versions import QuestionnaireCheck

from surveys import readability
from surveys.battery import minutes
from surveys.lint import lint


def check(questionnaire: Questionnaire) -> QuestionnaireCheck:
    """Findings with a summary: counts, minutes and reading level."""
    findings = lint(questionnaire)
    errors = sum(finding.severity == "error" for finding in findings)
    asked = [one for page in questionnaire.pages for one in page.questions if not isinstance(one, Info)]
    together = readability.together(readability.analyse(question.text.nl) for question in asked)
    return QuestionnaireCheck(
        errors=errors,
        warnings=len(findings) - errors,
        minutes=minutes(questionnaire.pages),
        questions=len(asked),
        flesch_douma=round(readability.flesch_douma(together), 1),
        findings=findings,
    )
