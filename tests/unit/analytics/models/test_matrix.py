"""Model matrices: R's coding and names, the same matrix after a change, and every fault at once."""

import numpy as np
import pytest

from analytics.errors import ModelUnusable, ValuesUnknown
from analytics.models import matrix
from analytics.models.matrix import Categorical, Numeric, Product

X = Numeric(name="x", values=np.array([1.0, 2.0, 3.0, np.nan]))
Z = Numeric(name="z", values=np.array([5.0, 6.0, 7.0, 8.0]))
G = matrix.categorical("g", ["p", "q", "r", "q"], "pqr")
H = matrix.categorical("h", ["no", "yes", None, "yes"], ["no", "yes"])


def rows(*terms: matrix.Term) -> dict[str, list[float]]:
    built = matrix.build(terms, 4)
    return {name: built.columns[:, j].tolist() for j, name in enumerate(built.names)}


class TestCoding:
    def test_levels_are_compared_with_the_first(self) -> None:
        assert rows(G) == {"(Intercept)": [1, 1, 1, 1], "gq": [0, 1, 0, 1], "gr": [0, 0, 1, 0]}

    def test_a_row_with_anything_missing_is_incomplete_and_zero(self) -> None:
        built = matrix.build([X, H], 4)
        assert built.complete.tolist() == [True, True, False, False]
        assert not built.columns[2:].any()

    def test_the_first_variable_of_a_product_changes_fastest(self) -> None:
        """colnames(model.matrix(~ g * h)) in R."""
        whole = matrix.categorical("h", ["no", "yes", "yes", "no"], ["no", "yes"])
        built = matrix.build([G, whole, Product(of=(G, whole))], 4)
        assert built.names == ("(Intercept)", "gq", "gr", "hyes", "gq:hyes", "gr:hyes")

    def test_without_the_number_itself_every_level_has_its_slope(self) -> None:
        """colnames(model.matrix(~ g + g:z)) in R; with z in the model the first level has no column."""
        assert list(rows(G, Product(of=(G, Z)))) == ["(Intercept)", "gq", "gr", "gp:z", "gq:z", "gr:z"]
        assert list(rows(G, Z, Product(of=(G, Z)))) == ["(Intercept)", "gq", "gr", "z", "gq:z", "gr:z"]

    def test_a_product_of_three(self) -> None:
        made = rows(
            Product(of=(Z, Numeric(name="two", values=np.full(4, 2.0)), Numeric(name="n", values=np.arange(4.0))))
        )
        assert made["z:two:n"] == [0, 12, 28, 48]


class TestChanges:
    def test_a_level_changes_wherever_it_stands(self) -> None:
        built = matrix.build([G, Z, Product(of=(G, Z))], 4)
        moved = dict(zip(built.names, built.at("g", 2).T.tolist(), strict=True))
        assert moved["gq"] == [0, 0, 0, 0]
        assert moved["gr"] == [1, 1, 1, 1]
        assert moved["gr:z"] == [5, 6, 7, 8]
        assert moved["gq:z"] == [0, 0, 0, 0]

    def test_slopes_follow_the_product_rule(self) -> None:
        built = matrix.build([Z, Product(of=(Z, Z)), Product(of=(G, Z))], 4)
        along = dict(zip(built.names, built.slope("z").T.tolist(), strict=True))
        assert along["z"] == [1, 1, 1, 1]
        assert along["z:z"] == [10, 12, 14, 16]
        assert along["gq:z"] == [0, 1, 0, 1]
        assert along["(Intercept)"] == [0, 0, 0, 0]

    def test_the_matrix_itself_stays_as_it_was(self) -> None:
        built = matrix.build([G, Z], 4)
        before = built.columns.copy()
        built.at("g", 1)
        built.slope("z")
        assert np.array_equal(built.columns, before)


class TestFaults:
    def test_all_are_reported_at_once(self) -> None:
        terms = [
            Numeric(name="short", values=np.ones(3)),
            Numeric(name="endless", values=np.array([1.0, np.inf, 2.0, 3.0])),
            Categorical(name="one", codes=np.zeros(4, dtype=np.int64), levels=("only",)),
            Categorical(name="beyond", codes=np.array([0, 1, 2, 0]), levels=("a", "b")),
            Categorical(name="twice", codes=np.array([0, 1, 1, 0]), levels=("a", "a")),
            Numeric(name="z", values=np.zeros(4)),
            Z,
        ]
        with pytest.raises(ModelUnusable) as caught:
            matrix.build(terms, 4)
        assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
            ("/short", "length"),
            ("/endless", "infinite"),
            ("/one", "levels"),
            ("/beyond", "codes"),
            ("/twice", "levels"),
            ("/z", "name_taken"),
        ]
        assert "`endless` is infinite or beyond 1e+100 for 1 people" in caught.value.message

    def test_a_value_that_is_no_level_is_named(self) -> None:
        with pytest.raises(ValuesUnknown, match="z"):
            matrix.categorical("g", ["p", "z"], "pq")
