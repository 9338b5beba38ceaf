"""The words on a form that stand on no page."""

from collections.abc import Mapping

from samenspraak.types.base import Lang

TEXTS: Mapping[str, tuple[str, str]] = {
    "kicker": ("Vragenlijst op papier", "Questionnaire on paper"),
    "specimen": ("Voorbeeld, niet om in te vullen", "Specimen, not to be filled in"),
    "lead": (
        "U bent door loting uitgekozen. Dit formulier legt eerst uit wat deze AI-toepassing doet. Daarna vragen we wat "
        "u ervan vindt.",
        "You were chosen by lot. This form first explains what this AI application does. Then we ask what you think "
        "of it.",
    ),
    "time": (
        "Ongeveer {minutes} minuten. Er is geen goed of fout.",
        "About {minutes} minutes. There is no right or wrong.",
    ),
    "free": (
        "Nee. Meedoen is vrij. U kunt later uw antwoorden laten wissen. Ga daarvoor naar {address} en typ uw code.",
        "No. Taking part is voluntary. You can have your answers erased later. To do so, go to {address} and type "
        "your code.",
    ),
    "data": (
        "Twee mensen van ons team typen uw antwoorden over. Zij zien uw naam niet. De eigenaar ziet uitkomsten van "
        "groepen, nooit uw formulier. Meer hierover: {address}.",
        "Two people of our team type in your answers. They do not see your name. The owner sees results of groups, "
        "never your form. More about this: {address}.",
    ),
    "consent_title": ("Uw toestemming", "Your consent"),
    "consent": (
        "Vraag {number} vraagt of u meedoet. Uw handtekening is niet nodig. Zet daar een kruisje bij uw antwoord. "
        "Zonder kruisje gebruiken wij uw antwoorden niet.",
        "Question {number} asks whether you take part. No signature is needed. Tick your answer there. Without a tick "
        "we do not use your answers.",
    ),
    "fill_title": ("Zo vult u het formulier in", "How to fill in this form"),
    "fill_tick": ("Zet een kruisje in het vakje van uw antwoord.", "Put a cross in the box of your answer."),
    "fill_wrong": (
        "Verkeerd vakje? Maak dat vakje helemaal zwart. Zet een kruisje in het goede vakje.",
        "Wrong box? Fill that box in completely. Put a cross in the right box.",
    ),
    "fill_write": ("Schrijf met blokletters en cijfers.", "Write in capitals and figures."),
    "fill_route": (
        "Staat er “Alleen als”? Vul de vraag dan alleen in als dat voor u klopt.",
        "Does it say “Only if”? Then answer the question only if that is so for you.",
    ),
    "fill_codes": (
        "De kleine cijfers naast de vakjes zijn voor ons.",
        "The small figures beside the boxes are for us.",
    ),
    "send_title": ("Zo stuurt u het terug", "How to send it back"),
    "send": ("Doe alle bladen in een envelop en stuur die naar:", "Put all sheets in an envelope and send it to:"),
    "send_until": ("Wij willen het graag hebben vóór {day}.", "We would like to have it before {day}."),
    "no_address": (
        "(Hier komt het adres waar het formulier naartoe gaat.)",
        "(Here will stand the address to send the form to.)",
    ),
    "code_title": ("Uw code", "Your code"),
    "code": (
        "De code staat op elk blad. Zo vinden losse bladen elkaar terug.",
        "The code is on every sheet. That is how loose sheets find each other.",
    ),
    "online": (
        "Liever op internet? Ga naar {address} en typ uw code. Vul dan dit formulier niet in.",
        "Rather on the internet? Go to {address} and type your code. Then do not fill in this form.",
    ),
    "page": ("Bladzijde {n} van {total}", "Page {n} of {total}"),
    "only_if": ("Alleen als {condition}.", "Only if {condition}."),
    "only_if_all": (
        "De vragen onder deze kop alleen als {condition}.",
        "The questions under this heading only if {condition}.",
    ),
    "read_only_if": ("Alleen lezen als {condition}.", "Only read this if {condition}."),
    "go": ("Ga nu naar {place}.", "Now go to {place}."),
    "go_if": ("Ga naar {place} als {condition}.", "Go to {place} if {condition}."),
    "go_end_if": ("U bent klaar als {condition}.", "You are done if {condition}."),
    "go_end": ("U bent klaar.", "You are done."),
    "otherwise": ("Anders: {words}", "Otherwise: {words}"),
    "place_question": ("vraag {number}", "question {number}"),
    "place_text": ("de uitleg vóór vraag {number}", "the text before question {number}"),
    "ends": (
        "U koos {label}? Dan bent u klaar. Stuur het formulier toch terug.",
        "Did you choose {label}? Then you are done. Please send the form back all the same.",
    ),
    "from_chosen": (
        "Kies alleen uit wat u bij vraag {number} koos. Koos u daar niets? Sla deze vraag dan over.",
        "Choose only from what you chose at question {number}. Did you choose nothing there? Then skip this question.",
    ),
    "from_concerns": (
        "Kies alleen uit zorgen waarbij u {labels} koos (vraag {numbers}). Zijn die er niet? Sla deze vraag dan over.",
        "Choose only from concerns where you chose {labels} (question {numbers}). Are there none? Then skip this "
        "question.",
    ),
    "one": ("Eén kruisje.", "One cross."),
    "each_row": ("Eén kruisje op elke regel.", "One cross on each line."),
    "rank": (
        "Zet een 1 bij wat het belangrijkst is, daarna een 2, en zo verder. Ga tot hoogstens {top}.",
        "Write a 1 beside what is most important, then a 2, and so on. Go no further than {top}.",
    ),
    "sets": (
        "Zet in elke groep één kruisje onder + en één kruisje onder −.",
        "In each group put one cross under + and one cross under −.",
    ),
    "group": ("Groep {letter}", "Group {letter}"),
    "write": ("Namelijk:", "Namely:"),
    "or": ("Of:", "Or:"),
    "no_names": (
        "Schrijf geen namen of andere gegevens van mensen op.",
        "Do not write down names or other data of people.",
    ),
    "end_title": ("U bent klaar. Dank u wel", "You are done. Thank you"),
    "end": (
        "Kijk nog even of u geen bladzijde oversloeg. Doe dan alle bladen in een envelop en stuur die naar:",
        "Please check that you did not skip a page. Then put all sheets in an envelope and send it to:",
    ),
}


def say(key: str, lang: Lang, **slots: object) -> str:
    """One text with its slots filled."""
    nl, en = TEXTS[key]
    return (nl if lang == "nl" else en).format(**slots)
