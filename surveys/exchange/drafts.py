"""What every import shares: faults and notes gathered on the way, keys, texts in several languages, and pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from msgspec import UNSET
from msgspec.structs import replace
from samenspraak.types.base import Language, Localised
from samenspraak.types.exchange import ImportedQuestions, ImportNote
from samenspraak.types.expressions import AnyCondition
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnyQuestion, Option, Page

from surveys.errors import FileInvalid
from surveys.expressions import reads

LANGUAGES: tuple[Language, ...] = get_args(Language)
NEEDED: tuple[Language, ...] = ("nl", "en")
BLOCK = "own"
NOT_SUBSTANTIVE = frozenset({98, 99})
"""Don't know and prefer not to say, in the codes of the battery."""
MOST_FAULTS = 200
LONGEST_TEXT = 5000

_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,39}")


class Draft:
    """Gathers what is found in a file. Nothing is raised before the end, so that all faults come at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.notes: list[ImportNote] = []
        self._keys: dict[str, str] = {}

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(Fault(pointer=pointer, code=code, detail=detail))

    def note(self, pointer: str, detail: str) -> None:
        if all(note.detail != detail for note in self.notes):
            self.notes.append(ImportNote(pointer=pointer, detail=detail))

    def key(self, name: str, pointer: str) -> str | None:
        """The key of a question after its name in the file: capitals, and _ for - and spaces."""
        key = re.sub(r"[-. ]", "_", name).upper()
        if not _KEY.fullmatch(key):
            rule = "begin with a letter and have 2 to 40 letters, digits or _"
            self.fault(pointer, "name", f"The name {name[:60]!r} must {rule}; rename the question.")
            return None
        if key in self._keys:
            self.fault(pointer, "duplicate", f"{name} and {self._keys[key]} would both be {key}; rename one of them.")
            return None
        self._keys[key] = name
        return key

    def text(self, said: Mapping[str, str], pointer: str, where: Mapping[str, str], what: str) -> Localised:
        """A text in our languages; Dutch and English must be there.

        Args:
            said: language -> text.
            where: language -> how the place of that text is called in the file.
        """
        for language, words in said.items():
            if len(words) > LONGEST_TEXT:
                detail = f"The text is longer than {LONGEST_TEXT} characters; make it shorter."
                self.fault(f"{pointer}/{where.get(language, language)}", "too_long", detail)
        for language in NEEDED:
            if not said.get(language, "").strip():
                place = where.get(language, language)
                detail = f"{what} has no text in {'Dutch' if language == 'nl' else 'English'}; fill in {place}."
                self.fault(f"{pointer}/{place}", "missing_language", detail)
        others = {language: said.get(language) or UNSET for language in LANGUAGES if language not in NEEDED}
        return Localised(nl=said.get("nl", ""), en=said.get("en", ""), **others)

    def finished(self, placed: Sequence["Placed"]) -> ImportedQuestions:
        """The import.

        Raises:
            FileInvalid: with every fault, in the order of the file; at most 200 of them.
        """
        if not self.faults and not placed:
            self.fault("", "empty", "The file asks nothing; add a question.")
        if self.faults:
            raise FileInvalid(faults=tuple(self.faults[:MOST_FAULTS]), details={"faults": len(self.faults)})
        pages = tuple(self._pages(placed))
        questions = tuple(question for page in pages for question in page.questions)
        return ImportedQuestions(questions=questions, pages=pages, notes=tuple(self.notes))

    def _pages(self, placed: Sequence["Placed"]) -> Iterator[Page]:
        """Pages in order. A question that depends on one of its own page starts a new page: there is no script."""
        taken: set[str] = set()
        held: list[AnyQuestion] = []
        sheet: Sheet | None = None
        for one in placed:
            if sheet is not None and (one.sheet is not sheet or self._depends(one, held)):
                yield _page(sheet, held, taken)
                held = []
            sheet = one.sheet
            held.append(one.question)
        if sheet is not None:
            yield _page(sheet, held, taken)

    def _depends(self, one: "Placed", held: Iterable[AnyQuestion]) -> bool:
        if one.question.show_if is None:
            return False
        here = {question.key for question in held}
        depends = any(key in here for key, _ in reads(one.question.show_if))
        if depends:
            self.note(one.pointer, f"{one.question.key} depends on a question of its page and starts a new page.")
        return depends


class Sheet(NamedTuple):
    """A page as the file has it. Compared by identity: two pages may look the same."""

    key: str
    title: Localised | None = None
    show_if: AnyCondition | None = None


class Placed(NamedTuple):
    question: AnyQuestion
    sheet: Sheet
    pointer: str


def _page(sheet: Sheet, questions: Sequence[AnyQuestion], taken: set[str]) -> Page:
    key, number = sheet.key[:36], 2
    while key in taken:
        key = f"{sheet.key[:36]}_{number}"
        number += 1
    taken.add(key)
    return Page(key=key, block=BLOCK, questions=tuple(questions), title=sheet.title, show_if=sheet.show_if)


def page_key(name: str, number: int) -> str:
    """The key of a page after its name in the file; its number where the name cannot be a key."""
    key = re.sub(r"[^a-z0-9_]", "_", name.lower())[:36]
    return key if re.fullmatch(r"[a-z][a-z0-9_]*", key) else f"page_{number}"


def coded(names: Sequence[str]) -> dict[str, int]:
    """Name of an option -> its code: the name itself where all are whole numbers from 0, else its place from 1."""
    if all(re.fullmatch(r"0|[1-9]\d{0,5}", name) for name in names):
        return {name: int(name) for name in names}
    return {name: place for place, name in enumerate(names, start=1)}


def marked(options: Sequence[Option], *, several: bool) -> tuple[Option, ...]:
    """Options with 98 and 99 marked as not substantive, and in a multiple choice as excluding the others."""
    return tuple(
        replace(option, missing=True, exclusive=several) if option.code in NOT_SUBSTANTIVE else option
        for option in options
    )
