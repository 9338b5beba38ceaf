"""What the forms say when an answer needs another look, in the language of the form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast, get_args

from samenspraak.types.base import Lang, Localised
from samenspraak.types.problem import Fault

from panels.coding import MINIMUM_AGE

_CHOOSE = Localised(
    nl="Kies een van de antwoorden, of sla de vraag over.",
    en="Choose one of the answers, or skip the question.",
)
_POSTCODE = Localised(
    nl="Vul de vier cijfers van uw postcode in, of de hele postcode. Bijvoorbeeld 3511 of 3511 AB.",
    en="Fill in the four digits of your postcode, or all of it. For example 3511 or 3511 AB.",
)

_SHORTER = Localised(
    nl="Dit is te lang. Gebruik ten hoogste 60 tekens.", en="This is too long. Use at most 60 characters."
)

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
            nl="U kunt meedoen vanaf {age} jaar. Bent u jonger, dan kunt u nog geen lid worden.",
            en="You can take part from the age of {age}. If you are younger, you cannot become a member yet.",
        ),
        ("sex", "unknown_choice"): _CHOOSE,
        ("province", "unknown_choice"): Localised(
            nl="Kies een provincie uit de lijst, of sla de vraag over.",
            en="Choose a province from the list, or skip the question.",
        ),
        ("province", "elsewhere"): Localised(
            nl="Uw postcode ligt in een andere provincie. Kijk uw postcode en uw provincie na.",
            en="Your postcode lies in another province. Check your postcode and your province.",
        ),
        ("education", "unknown_choice"): Localised(
            nl="Kies een opleiding uit de lijst, of sla de vraag over.",
            en="Choose an education from the list, or skip the question.",
        ),
        ("postcode", "not_a_postcode"): _POSTCODE,
        ("postcode", "unknown_postcode"): Localised(
            nl="Deze postcode kennen we niet. Kijk hem na, of sla de vraag over.",
            en="We do not know this postcode. Check it, or skip the question.",
        ),
        ("postcode", "missing"): Localised(
            nl="Vul bij uw huisnummer ook uw postcode in. Of laat het huisnummer leeg.",
            en="Fill in your postcode with your house number. Or leave the house number empty.",
        ),
        ("postcode", "postcode_too_short"): Localised(
            nl="Bij een huisnummer hoort de hele postcode, met letters. Bijvoorbeeld 3511 AB.",
            en="A house number needs the whole postcode, with its letters. For example 3511 AB.",
        ),
        ("house_number", "not_a_house_number"): Localised(
            nl="Vul uw huisnummer in, met toevoeging als u die hebt. Bijvoorbeeld 12 of 12 bis.",
            en="Fill in your house number, with its addition if there is one. For example 12 or 12 bis.",
        ),
        ("channel", "unknown_choice"): Localised(
            nl="Kies hoe wij u mogen uitnodigen.", en="Choose how we may invite you."
        ),
        ("phone", "needed"): Localised(
            nl="Vul uw mobiele nummer in. Anders kunnen we u geen sms sturen.",
            en="Fill in your mobile number. Otherwise we cannot send you a text message.",
        ),
        ("phone", "not_a_number"): Localised(
            nl="Dit is geen telefoonnummer. Een mobiel nummer ziet er zo uit: 06 12345678.",
            en="This is not a telephone number. A mobile number looks like this: 06 12345678.",
        ),
        ("phone", "not_mobile"): Localised(
            nl="Dit is geen mobiel nummer. Een mobiel nummer begint in Nederland met 06.",
            en="This is not a mobile number. In the Netherlands a mobile number starts with 06.",
        ),
        ("name", "too_long"): _SHORTER,
        ("street", "needed"): Localised(
            nl="Vul uw straat in. Een brief heeft een heel adres nodig.",
            en="Fill in your street. A letter needs a whole address.",
        ),
        ("street", "too_long"): _SHORTER,
        ("home_postcode", "not_whole"): Localised(
            nl="Vul uw hele postcode in, met letters. Bijvoorbeeld 3511 AB.",
            en="Fill in your whole postcode, with its letters. For example 3511 AB.",
        ),
        ("place", "needed"): Localised(nl="Vul uw woonplaats in.", en="Fill in the place where you live."),
        ("place", "too_long"): _SHORTER,
        ("origin", "unknown_choice"): _CHOOSE,
        ("origin_consent", "missing"): Localised(
            nl="Wilt u uw herkomst geven? Zet dan ook het vinkje daaronder. Of kies: dat zeg ik liever niet.",
            en="Would you like to give your origin? Then tick the box below it too. Or choose: I prefer not to say.",
        ),
        ("code", "mistyped"): Localised(
            nl="Deze code klopt niet. Typ hem precies over uit uw brief. Hij heeft 12 letters en cijfers.",
            en="This code is not right. Type it exactly as in your letter. It has 12 letters and digits.",
        ),
        ("code", "unknown"): Localised(
            nl="Deze code kennen we niet. Kijk in uw brief of alles klopt.",
            en="We do not know this code. Check it with your letter.",
        ),
        ("code", "used"): Localised(
            nl="Deze code is al gebruikt. Hij werkt voor één persoon. Hebt u geen andere? Maak het vak dan leeg.",
            en="This code was used before. It works for one person. Do you have no other? Then empty the field.",
        ),
        ("code", "expired"): Localised(
            nl="De tijd voor deze code is voorbij. U kunt zich zonder code aanmelden. Maak het vak dan leeg.",
            en="The time for this code is over. You can sign up without a code. Then empty the field.",
        ),
        ("code", "busy"): Localised(
            nl="Met codes uit deze reeks is te vaak iets misgegaan. Probeer het over een uur opnieuw.",
            en="Too many wrong codes of this series were tried. Please try again in an hour.",
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


class Faults:
    """Collects what is wrong in one form, in its language; never repeats what was typed."""

    def __init__(self, language: str, *, age: int = MINIMUM_AGE) -> None:
        self.lang: Lang = cast(Lang, language) if language in get_args(Lang) else "nl"
        self.age = age
        self.found: list[Fault] = []

    def add(self, field: str, code: str) -> None:
        words = MESSAGES["", "nul"] if code == "nul" else MESSAGES[field, code]
        text = words.en if self.lang == "en" else words.nl
        self.found.append(Fault(pointer=field, code=code, detail=text.replace("{age}", str(self.age))))
