"""What quotas of the questionnaire did to who took part, in sentences of the method annex."""

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Quota

from service.reports.inputs import ReportInputs
from service.reports.numbers import listed_en, listed_nl


def quota_sentences(inputs: ReportInputs) -> tuple[Localised, ...]:
    """Which groups could fill up and how many came too late; nothing where no quota turns anybody away."""
    ending = [quota for quota in inputs.questionnaire.quotas if quota.full == "end"]
    if not ending:
        return ()
    away = inputs.dispositions.get("quota_full", 0)
    groups_nl, groups_en = listed_nl([_nl(one) for one in ending]), listed_en([_en(one) for one in ending])
    return (
        Localised(
            nl=f"Hoogstens zo veel mensen konden meedoen: {groups_nl}. Wie daarna kwam, is bedankt en niet meegeteld: "
            f"{away} {'persoon' if away == 1 else 'mensen'}. Dat is geen weigering.",
            en=f"No more people than this could take part: {groups_en}. Those who came later were thanked and not "
            f"counted: {away} {'person' if away == 1 else 'people'}. That is no refusal.",
        ),
    )


def _nl(quota: Quota) -> str:
    return f"{quota.label.nl} {quota.limit}"


def _en(quota: Quota) -> str:
    return f"{quota.label.en} {quota.limit}"
