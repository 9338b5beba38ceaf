"""The standard question battery, filled for one application: which questions, on which pages, in which blocks.

Order: consent, AI in general, description, comprehension, value and concerns (which of the two first is drawn), trust,
use, acceptability with the vote, conditions, open questions, what the owner asks, quality, background. General
attitudes come before the description, so that the description does not colour them; comprehension comes directly after
it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypedDict

import msgspec
from samenspraak.types.application import Application, CitizenRole, ComprehensionKey, Variant
from samenspraak.types.base import Language, Localised
from samenspraak.types.expressions import AnswerOf, AnyCondition, OneOf
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Arm,
    Attention,
    Consent,
    EasyForm,
    Form,
    Info,
    InfoSection,
    ItemStatus,
    Knowledge,
    Likert,
    Multi,
    Open,
    Option,
    Page,
    Questionnaire,
    QuestionVariant,
    Quota,
    Ranking,
    ReportTag,
    Scale,
    Single,
    VoteItem,
)

from surveys import easy, items
from surveys import own as own_questions
from surveys.filling import Filler, explanation
from surveys.instruments import Item, concern_codes, concern_items, instruments
from surveys.translations import TRANSLATED

__all__ = ["build", "concern_codes", "concern_items", "minutes"]

VERSION = 4
WORDS_PER_MINUTE = 150
DONT_KNOW = 98
PER_PAGE = 4
"""Likert items under one stem on one page; more makes people tick down the column."""

DESCRIPTION = "DESCRIPTION"
BASE_VARIANT = "base"
"""Key of the application as its main text describes it."""
AS_DESCRIBED = Localised(nl="zoals beschreven", en="as described")
EVERY_CONCERN = "CN_*"

PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("consent", "consent", ("CO_PART",)),
    ("consent_origin", "consent", ("CO_SPEC",)),
    ("general", "general", ("GK_KNOW", "GK_USE")),
    ("general_attitude", "general", ("GA_1", "GA_2", "GA_3", "GA_4")),
    ("general_trust", "general", ("GT_GOV", "GT_TECH")),
    ("description", "description", (DESCRIPTION,)),
    ("comprehension", "comprehension", ("CC_GOAL", "CC_HUM", "CC_DATA", "CC_CLEAR")),
    ("unclear", "comprehension", ("CC_OPEN",)),
    ("value", "value", ("PV_SELF", "PV_LIKE", "PV_SOC", "PV_BAL")),
    ("benefits", "value", ("PV_TYPE",)),
    ("beneficiary", "value", ("PV_WHO",)),
    ("concerns", "concerns", (EVERY_CONCERN,)),
    ("concerns_top", "concerns_top", ("CN_TOP",)),
    ("concerns_other", "concerns_top", ("CN_OPEN",)),
    ("trust", "trust", ("TR_APP",)),
    ("trust_reasons", "trust", ("TR_COMP", "TR_ORG", "AT_1", "TR_CTRL")),
    ("fairness", "trust", ("FA_OUT", "FA_PROC", "FA_REV")),
    ("use", "use", ("LU_INT", "LU_SUBJ", "LU_ALT")),
    ("use_reasons", "use", ("LU_PE", "LU_EE", "LU_SI", "LU_FC", "LU_AVOID")),
    ("acceptability", "acceptability", ("AC_ALL",)),
    ("situations", "situations", ("AC_ADV", "AC_CHK", "AC_AUTO", "AC_COMM", "AC_SENS", "AC_VULN")),
    ("vote", "vote", ("VT_MAIN",)),
    ("vote_sure", "vote", ("VT_SURE",)),
    ("conditions", "conditions", ("CD_ALL",)),
    ("conditions_must", "conditions", ("CD_MUST",)),
    ("open", "open", ("OP_Q", "OP_TIP", "OP_IDEA")),
    ("quality", "quality", ("AT_2", "QL_SER", "QL_BURD", "QL_HELP")),
    ("background", "background", ("DM_DIGI", "DM_TOUCH")),
    ("background_home", "background", ("DM_HH", "DM_WORK")),
    ("background_origin", "background", ("DM_BIRTH", "DM_PARENT")),
)
"""Page key, block, items in order. Items outside the form or the role drop out; pages without items too."""

OWN_BEFORE = "quality"
"""Block before which the owner's own questions stand."""
SHUFFLED = ("concerns", "situations")

TAGS: dict[str, ReportTag] = {
    "GK": "general",
    "GA": "general",
    "GT": "general",
    "CC": "comprehension",
    "PV": "value",
    "CN": "concern",
    "TR": "trust",
    "FA": "trust",
    "LU": "use",
    "AC": "acceptability",
    "VT": "vote",
    "CD": "conditions",
    "AT": "quality",
    "QL": "quality",
    "DM": "background",
}
"""First two letters of an item -> part of the report it belongs to."""


class Common(TypedDict):
    """What every kind of question has."""

    key: str
    text: Localised
    stem: Localised | None
    hint: Localised | None
    required: bool
    show_if: AnyCondition | None
    construct: str
    report: ReportTag
    status: ItemStatus
    seconds: int


def build(
    application: Application,
    *,
    form: Form,
    notice_version: str = "1",
    own: Sequence[AnyQuestion] = (),
    quotas: Sequence[Quota] = (),
) -> Questionnaire:
    """Questionnaire of this form for this application, complete in Dutch and English.

    The short form has the battery's texts in the other languages too. What the developer wrote stands in those where
    the developer gave it.

    The same application, form, own questions and quotas give the same bytes, so the content hash can be compared.

    Args:
        notice_version: version of the privacy notice that the consent question refers to.
        own: what the owner asks beside the battery; judged before by `surveys.own.check`.
        quotas: what the owner wants no more of; judged by the lint of the whole.
    """
    pages = tuple(_with_own(tuple(_pages(application, form, notice_version)), own, _filler(application, form)))
    variants = tuple(_variants(application, form, notice_version, pages))
    value_first = tuple(dict.fromkeys(page.block for page in pages))
    concerns_first = tuple(_swapped(value_first))
    return Questionnaire(
        id=f"{instruments().id}/{form}",
        version=VERSION,
        form=form,
        languages=("nl", "en"),
        pages=pages,
        arms=_arms({"value_first": value_first, "concerns_first": concerns_first}, variants),
        shuffled_blocks=tuple(block for block in SHUFFLED if block in value_first),
        estimated_minutes=minutes(pages),
        variants=variants,
        unreviewed=_unreviewed(form),
        easy=_easy(application, pages),
        quotas=tuple(quotas),
    )


def asked_before_own(application: Application, form: Form) -> frozenset[str]:
    """Keys of the questions that everybody could have answered before the owner's own questions come."""
    blocks = list(dict.fromkeys(page.block for page in _pages(application, form, "")))
    before = blocks[: blocks.index(OWN_BEFORE)]
    pages = [page for page in _pages(application, form, "") if page.block in before]
    return frozenset(question.key for page in pages for question in page.questions if not isinstance(question, Info))


def _unreviewed(form: Form) -> tuple[Language, ...]:
    """Languages beside Dutch and English: only the short form is translated, so only it can be looked at in them."""
    return TRANSLATED if form == "short" else ()


def _filler(application: Application, form: Form) -> Filler:
    return Filler.of(application, ("nl", "en", *_unreviewed(form)))


def _with_own(pages: tuple[Page, ...], own: Sequence[AnyQuestion], fill: Filler) -> Iterator[Page]:
    first = next(place for place, page in enumerate(pages) if page.block == OWN_BEFORE)
    yield from (*pages[:first], *own_questions.pages(own, fill), *pages[first:])


def _easy(application: Application, pages: tuple[Page, ...]) -> EasyForm:
    """The items of the short form, and a shorter explanation where everybody reads the same one."""
    wanted = {DESCRIPTION, *instruments().forms["short"]}
    asked = tuple(question.key for page in pages for question in page.questions if question.key in wanted)
    if application.variants:
        return EasyForm(asked=asked)
    shorter = msgspec.structs.replace(_description(application), sections=easy.sections(application))
    return EasyForm(asked=asked, questions=(shorter,))


def _arms(orders: dict[str, tuple[str, ...]], variants: tuple[QuestionVariant, ...]) -> tuple[Arm, ...]:
    """Every order, crossed with every variant where there are any."""
    if not variants:
        return tuple(Arm(key=order, block_order=blocks) for order, blocks in orders.items())
    return tuple(
        Arm(key=f"{order}/{variant.key}", block_order=blocks, order=order, variant=variant.key)
        for variant in variants
        for order, blocks in orders.items()
    )


def _variants(
    application: Application, form: Form, notice_version: str, pages: tuple[Page, ...]
) -> Iterator[QuestionVariant]:
    """The application as described, then each variant with the questions that read otherwise in it."""
    if not application.variants:
        return
    yield QuestionVariant(key=BASE_VARIANT, label=application.base_label or AS_DESCRIBED)
    asked = {question.key: question for page in pages for question in page.questions}
    for variant in application.variants:
        own = _questions(as_variant(application, variant), form, notice_version)
        changed = tuple(question for key, question in own.items() if key in asked and question != asked[key])
        yield QuestionVariant(key=variant.key, label=variant.label, questions=changed)


def as_variant(application: Application, variant: Variant) -> Application:
    """The application as this variant describes it."""
    return msgspec.structs.replace(
        application,
        description=variant.description,
        comprehension=variant.comprehension,
        arguments=variant.arguments or application.arguments,
    )


def minutes(pages: tuple[Page, ...]) -> float:
    """Expected minutes when every question is shown: seconds per question, and texts at 150 words a minute (Dutch)."""
    seconds = 0.0
    for page in pages:
        for question in page.questions:
            seconds += question.seconds
            if isinstance(question, Info):
                seconds += sum(len(s.text.nl.split()) for s in question.sections) * 60 / WORDS_PER_MINUTE
    return round(seconds / 60, 1)


def _swapped(blocks: tuple[str, ...]) -> Iterator[str]:
    """The same blocks with both concern blocks before value."""
    for block in blocks:
        if block == "value":
            yield from ("concerns", "concerns_top", "value")
        elif block not in {"concerns", "concerns_top"}:
            yield block


def _pages(application: Application, form: Form, notice_version: str) -> Iterator[Page]:
    questions = _questions(application, form, notice_version)
    for key, block, asked in _layout(form):
        chunks = _chunks([questions[item] for item in asked if item in questions])
        for number, chunk in enumerate(chunks, 1):
            name = key if len(chunks) == 1 else f"{key}_{number}"
            yield Page(key=name, block=block, questions=tuple(chunk))


def _layout(form: Form) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The pages; in the short form the attention item joins the only other page with agreement items."""
    for key, block, asked in PAGES:
        if asked == (EVERY_CONCERN,):
            asked = tuple(concern_items().values())
        elif form == "short":
            asked = {"trust_reasons": (), "background": ("AT_1", *asked)}.get(key, asked)
        yield key, block, asked


def _chunks(questions: list[AnyQuestion]) -> list[list[AnyQuestion]]:
    """Pages of at most four Likert items, as even as they can be; other questions stay together."""
    likerts = sum(isinstance(question, Likert) for question in questions)
    parts = max(1, -(-likerts // PER_PAGE)) if likerts == len(questions) else 1
    bounds = [round(part * len(questions) / parts) for part in range(parts + 1)]
    return [questions[low:high] for low, high in pairwise(bounds) if high > low]


def _questions(application: Application, form: Form, notice_version: str) -> dict[str, AnyQuestion]:
    fill = _filler(application, form)
    asked = set(instruments().forms[form])
    role: CitizenRole = application.citizen_role
    questions: dict[str, AnyQuestion] = {DESCRIPTION: _description(application)}
    for item in instruments().items:
        if item.id in asked and item.role in {None, role}:
            question = _question(item, application, fill, asked, notice_version)
            if question is not None:
                questions[item.id] = question
    return questions


def _description(application: Application) -> Info:
    sections = tuple(
        InfoSection(heading=Localised(nl=nl.heading, en=en.heading), text=Localised(nl=nl.text, en=en.text))
        for nl, en in zip(application.description.nl, application.description.en, strict=True)
    )
    return Info(key=DESCRIPTION, text=application.name, required=False, seconds=0, sections=sections)


def _question(
    item: Item, application: Application, fill: Filler, asked: set[str], notice_version: str
) -> AnyQuestion | None:
    """The question this item becomes, or None where the application has no options for it."""
    question = _common(item, fill)
    if item.comprehension:
        return _comprehension(item, question, application)
    options = items.options(item, fill)
    if item.block == "consent":
        return Consent(**question, options=options, notice_version=notice_version)
    if item.expected is not None:
        return Attention(**question, options=options, expected=item.expected)
    match item.type:
        case "likert":
            return Likert(**question, options=options, reversed=item.reversed)
        case "single" if item.scale == "trust11":
            return Scale(**question, options=options)
        case "single":
            return Single(**question, options=options, randomise=item.randomise)
        case "multi":
            return Multi(**question, options=options, minimum=1, randomise=item.randomise)
        case "rank":
            return _ranking(item, question, fill, asked)
        case "open":
            return Open(**question, max_chars=item.max_chars, quotable=True)
        case "vote":
            return VoteItem(
                **question,
                options=options,
                arguments_for=tuple(application.arguments.in_favour),
                arguments_against=tuple(application.arguments.against),
            )


def _common(item: Item, fill: Filler) -> Common:
    condition = item.condition
    return {
        "key": item.id,
        "text": items.text(item, fill),
        "stem": items.stem(item, fill),
        "hint": items.hint(item, fill),
        "required": item.type != "open",
        "show_if": (OneOf(term=AnswerOf(question=condition.question), values=condition.codes) if condition else None),
        "construct": item.construct,
        "report": TAGS.get(item.id[:2], ""),
        "status": item.status or instruments().status,
        "seconds": item.seconds,
    }


def _comprehension(item: Item, question: Common, application: Application) -> AnyQuestion | None:
    key: ComprehensionKey | None = getattr(application.comprehension, item.comprehension)
    if key is None:
        return None
    options = tuple(
        Option(code=o.code, label=Localised(nl=o.nl, en=o.en), missing=o.code == DONT_KNOW) for o in key.options
    )
    if item.comprehension == "topic":
        return Attention(**question, options=options, expected=key.correct)
    right = next(option.label for option in options if option.code == key.correct)
    about = {
        "goal": application.purpose,
        "human": application.human_oversight,
        "data": Localised(nl=", ".join(application.data_used.nl), en=", ".join(application.data_used.en)),
    }[item.comprehension]
    return Knowledge(
        **question,
        options=options,
        correct=key.correct,
        explain=explanation(application, about=about, answer=right),
        randomise=key.randomise,
    )


def _ranking(item: Item, question: Common, fill: Filler, asked: set[str]) -> Ranking:
    """Carries forward the concerns that weigh or the conditions chosen; without that question, every condition is
    offered.
    """
    by_id = {other.id: other for other in instruments().items}
    if item.options_from == "concerns":
        options = tuple(
            Option(code=code, label=items.text(by_id[key], fill))
            for code, key in concern_codes().items()
            if key in asked
        )
        source: str | None = "concerns"
    else:
        options = tuple(option for option in items.options(by_id[item.options_from], fill) if not option.exclusive)
        source = item.options_from if item.options_from in asked else None
    return Ranking(**question, options=options, top=item.max_choices, options_from=source)
