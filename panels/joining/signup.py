"""Checking a sign-up form: every fault at once, in words for the person who fills it in."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeAlias, cast, get_args

from samenspraak.types.base import Lang, Localised
from samenspraak.types.problem import Fault

from panels.coding import MINIMUM_AGE, PROVINCES, age
from panels.errors import SignUpInvalid
from panels.joining.addresses import Address, AddressInvalid, normalise
from panels.joining.notice import NOTICE_VERSION
from panels.models import Education, Sex, SignUp

OLDEST = 120
_Report: TypeAlias = Callable[[str, str], None]
_YES = ("yes", "ja", "on", "true", "1")

MESSAGES: Mapping[tuple[str, str], Localised] = MappingProxyType(
    {
        ("email", "missing"): Localised(nl="Vul uw e-mailadres in.", en="Fill in your e-mail address."),
        ("email", "not_an_address"): Localised(
            nl="Dit is geen e-mailadres. Een e-mailadres ziet er zo uit: naam@voorbeeld.nl.",
            en="This is not an e-mail address. An address looks like this: name@example.org.",
        ),
        ("email", "address_not_supported"): Localised(
            nl="Voor het apenstaartje kunnen we alleen gewone letters en cijfers gebruiken. Neem een ander adres.",
            en="Before the @ we can only use plain letters and digits. Please use another address.",
        ),
        ("email", "domain_unknown"): Localised(
            nl="Kijk het deel na het apenstaartje na. Daar staat iets als voorbeeld.nl.",
            en="Check the part after the @. It looks like example.org.",
        ),
        ("email", "formula"): Localised(
            nl="Een e-mailadres begint met een letter of een cijfer.",
            en="An e-mail address starts with a letter or a digit.",
        ),
        ("email", "too_long"): Localised(nl="Dit e-mailadres is te lang.", en="This e-mail address is too long."),
        ("birth_year", "missing"): Localised(nl="Vul uw geboortejaar in.", en="Fill in your year of birth."),
        ("birth_year", "not_a_year"): Localised(
            nl="Vul uw geboortejaar in met vier cijfers, bijvoorbeeld 1980.",
            en="Fill in your year of birth with four digits, for example 1980.",
        ),
        ("birth_year", "out_of_range"): Localised(
            nl="Dit geboortejaar kan niet kloppen. Kijk het na.",
            en="This year of birth cannot be right. Please check it.",
        ),
        ("birth_year", "under_age"): Localised(
            nl="U kunt meedoen vanaf 18 jaar. Bent u jonger, dan kunt u nog geen lid worden.",
            en="You can take part from the age of 18. If you are younger, you cannot become a member yet.",
        ),
        ("sex", "unknown_choice"): Localised(
            nl="Kies een van de antwoorden, of sla de vraag over.",
            en="Choose one of the answers, or skip the question.",
        ),
        ("province", "unknown_choice"): Localised(
            nl="Kies een provincie uit de lijst, of sla de vraag over.",
            en="Choose a province from the list, or skip the question.",
        ),
        ("education", "unknown_choice"): Localised(
            nl="Kies een opleiding uit de lijst, of sla de vraag over.",
            en="Choose an education from the list, or skip the question.",
        ),
        ("language", "unknown_choice"): Localised(
            nl="Kies een taal uit de lijst.", en="Choose a language of the list."
        ),
        ("consent", "missing"): Localised(
            nl="Zonder uw toestemming bewaren we niets. Zet een vinkje als u het goed vindt.",
            en="Without your consent we keep nothing. Tick the box if you agree.",
        ),
        ("notice_version", "notice_changed"): Localised(
            nl="De uitleg over uw gegevens is net veranderd. Lees de nieuwe uitleg en stuur het formulier opnieuw.",
            en="The explanation about your data has just changed. Read the new one and send the form again.",
        ),
        ("", "nul"): Localised(
            nl="Hier staat een teken dat we niet kunnen lezen. Typ het antwoord opnieuw.",
            en="There is a character here that we cannot read. Please type the answer again.",
        ),
    }
)


def check(form: Mapping[str, str], *, today: date) -> SignUp:
    """Check the fields email, birth_year, sex, province, education, language, consent (and notice_version, if sent).

    Sex, province and education may be empty. Whoever turns 18 this year passes: only the year is asked, and the consent
    sentence states the age. Fields with other names are not looked at.

    Raises:
        SignUpInvalid: with every fault; `pointer` is the field name, `detail` is in the language of the form.
    """
    language = form.get("language", "").strip() or "nl"
    speak = cast(Lang, language) if language in get_args(Lang) else "nl"
    faults: list[Fault] = []

    def fault(field: str, code: str) -> None:
        words = MESSAGES["", "nul"] if code == "nul" else MESSAGES[field, code]
        faults.append(Fault(pointer=field, code=code, detail=words.en if speak == "en" else words.nl))

    for field in ("birth_year", "sex", "province", "education", "language", "consent"):
        if "\x00" in form.get(field, ""):
            fault(field, "nul")
    if faults:
        raise SignUpInvalid(faults=tuple(faults))
    address = _address(form.get("email", ""), fault)
    birth_year = _birth_year(form.get("birth_year", "").strip(), today, fault)
    sex = _choice("sex", form, ("M", "V", "X"), fault)
    province = _choice("province", form, PROVINCES, fault)
    education = _choice("education", form, ("1", "2", "3"), fault)
    if language not in get_args(Lang):
        fault("language", "unknown_choice")
    if form.get("consent", "").strip().lower() not in _YES:
        fault("consent", "missing")
    if form.get("notice_version", NOTICE_VERSION) != NOTICE_VERSION:
        fault("notice_version", "notice_changed")
    if faults or address is None or birth_year is None:
        raise SignUpInvalid(faults=tuple(faults))
    return SignUp(
        email=address.email,
        canonical=address.canonical,
        birth_year=birth_year,
        sex=cast("Sex | None", sex),
        province=province,
        education=cast("Education | None", education),
        language=language,
        consent=True,
    )


def birth_year_fault(text: str, today: date) -> str | None:
    """The slug of what is wrong with a year of birth, or None: missing, not_a_year, out_of_range, under_age."""
    if not text:
        return "missing"
    if not re.fullmatch(r"\d{4}", text, re.ASCII):
        return "not_a_year"
    years = age(int(text), today)
    if years < 0 or years > OLDEST:
        return "out_of_range"
    return "under_age" if years < MINIMUM_AGE else None


def _address(text: str, fault: _Report) -> Address | None:
    try:
        return normalise(text)
    except AddressInvalid as odd:
        fault("email", odd.code)
        return None


def _birth_year(text: str, today: date, fault: _Report) -> int | None:
    wrong = birth_year_fault(text, today)
    if wrong:
        fault("birth_year", wrong)
        return None
    return int(text)


def _choice(field: str, form: Mapping[str, str], known: tuple[str, ...], fault: _Report) -> str | None:
    chosen = form.get(field, "").strip()
    if chosen and chosen not in known:
        fault(field, "unknown_choice")
    return chosen or None
