"""The AI application as its developer describes it; fields follow the Dutch Algorithm Register standard 1.0."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from samenspraak.types.base import Answer, Localised, Request

CitizenRole = Literal["user", "subject"]
"""`user`: people choose to use it. `subject`: it is used about them. Decides which items are asked."""

LifecycleStage = Literal["in_development", "in_use", "stopped"]


OwnerName = Annotated[str, Meta(min_length=2, max_length=100)]


class Owner(Request, frozen=True, kw_only=True):
    nl: OwnerName
    en: OwnerName
    tr: OwnerName | UnsetType = UNSET
    ar: OwnerName | UnsetType = UNSET
    pl: OwnerName | UnsetType = UNSET
    uk: OwnerName | UnsetType = UNSET
    type: Annotated[str, Meta(max_length=60)] = "organisation"
    contact: Annotated[str, Meta(max_length=200)] = ""
    """Where people can reach the owner about the application: shown to everybody who took part."""


class ListOfTexts(Request, frozen=True, kw_only=True):
    nl: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(min_length=1, max_length=20)]
    en: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(min_length=1, max_length=20)]


class Section(Request, frozen=True, kw_only=True):
    """One headed paragraph of the plain-language description."""

    heading: Annotated[str, Meta(min_length=3, max_length=100)]
    text: Annotated[str, Meta(min_length=10, max_length=1500)]


class Description(Request, frozen=True, kw_only=True):
    """The text citizens read, at most 250 words in each language, aimed at reading level B1."""

    nl: Annotated[list[Section], Meta(min_length=1, max_length=8)]
    en: Annotated[list[Section], Meta(min_length=1, max_length=8)]


class Arguments(Request, frozen=True, kw_only=True):
    """A balanced pair: as many arguments for as against, each at most 25 words."""

    in_favour: Annotated[list[Localised], Meta(min_length=1, max_length=4)] = msgspec.field(name="for")
    against: Annotated[list[Localised], Meta(min_length=1, max_length=4)]


class KeyedOption(Request, frozen=True, kw_only=True):
    code: Annotated[int, Meta(ge=0, le=999)]
    nl: Annotated[str, Meta(min_length=1, max_length=200)]
    en: Annotated[str, Meta(min_length=1, max_length=200)]


class ComprehensionKey(Request, frozen=True, kw_only=True):
    """The answer options of one comprehension question, and which of them is right."""

    options: Annotated[list[KeyedOption], Meta(min_length=3, max_length=6)]
    correct: int
    randomise: bool = True


class Comprehension(Request, frozen=True, kw_only=True):
    goal: ComprehensionKey
    human: ComprehensionKey
    data: ComprehensionKey
    topic: ComprehensionKey | None = None


class AiActClass(Request, frozen=True, kw_only=True):
    """The owner's own assessment under the EU AI Act; printed as such, never as a finding of the audit."""

    klass: Annotated[str, Meta(max_length=60)] = msgspec.field(name="class")
    basis: Annotated[str, Meta(max_length=500)] = ""
    status: Annotated[str, Meta(max_length=200)] = ""


class Variant(Request, frozen=True, kw_only=True):
    """Another way in which the same application could work, put to a random part of the people.

    It has its own description and its own comprehension keys; arguments only where they differ.
    """

    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    label: Localised
    """Short name in the report: `with a human check`."""
    description: Description
    comprehension: Comprehension
    arguments: Arguments | None = None


class Application(Request, frozen=True, kw_only=True):
    """What a developer submits: one version of one AI application."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,79}$")]
    name: Localised
    short_name: Localised
    """Name inside a sentence, with article: fills {APP} in the questions."""
    owner: Owner
    """Name inside a sentence, with article: fills {ORG} in the questions."""
    citizen_role: CitizenRole
    lifecycle_stage: LifecycleStage
    purpose: Localised
    how_it_works: Localised
    data_used: ListOfTexts
    affected: Localised
    human_oversight: Localised
    arguments: Arguments
    description: Description
    comprehension: Comprehension
    eu_ai_act: AiActClass | None = None
    known_concerns: Annotated[list[str], Meta(max_length=18)] = []
    theme: Annotated[list[str], Meta(max_length=5)] = []
    publication_category: Annotated[str, Meta(max_length=60)] | None = None
    register_id: Annotated[str, Meta(max_length=60)] | None = None
    source_url: Annotated[str, Meta(max_length=500)] | None = None
    variants: Annotated[list[Variant], Meta(max_length=3)] = []
    """Up to three beside the application as described above; people are divided over all of them at random."""
    base_label: Localised | None = None
    """Short name of the application as described above, where there are variants."""
    easy_description: Description | None = None
    """The description of the easy mode, at most 120 words in each language. Without it the first sentences of every
    section are read. Not with variants: there everybody reads the whole description."""


class StoredApplication(Answer, frozen=True, kw_only=True):
    """An application as the service keeps it. Every submission of the same `application.id` makes a new version."""

    id: str
    organisation_id: str
    version: int
    application: Application
    readability: "Readability"
    created_at: datetime


class Readability(Answer, frozen=True, kw_only=True):
    """Reading level of the Dutch description. Formulas warn, people decide."""

    words: int
    sentences: int
    flesch_douma: float
    """206.835 - 0.93 x words per sentence - 77 x syllables per word; >= 60 passes the gate, >= 65 is wanted."""
    brouwer: float
    """195 - 2/3 x syllables per 100 words - 2 x words per sentence."""
    longest_sentence: int
    passes: bool
    remarks: list[str] = []
