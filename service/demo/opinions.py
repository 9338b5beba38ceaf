"""How simulated people answer the items of the battery, and the ten key figures that are followed."""

from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray

_FIVE = (-1.2, -0.4, 0.35, 1.1)
"""Places on the latent scale where one answer of five passes into the next."""
_ELEVEN = (-1.9, -1.5, -1.1, -0.75, -0.45, 0.0, 0.4, 0.85, 1.3, 1.8)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """How one item follows the latent favour (or digital skill) of a person."""

    kind: Literal["opinion", "concern", "trust", "vote", "background", "quality", "knowledge"] = "opinion"
    loading: float
    """Part of the latent driver in the answer; negative for worries."""
    shift: float = 0.0
    """Moves everybody up or down the scale."""
    cuts: tuple[float, ...] = _FIVE
    codes: tuple[int, ...] = (1, 2, 3, 4, 5)
    unsure: float = 0.0
    """Share that answers `unsure_code`, at random."""
    unsure_code: int = 98
    """Don't know; in the vote: blank."""
    driver: Literal["favour", "skill"] = "favour"


def _opinion(loading: float = 0.7, shift: float = 0.0) -> Item:
    return Item(loading=loading, shift=shift, unsure=0.04)


def _concern(shift: float = 0.0, loading: float = -0.6) -> Item:
    return Item(kind="concern", loading=loading, shift=shift, unsure=0.03)


def _trust(shift: float = 0.0) -> Item:
    codes = tuple(range(11))
    return Item(kind="trust", loading=0.75, shift=shift, cuts=_ELEVEN, codes=codes, unsure=0.03)


def _choice(loading: float, cuts: tuple[float, ...], codes: tuple[int, ...], unsure: float = 0.0) -> Item:
    return Item(kind="background", loading=loading, cuts=cuts, codes=codes, unsure=unsure)


ITEMS: dict[str, Item] = {
    "CO_PART": Item(kind="quality", loading=0.0, cuts=(), codes=(1,)),
    "CO_SPEC": Item(kind="quality", loading=0.0, cuts=(0.8,), codes=(1, 2)),
    "GK_KNOW": Item(kind="background", loading=0.6, cuts=(-1.3, 0.2, 1.4), codes=(1, 2, 3, 4), driver="skill"),
    "GK_USE": Item(kind="background", loading=0.7, cuts=(-0.6, 0.0, 0.5, 1.2), unsure=0.01, driver="skill"),
    "GA_1": _opinion(0.6, 0.1),
    "GA_2": _opinion(0.6, -0.1),
    "GA_3": _opinion(0.6, 0.2),
    "GA_4": _opinion(-0.5, 0.2),
    "GT_GOV": _trust(),
    "GT_TECH": _trust(-0.5),
    "CC_GOAL": Item(kind="knowledge", loading=0.0),
    "CC_HUM": Item(kind="knowledge", loading=0.0),
    "CC_DATA": Item(kind="knowledge", loading=0.0),
    "CC_CLEAR": Item(kind="background", loading=0.5, shift=0.5, driver="skill"),
    "PV_SELF": _opinion(0.7, -0.2),
    "PV_LIKE": _opinion(0.7, -0.1),
    "PV_SOC": _opinion(0.75, 0.1),
    "PV_BAL": _opinion(0.8),
    "PV_WHO": _choice(0.0, (-0.8, 0.2, 0.7, 1.3), (1, 2, 3, 4, 5), 0.08),
    "CN_PRIV": _concern(0.35),
    "CN_DISC": _concern(0.1),
    "CN_ERR": _concern(0.3),
    "CN_TRAN": _concern(0.2),
    "CN_HUM": _concern(0.4),
    "CN_OVER": _concern(0.1),
    "CN_RED": _concern(0.2),
    "CN_AUT": _concern(-0.1),
    "CN_SAFE": _concern(-0.2),
    "CN_SEC": _concern(0.3),
    "CN_MIS": _concern(0.2),
    "CN_CONT": _concern(0.0),
    "CN_JOB": _concern(-0.1),
    "CN_POW": _concern(0.1),
    "CN_DEP": _concern(-0.2),
    "CN_INC": _concern(0.15),
    "CN_MANI": _concern(-0.1),
    "CN_ENV": _concern(-0.5),
    "TR_APP": _trust(0.1),
    "TR_COMP": _opinion(0.7, 0.15),
    "TR_ORG": _opinion(0.6),
    "TR_CTRL": _opinion(0.6, -0.2),
    "FA_OUT": _opinion(0.5, -0.1),
    "FA_PROC": _opinion(0.5),
    "FA_REV": _opinion(-0.5, 0.1),
    "LU_INT": _opinion(0.75, 0.0),
    "LU_SUBJ": _opinion(0.75, -0.1),
    "LU_ALT": _choice(-0.6, (-1.2, 0.1, 1.0), (1, 2, 3, 4), 0.04),
    "LU_PE": _opinion(0.7),
    "LU_EE": _opinion(0.4, 0.2),
    "LU_SI": _opinion(0.6, -0.1),
    "LU_FC": Item(loading=0.6, unsure=0.03, driver="skill"),
    "LU_AVOID": _opinion(-0.7, -0.1),
    "AC_ALL": _opinion(0.8, 0.1),
    "AC_ADV": _opinion(0.7, 0.4),
    "AC_CHK": _opinion(0.7, -0.1),
    "AC_AUTO": _opinion(0.6, -0.8),
    "AC_COMM": _opinion(0.6, -0.6),
    "AC_SENS": _opinion(0.6, -0.4),
    "AC_VULN": _opinion(0.6, -0.2),
    "VT_MAIN": Item(kind="vote", loading=-0.8, cuts=(-0.5, 0.25), codes=(1, 2, 3), unsure=0.05, unsure_code=4),
    "VT_SURE": _choice(0.0, (-1.4, -0.3, 1.0), (1, 2, 3, 4)),
    "AT_1": Item(kind="quality", loading=0.0, cuts=(), codes=(2,)),
    "QL_SER": Item(kind="quality", loading=0.0, cuts=(1.2, 2.2), codes=(1, 2, 3)),
    "QL_BURD": Item(kind="quality", loading=0.0, cuts=(-0.8, 1.0), codes=(1, 2, 3)),
    "QL_HELP": Item(kind="quality", loading=0.0, cuts=(1.5, 1.9, 2.3), codes=(1, 2, 3, 4)),
    "DM_DIGI": Item(kind="background", loading=0.85, shift=0.5, unsure=0.01, driver="skill"),
    "DM_TOUCH": Item(kind="background", loading=0.0, unsure=0.02, cuts=(1.0,), codes=(2, 1)),
}
"""Item key -> behaviour; keys and codes as in the battery."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One key figure: a mean, or the share of some codes among valid answers."""

    key: str
    item: str
    label: str
    hits: tuple[int, ...] = ()
    """Codes that count; empty for a mean."""

    @property
    def is_share(self) -> bool:
        return bool(self.hits)

    def score(self, answers: IntArray) -> FloatArray:
        """1 and 0 (or the answer itself for a mean) per person, NaN where the answer is not valid."""
        scored = np.isin(answers, self.hits) if self.hits else answers
        return np.where(answers >= 97, np.nan, scored.astype(np.float64))


def _share(item: str, label: str, *hits: int) -> Figure:
    return Figure(key=item, item=item, label=label, hits=hits)


FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        _share("PV_SELF", "much value for oneself", 4, 5),
        _share("PV_SOC", "much value for the country", 4, 5),
        Figure(key="PV_BAL", item="PV_BAL", label="benefits against drawbacks, mean 1-5"),
        _share("CN_PRIV", "worried about privacy", 4, 5),
        _share("CN_DISC", "worried about unequal treatment", 4, 5),
        _share("CN_ERR", "worried about errors", 4, 5),
        Figure(key="TR_APP", item="TR_APP", label="trust, mean 0-10"),
        _share("LU_SUBJ", "accepts it as a subject", 4, 5),
        _share("LU_INT", "would use it", 4, 5),
        _share("AC_ALL", "finds it acceptable", 4, 5),
        _share("VT_MAIN", "votes for, conditions included", 1, 2),
    )
}
"""The key figures by item. An audit asks `LU_SUBJ` or `LU_INT`, by the citizen's role; `key_figures` picks."""


def key_figures(citizen_role: Literal["user", "subject"] = "subject") -> tuple[Figure, ...]:
    """The ten figures of an audit."""
    dropped = "LU_INT" if citizen_role == "subject" else "LU_SUBJ"
    return tuple(figure for key, figure in FIGURES.items() if key != dropped)
