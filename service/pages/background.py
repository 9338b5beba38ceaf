"""The questions about a person's background as they stand on a page: at the sign-up, and later. Pure."""

from collections.abc import Mapping

import msgspec
from samenspraak.types.problem import Fault

from panels.coding import MINIMUM_AGE, PROVINCES
from panels.joining import notice
from service.pages.texts import Texts
from service.pages.views import Choice, FieldError, QuestionView

SEXES = {"V": "sex_v", "M": "sex_m", "X": "sex_x", "": "skip"}
EDUCATIONS = {"1": "education_1", "2": "education_2", "3": "education_3", "": "skip"}
ORIGINS = {"N": "origin_n", "E": "origin_e", "B": "origin_b", "": "skip"}


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """What the page asks today."""

    minimum_age: int = MINIMUM_AGE
    postcode: bool = False
    """Whether a postcode can be turned into a place."""
    stamp: str = ""
    """When the form was opened (`formtime`)."""
    moving: bool = False
    """A postcode is asked of people who moved only."""


PLAIN = Asks()


def questions(t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str], asks: Asks) -> tuple[QuestionView, ...]:
    """The questions in their order, filled in with `fields` and with what is `wrong`, by field."""
    home = _home(t, fields, wrong, asks) if asks.postcode else ()
    province = _province(t, fields, wrong, hint="province_hint_postcode" if asks.postcode else "province_hint")
    return (
        typed(t, "birth_year", fields, wrong, age=asks.minimum_age),
        _listed(t, "sex", SEXES, fields, wrong),
        *home,
        province,
        _listed(t, "education", EDUCATIONS, fields, wrong),
        _listed(t, "origin", ORIGINS, fields, wrong, hint=t("join.origin_hint")),
        tick(t, "origin_consent", t.of(notice.ORIGIN_CONSENT), fields, wrong),
        tick(t, "assembly", t.of(notice.ASSEMBLY_CONSENT), fields, wrong),
    )


def errors(faults: tuple[Fault, ...], asked: tuple[QuestionView, ...], *, otherwise: str) -> tuple[FieldError, ...]:
    """The summary above a form: every fault with the field that it leads to."""
    first_fields = {question.key: question.first_field for question in asked} | {"province": "province"}
    return tuple(FieldError(field=first_fields.get(fault.pointer, otherwise), text=fault.detail) for fault in faults)


def typed(t: Texts, key: str, fields: Mapping[str, str], wrong: Mapping[str, str], **slots: object) -> QuestionView:
    """A question with a line to type in."""
    return QuestionView(
        key=key,
        kind="text",
        text=t(f"join.{key}"),
        hint=t(f"join.{key}_hint", **slots),
        error=wrong.get(key, ""),
        value=fields.get(key, ""),
    )


def tick(t: Texts, key: str, label: str, fields: Mapping[str, str], wrong: Mapping[str, str]) -> QuestionView:
    """A consent of its own: one box to tick."""
    return QuestionView(
        key=key,
        kind="checks",
        text=t(f"join.{key}"),
        error=wrong.get(key, ""),
        choices=(Choice(id=f"{key}-yes", name=key, value="yes", label=label, checked=bool(fields.get(key))),),
    )


def _home(
    t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str], asks: Asks
) -> tuple[QuestionView, QuestionView]:
    postcode = typed(t, "postcode", fields, wrong)
    if asks.moving:
        postcode = msgspec.structs.replace(postcode, hint=t("profile.moved"))
    return postcode, typed(t, "house_number", fields, wrong)


def _province(t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str], *, hint: str) -> QuestionView:
    return QuestionView(
        key="province",
        kind="radios",
        text=t("join.province"),
        hint=t(f"join.{hint}"),
        error=wrong.get("province", ""),
        choices=tuple(
            Choice(
                id=f"province-{code}",
                name="province",
                value=code,
                label=t(f"province.{code}"),
                checked=fields.get("province") == code,
            )
            for code in PROVINCES
        ),
    )


def _listed(
    t: Texts,
    key: str,
    options: Mapping[str, str],
    fields: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    hint: str = "",
) -> QuestionView:
    return QuestionView(
        key=key,
        kind="radios",
        text=t(f"join.{key}"),
        hint=hint,
        error=wrong.get(key, ""),
        choices=tuple(
            Choice(
                id=f"{key}-{code or 'none'}",
                name=key,
                value=code,
                label=t(f"join.{name}"),
                checked=fields.get(key) == code,
                apart=not code,
            )
            for code, name in options.items()
        ),
    )
