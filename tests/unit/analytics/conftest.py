"""Ready things for the statistics tests: the margins that ship with the service, and a skewed sample."""

from datetime import UTC, datetime
from importlib import resources

import numpy as np
import pytest
from samenspraak.types.margins import MarginSet

from analytics.weights.frame import Margin, margins_of
from panels.margins.sets import parse


@pytest.fixture(scope="session")
def margin_set() -> MarginSet:
    text = (resources.files("panels") / "data" / "nl_weighting_default.csv").read_text(encoding="utf-8")
    return parse(text, name="default", now=datetime(2026, 1, 1, tzinfo=UTC), id="default")


@pytest.fixture(scope="session")
def margins(margin_set: MarginSet) -> tuple[Margin, ...]:
    return margins_of(margin_set, ("sex_age", "province", "education"))


@pytest.fixture(scope="session")
def profiles(margins: tuple[Margin, ...]) -> list[dict[str, str | None]]:
    """1,000 people with too many graduates, as a panel has."""
    rng = np.random.default_rng(7)
    ages = rng.choice(margins[0].levels, p=margins[0].shares, size=1000)
    provinces = rng.choice(margins[1].levels, p=margins[1].shares, size=1000)
    schooling = rng.choice(["1", "2", "3"], p=[0.12, 0.28, 0.60], size=1000)
    return [
        person(str(age), str(province), str(school))
        for age, province, school in zip(ages, provinces, schooling, strict=True)
    ]


def person(sex_age: str, province: str, school: str) -> dict[str, str | None]:
    sex, _, age = sex_age.partition("_")
    education = "Y" if age == "18-24" else school
    return {"sex": sex, "age7": age, "sex_age": sex_age, "province": province, "education": education}
