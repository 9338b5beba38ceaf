"""What every element of a SurveyJS form is made of: localised texts, values with texts, numbers and conditions."""

import html
import re
from collections.abc import Mapping
from typing import Any

from samenspraak.types.base import Localised
from samenspraak.types.expressions import AnyCondition

from surveys.exchange import conditions
from surveys.exchange.conditions import Asked, Unreadable
from surveys.exchange.drafts import LANGUAGES, Draft

REMEDIES = {
    "calculatedValues": "Nothing is calculated while people answer; take it out.",
    "triggers": "Nothing happens by itself while people answer; use visibleIf, or take it out.",
    "validators": "Answers are checked by min, max, maxLength and the numbers of choices; use those.",
    "requiredIf": "A question is required or not, whatever was answered; use isRequired, or visibleIf.",
    "enableIf": "A question is asked or not; use visibleIf.",
    "setValueExpression": "Nobody's answer is filled in; take it out.",
    "defaultValue": "No answer is given beforehand; take it out.",
    "choicesByUrl": "Nothing is fetched from elsewhere; write the choices out.",
    "choicesFromQuestion": "Write the choices out; options from earlier answers are not imported.",
}
"""What to do instead, of properties that people use most."""
_BREAK = re.compile(r"</?(?:p|br|div)\s*/?>", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_BRACES = re.compile(r"\{([^{}]+)\}")


class Parts:
    """Reads parts of elements; what is wrong is gathered in the draft."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.asked: dict[str, Asked] = {}
        self.locale = "en"

    def language(self, given: object) -> str:
        """The language of `default` texts."""
        if given in ("", "en") or given in LANGUAGES:
            return str(given) or "en"
        self.draft.fault("/locale", "unknown_language", f"The locale must be one of {', '.join(LANGUAGES)}.")
        return "en"

    def objects(self, given: object, pointer: str) -> list[dict[str, Any]]:
        if not isinstance(given, list):
            self.draft.fault(pointer, "wrong_type", "A list is expected here.")
            return []
        for number, one in enumerate(given):
            if not isinstance(one, dict):
                self.draft.fault(f"{pointer}/{number}", "wrong_type", "An object is expected here.")
        return [one if isinstance(one, dict) else {} for one in given]

    def unsupported(self, pointer: str, name: str, what: str) -> None:
        remedy = REMEDIES.get(name, "Take it out.")
        self.draft.fault(pointer, "unsupported", f"The property {name[:60]} of {what} is not supported. {remedy}")

    def items(self, given: object, pointer: str) -> list[tuple[str, Localised]]:
        """Values with their texts: `{"value": 1, "text": ...}`, or the value alone where it is a number."""
        if not isinstance(given, list):
            self.draft.fault(pointer, "wrong_type", "A list is expected here.")
            return []
        found: list[tuple[str, Localised]] = []
        for number, one in enumerate(given):
            place = f"{pointer}/{number}"
            value = one.get("value") if isinstance(one, dict) else one
            if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
                self.draft.fault(place, "wrong_type", "A value must be a whole number or a text.")
                continue
            for name in sorted(set(one) - {"value", "text"}) if isinstance(one, dict) else ():
                self.unsupported(f"{place}/{name}", name, "an item")
            text = one.get("text") if isinstance(one, dict) else None
            if text is None and isinstance(value, int):
                label = Localised(nl=str(value), en=str(value))
            else:
                label = self.text(value if text is None else text, f"{place}/text", f"The item {str(value)[:60]}")
            found.append((str(value), label))
        return found

    def text(self, given: object, pointer: str, what: str, *, markup: bool = False) -> Localised:
        """A localised text. A bare text is in the language of the form only.

        Args:
            markup: an HTML property: breaks become lines and entities characters.
        """
        said = {"default": given} if isinstance(given, str) else given
        if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
            self.draft.fault(pointer, "wrong_type", 'A text is written as {"default": "...", "nl": "..."}.')
            return Localised(nl="", en="")
        texts: dict[str, str] = {}
        for language, text in said.items():
            code = self.locale if language == "default" else language
            if code not in LANGUAGES:
                self.draft.fault(f"{pointer}/{language}", "unknown_language", f"{language[:20]} is no language here.")
            elif language != "default" or self.locale not in said:
                texts[code] = self._plain(text, f"{pointer}/{language}", markup)
        return self.draft.text(texts, pointer, {self.locale: "default"}, what)

    def _plain(self, text: str, pointer: str, markup: bool) -> str:
        plain = re.sub(r"\n{2,}", "\n\n", _BREAK.sub("\n", text)).strip() if markup else text
        if _MARKUP.search(plain):
            detail = "Only <p>, <div> and <br> of html are read, as breaks; take other markup and scripts out."
            self.draft.fault(pointer, "markup", detail)
        plain = _BRACES.sub(lambda found: self._piped(found, pointer), plain)
        return html.unescape(plain) if markup else plain

    def _piped(self, found: re.Match[str], pointer: str) -> str:
        """`{age}` as `{AGE}`: the label of an earlier choice, never what somebody typed."""
        asked = self.asked.get(found[1].strip())
        if asked is None or asked.kind != "single":
            detail = f"{found[0][:60]} in a text must name an earlier single choice; take it out or name another."
            self.draft.fault(pointer, "piping", detail)
            return found[0]
        return f"{{{asked.key}}}"

    def shuffled(self, element: Mapping[str, Any], pointer: str) -> bool:
        order = element.get("choicesOrder", "none")
        if order not in ("none", "random"):
            self.draft.fault(f"{pointer}/choicesOrder", "unsupported", "choicesOrder is none or random.")
        return bool(order == "random")

    def whole(self, element: Mapping[str, Any], name: str, pointer: str, usual: int | None) -> int | None:
        given = element.get(name, usual)
        if given is None or (isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**9):
            return given
        self.draft.fault(f"{pointer}/{name}", "wrong_type", f"{name} must be a whole number.")
        return None

    def flag(self, element: Mapping[str, Any], name: str, pointer: str) -> bool:
        given = element.get(name, False)
        if not isinstance(given, bool):
            self.draft.fault(f"{pointer}/{name}", "wrong_type", f"{name} is true or false.")
        return given is True

    def condition(self, element: Mapping[str, Any], pointer: str) -> AnyCondition | None:
        text = element.get("visibleIf", "")
        if not isinstance(text, str):
            self.draft.fault(f"{pointer}/visibleIf", "wrong_type", "visibleIf is a text.")
            return None
        if not text.strip():
            return None
        try:
            return conditions.read(text, conditions.SURVEYJS, self.asked)
        except Unreadable as error:
            self.draft.fault(f"{pointer}/visibleIf", "condition", str(error))
            return None
