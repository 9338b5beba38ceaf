"""A corrected text in the report: when, why, how many answered which, and both texts."""

from datetime import UTC, datetime

import msgspec
from samenspraak.types.versions import Change, QuestionnaireVersion

from service.render import html
from service.reports.assemble import assemble
from tests.unit.report import factory

MOMENT = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
CHANGE = Change(
    kind="text",
    action="changed",
    path="/pages/general/questions/GK_USE/text/nl",
    before='"Hoe vaak gebruikt u <b>?"',
    after='"Hoe vaak gebruikt u AI?"',
)
VERSIONS = (
    QuestionnaireVersion(version=1, content_hash="a" * 64, began=90, completed=80),
    QuestionnaireVersion(
        version=2,
        content_hash="b" * 64,
        corrected_at=MOMENT,
        reason="Een typefout",
        changes=(CHANGE,),
        began=250,
        completed=220,
    ),
)


def test_the_report_says_what_was_corrected_and_how_many_answered_which() -> None:
    report = assemble(msgspec.structs.replace(factory.inputs(n=300), versions=VERSIONS))
    (one,) = report.corrections
    assert (one.version, one.answered_before, one.answered_after) == (2, 80, 220)
    assert (one.texts[0].before, one.texts[0].after) == ("Hoe vaak gebruikt u <b>?", "Hoe vaak gebruikt u AI?")
    page = html.render(report, lang="nl").decode()
    assert "Op 5 november 2026 zijn teksten van de vragenlijst verbeterd: Een typefout." in page
    assert "hadden er 80 de oude tekst en 220 de nieuwe" in page
    assert "Hoe vaak gebruikt u &lt;b&gt;?" in page


def test_without_a_correction_nothing_is_said() -> None:
    report = assemble(msgspec.structs.replace(factory.inputs(n=300), versions=VERSIONS[:1]))
    assert report.corrections == ()
    assert "verbeterd" not in html.render(report, lang="nl").decode()
