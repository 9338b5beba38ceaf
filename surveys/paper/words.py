"""The words of conditions on a form; slots are filled with numbers, labels and other parts."""

from collections.abc import Mapping

from samenspraak.types.base import Lang

WORDS: Mapping[str, Mapping[Lang, str]] = {
    "question": {
        "nl": "vraag {number}",
        "en": "question {number}",
    },
    "chose": {
        "nl": "u bij {question} {labels} koos",
        "en": "you chose {labels} at {question}",
    },
    "chose_not": {
        "nl": "u bij {question} iets anders koos dan {labels}",
        "en": "you chose something other than {labels} at {question}",
    },
    "ticked": {
        "nl": "u bij {question} {labels} aankruiste",
        "en": "you ticked {labels} at {question}",
    },
    "ticked_not": {
        "nl": "u bij {question} {labels} niet aankruiste",
        "en": "you did not tick {labels} at {question}",
    },
    "ranked": {
        "nl": "u bij {question} {labels} een plaats gaf",
        "en": "you gave {labels} a place at {question}",
    },
    "ranked_not": {
        "nl": "u bij {question} {labels} geen plaats gaf",
        "en": "you gave {labels} no place at {question}",
    },
    "filled": {
        "nl": "u {question} invulde",
        "en": "you answered {question}",
    },
    "filled_not": {
        "nl": "u {question} leeg liet",
        "en": "you left {question} open",
    },
    "eq": {
        "nl": "u bij {question} {number} invulde",
        "en": "you filled in {number} at {question}",
    },
    "ne": {
        "nl": "u bij {question} iets anders invulde dan {number}",
        "en": "you filled in something other than {number} at {question}",
    },
    "lt": {
        "nl": "u bij {question} minder dan {number} invulde",
        "en": "you filled in less than {number} at {question}",
    },
    "le": {
        "nl": "u bij {question} {number} of minder invulde",
        "en": "you filled in {number} or less at {question}",
    },
    "gt": {
        "nl": "u bij {question} meer dan {number} invulde",
        "en": "you filled in more than {number} at {question}",
    },
    "ge": {
        "nl": "u bij {question} {number} of meer invulde",
        "en": "you filled in {number} or more at {question}",
    },
    "or_ticked": {
        "nl": "{told}, of daar {labels} aankruiste",
        "en": "{told}, or ticked {labels} there",
    },
    "many_eq": {
        "nl": "u bij {question} precies {number} vakjes aankruiste",
        "en": "you ticked exactly {number} boxes at {question}",
    },
    "many_ne": {
        "nl": "u bij {question} niet precies {number} vakjes aankruiste",
        "en": "you did not tick exactly {number} boxes at {question}",
    },
    "many_lt": {
        "nl": "u bij {question} minder dan {number} vakjes aankruiste",
        "en": "you ticked fewer than {number} boxes at {question}",
    },
    "many_le": {
        "nl": "u bij {question} hoogstens {number} vakjes aankruiste",
        "en": "you ticked at most {number} boxes at {question}",
    },
    "many_gt": {
        "nl": "u bij {question} meer dan {number} vakjes aankruiste",
        "en": "you ticked more than {number} boxes at {question}",
    },
    "many_ge": {
        "nl": "u bij {question} ten minste {number} vakjes aankruiste",
        "en": "you ticked at least {number} boxes at {question}",
    },
    "of_eq": {
        "nl": "precies {number} van deze dingen kloppen: {parts}",
        "en": "exactly {number} of these are true: {parts}",
    },
    "of_ne": {
        "nl": "niet precies {number} van deze dingen kloppen: {parts}",
        "en": "not exactly {number} of these are true: {parts}",
    },
    "of_lt": {
        "nl": "minder dan {number} van deze dingen kloppen: {parts}",
        "en": "fewer than {number} of these are true: {parts}",
    },
    "of_le": {
        "nl": "hoogstens {number} van deze dingen kloppen: {parts}",
        "en": "at most {number} of these are true: {parts}",
    },
    "of_gt": {
        "nl": "meer dan {number} van deze dingen kloppen: {parts}",
        "en": "more than {number} of these are true: {parts}",
    },
    "of_ge": {
        "nl": "ten minste {number} van deze dingen kloppen: {parts}",
        "en": "at least {number} of these are true: {parts}",
    },
    "terms_eq": {
        "nl": "{left} gelijk is aan {right}",
        "en": "{left} equals {right}",
    },
    "terms_ne": {
        "nl": "{left} niet gelijk is aan {right}",
        "en": "{left} differs from {right}",
    },
    "terms_lt": {
        "nl": "{left} lager is dan {right}",
        "en": "{left} is lower than {right}",
    },
    "terms_le": {
        "nl": "{left} niet hoger is dan {right}",
        "en": "{left} is not higher than {right}",
    },
    "terms_gt": {
        "nl": "{left} hoger is dan {right}",
        "en": "{left} is higher than {right}",
    },
    "terms_ge": {
        "nl": "{left} niet lager is dan {right}",
        "en": "{left} is not lower than {right}",
    },
    "answer": {
        "nl": "het getal van uw antwoord bij {question}",
        "en": "the number of your answer at {question}",
    },
    "many": {
        "nl": "het aantal vakjes dat u aankruiste bij {question}",
        "en": "the number of boxes you ticked at {question}",
    },
    "profile": {
        "nl": "voor u geldt: {condition}",
        "en": "this applies to you: {condition}",
    },
    "and": {
        "nl": "en",
        "en": "and",
    },
    "or": {
        "nl": "of",
        "en": "or",
    },
    "agree": {
        "nl": "Mee eens",
        "en": "Agree",
    },
    "disagree": {
        "nl": "Niet mee eens",
        "en": "Disagree",
    },
    "pass": {
        "nl": "Ik sla deze over",
        "en": "I pass on this one",
    },
    "your_answer": {
        "nl": "uw antwoord bij vraag {number}",
        "en": "your answer at question {number}",
    },
}
