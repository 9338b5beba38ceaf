"""The explanation in plain sentences for staff, in Dutch and English."""

from collections.abc import Iterator, Mapping, Sequence

from samenspraak.types.base import Localised

from panels.sortition.infeasible.model import (
    Change,
    Conflict,
    Element,
    Excess,
    Infeasibility,
    Relaxation,
    Shortage,
    SumGap,
    Supply,
)

Labels = Mapping[tuple[str, str], Localised]
"""Names by feature and value, and of the feature itself under the value ""; codes are shown where a name is missing."""

_MOST_CELLS = 20


def sentences(found: Infeasibility, labels: Labels | None = None) -> tuple[Localised, ...]:
    """What is wrong, which quotas clash, what could be changed, whom to look for; in this order."""
    known = labels or {}
    if found.possible:
        return (Localised(nl="Deze quota kunnen samen worden gehaald.", en="These quotas can be met together."),)
    said = [Localised(nl="Met deze mensen en deze quota is geen panel mogelijk.", en=_NO_PANEL)]
    said += _supply(found.supply, known)
    for conflict in found.conflicts:
        said += _conflict(conflict, known)
    said += _changes(found, known)
    said += _recruits(found, known)
    if found.undecided:
        said.append(_STOPPED)
    return tuple(said)


_STOPPED = Localised(
    nl="Niet alles kon worden uitgerekend: een deel van het zoeken is gestopt.",
    en="Not everything could be worked out: a part of the search was stopped.",
)
_NO_PANEL = "No panel can be made with these people and these quotas."


def element_words(element: Element, labels: Labels | None = None) -> Localised:
    """One demand as part of a sentence."""
    name = _name(element.feature, element.value, labels or {})
    limit = element.limit
    return {
        "minimum": Localised(nl=f"minstens {limit} {name.nl}", en=f"at least {limit} {name.en}"),
        "maximum": Localised(nl=f"hoogstens {limit} {name.nl}", en=f"at most {limit} {name.en}"),
        "size": Localised(
            nl=f"precies {_people(limit).nl} in het panel", en=f"exactly {_people(limit).en} on the panel"
        ),
        "households": Localised(nl="hoogstens één persoon per adres", en="at most one person per address"),
        "confirmed": Localised(nl="iedereen die al heeft toegezegd", en="everybody who has confirmed"),
    }[element.kind]


def _supply(supply: Supply, labels: Labels) -> Iterator[Localised]:
    if supply.missing:
        yield Localised(
            nl=f"Het panel telt {_people(supply.size).nl}. Er kunnen er maar {supply.available} tegelijk meedoen. "
            f"Er ontbreken er dus {supply.missing}.",
            en=f"The panel has {_people(supply.size).en}. Only {supply.available} can take part at the same time. "
            f"So {supply.missing} are missing.",
        )
    if supply.confirmed > supply.size:
        yield Localised(
            nl=f"Er hebben al {_people(supply.confirmed).nl} toegezegd. Het panel telt er {supply.size}.",
            en=f"Already {_people(supply.confirmed).en} have confirmed. The panel has {supply.size}.",
        )
    for shortage in supply.shortages:
        yield _shortage(shortage, labels)
    for excess in supply.excesses:
        yield _excess(excess, labels)
    for gap in supply.sums:
        yield _sum(gap, supply.size, labels)


def _shortage(shortage: Shortage, labels: Labels) -> Localised:
    name = _name(shortage.feature, shortage.value, labels)
    if shortage.reason == "people":
        nl, en = f"Er zijn er {shortage.available} beschikbaar", f"{shortage.available} are available"
    else:
        nl = f"Er is plaats voor {shortage.available}, want de andere plaatsen zijn al toegezegd"
        en = f"There is room for {shortage.available}, since the other places are confirmed"
    return Localised(
        nl=f"Voor {name.nl} is het minimum {shortage.minimum}. {nl}. Er ontbreken er {shortage.missing}.",
        en=f"The minimum for {name.en} is {shortage.minimum}. {en}. {shortage.missing} are missing.",
    )


def _excess(excess: Excess, labels: Labels) -> Localised:
    name = _name(excess.feature, excess.value, labels)
    return Localised(
        nl=f"Voor {name.nl} is het maximum {excess.maximum}. Er hebben er al {excess.confirmed} toegezegd.",
        en=f"The maximum for {name.en} is {excess.maximum}. Already {excess.confirmed} have confirmed.",
    )


def _sum(gap: SumGap, size: int, labels: Labels) -> Localised:
    name = _name(gap.feature, "", labels)
    if gap.side == "minima":
        return Localised(
            nl=f"De minima voor {name.nl} tellen op tot {gap.total}. Dat is {gap.gap} meer dan de {size} plaatsen.",
            en=f"The minima for {name.en} add up to {gap.total}. That is {gap.gap} more than the {size} places.",
        )
    return Localised(
        nl=f"De maxima voor {name.nl} tellen op tot {gap.total}. Dat is {gap.gap} minder dan de {size} plaatsen.",
        en=f"The maxima for {name.en} add up to {gap.total}. That is {gap.gap} fewer than the {size} places.",
    )


def _conflict(conflict: Conflict, labels: Labels) -> Iterator[Localised]:
    parts = [element_words(element, labels) for element in conflict.elements]
    if len(parts) == 1:
        yield Localised(nl=f"Dit kan niet: {parts[0].nl}.", en=f"This cannot be met: {parts[0].en}.")
    else:
        yield Localised(
            nl=f"Dit kan niet allemaal tegelijk: {_listed([one.nl for one in parts], 'en')}.",
            en=f"These cannot all be met at once: {_listed([one.en for one in parts], 'and')}.",
        )
    if not conflict.fractional:
        yield Localised(
            nl="De aantallen passen wel bij elkaar, maar niet met hele personen.",
            en="The numbers fit together, but not with whole people.",
        )
    if conflict.irreducible and len(parts) > 1:
        yield Localised(
            nl="Laat u een van deze eisen los, dan gaan de andere wel samen.",
            en="If you drop any one of these demands, the others can be met together.",
        )


def _changes(found: Infeasibility, labels: Labels) -> Iterator[Localised]:
    options = [found.smallest] if found.smallest else []
    if found.cheapest and (not found.smallest or found.cheapest.changes != found.smallest.changes):
        options.append(found.cheapest)
    if not options and not found.undecided:
        yield Localised(
            nl="Andere quota helpen hier niet: er zijn te weinig mensen, of de toezeggingen gaan niet samen.",
            en="Other quotas do not help here: there are too few people, or the confirmed people cannot go together.",
        )
    for option in options:
        yield from _option(option, labels, least_change=option is found.smallest)


def _option(option: Relaxation, labels: Labels, *, least_change: bool) -> Iterator[Localised]:
    parts = [_change(change, labels) for change in option.changes]
    nl = "De kleinste verandering" if least_change else "De verandering die kleine groepen het meest ontziet"
    en = "The smallest change" if least_change else "The change that spares small groups most"
    yield Localised(
        nl=f"{nl} ({_places(option.units).nl}): {_listed([one.nl for one in parts], 'en')}.",
        en=f"{en} ({_places(option.units).en}): {_listed([one.en for one in parts], 'and')}.",
    )
    if not option.within_flex:
        yield Localised(
            nl="Dit gaat verder dan de grenzen die u voor de quota hebt gegeven.",
            en="This goes beyond the limits that you gave for the quotas.",
        )


def _change(change: Change, labels: Labels) -> Localised:
    name = _name(change.feature, change.value, labels)
    if change.new_minimum < change.minimum:
        return Localised(
            nl=f"het minimum voor {name.nl} van {change.minimum} naar {change.new_minimum}",
            en=f"the minimum for {name.en} from {change.minimum} to {change.new_minimum}",
        )
    return Localised(
        nl=f"het maximum voor {name.nl} van {change.maximum} naar {change.new_maximum}",
        en=f"the maximum for {name.en} from {change.maximum} to {change.new_maximum}",
    )


def _recruits(found: Infeasibility, labels: Labels) -> Iterator[Localised]:
    recruits = found.recruits
    if recruits is None:
        if found.undecided:
            return
        yield Localised(
            nl="Meer vrijwilligers helpen niet zolang de quota zo blijven.",
            en="More volunteers do not help as long as the quotas stay as they are.",
        )
        return
    few = recruits.total == 1
    yield Localised(
        nl=f"Wilt u de quota houden? Dan {'is' if few else 'zijn'} er minstens "
        f"{_volunteers(recruits.total).nl} extra nodig. Zoek bijvoorbeeld:",
        en=f"Do you want to keep the quotas? Then at least {_volunteers(recruits.total).en} "
        f"{'is' if few else 'are'} needed. Look for example for:",
    )
    for cell in recruits.cells[:_MOST_CELLS]:
        names = [_name(feature, value, labels) for feature, value in cell.features.items()] or [_ANYBODY]
        yield Localised(
            nl=f"{cell.people} x {'; '.join(one.nl for one in names)}.",
            en=f"{cell.people} x {'; '.join(one.en for one in names)}.",
        )
    left = len(recruits.cells) - _MOST_CELLS
    if left > 0:
        yield Localised(nl=f"En nog {left} andere groepen.", en=f"And {left} more groups.")


def _name(feature: str, value: str, labels: Labels) -> Localised:
    known = labels.get((feature, value))
    if known is not None:
        return known
    code = f"{feature}: {value}" if value else feature
    return Localised(nl=f"‘{code}’", en=f"‘{code}’")


_ANYBODY = Localised(nl="iemand op een eigen adres", en="somebody at an address of their own")


def _people(number: int) -> Localised:
    return Localised(nl=f"{number} mensen", en=f"{number} people") if number != 1 else _ONE


_ONE = Localised(nl="1 persoon", en="1 person")


def _places(number: int) -> Localised:
    one = number == 1
    return Localised(nl=f"{number} {'plaats' if one else 'plaatsen'}", en=f"{number} {'place' if one else 'places'}")


def _volunteers(number: int) -> Localised:
    one = number == 1
    return Localised(
        nl=f"{number} {'vrijwilliger' if one else 'vrijwilligers'}",
        en=f"{number} more {'volunteer' if one else 'volunteers'}",
    )


def _listed(parts: Sequence[str], and_: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {and_} {parts[-1]}"
