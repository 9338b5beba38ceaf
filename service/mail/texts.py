"""The words of every mail: Dutch at reading level B1 with "u", and English. {app} and {org} carry their article."""

from typing import Literal

import msgspec

Kind = Literal[
    "confirmation",
    "already_member",
    "welcome",
    "invitation",
    "reminder",
    "export",
    "goodbye",
    "result",
    "refresh",
    "assembly_asked",
    "assembly_ticket",
    "assembly_drawn",
    "assembly_not_drawn",
]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in one language."""

    subject: str
    before: tuple[str, ...]
    """Paragraphs above the link."""
    link: str = ""
    """Words on the link; empty when the mail has none."""
    after: tuple[str, ...] = ()


FOOTER = {
    "nl": "U krijgt deze mail omdat u lid bent van het panel van Samenspraak. Pauzeren of stoppen? Dat kan hier:",
    "en": "You get this mail because you are a member of the Samenspraak panel. To pause or stop, go here:",
}
GREETING = {"nl": "Goedendag,", "en": "Hello,"}
CLOSING = {"nl": "Met vriendelijke groet,\nhet panel van Samenspraak", "en": "Kind regards,\nthe Samenspraak panel"}

TEXTS: dict[tuple[Kind, str], Text] = {
    ("confirmation", "nl"): Text(
        subject="Bevestig uw aanmelding",
        before=("U hebt zich aangemeld voor het panel van Samenspraak. Klopt dat? Bevestig het dan met deze link.",),
        link="Bevestig uw aanmelding",
        after=(
            "De link werkt 7 dagen.",
            "Hebt u zich niet aangemeld? Dan hoeft u niets te doen. Wij wissen uw adres dan vanzelf.",
        ),
    ),
    ("confirmation", "en"): Text(
        subject="Confirm your sign-up",
        before=("You signed up for the Samenspraak panel. Is that right? Then confirm it with this link.",),
        link="Confirm your sign-up",
        after=(
            "The link works for 7 days.",
            "Did you not sign up? Then you need not do anything. We will erase your address by ourselves.",
        ),
    ),
    ("already_member", "nl"): Text(
        subject="U bent al lid",
        before=(
            "Iemand heeft dit adres aangemeld voor het panel van Samenspraak. Misschien was u dat zelf.",
            "U bent al lid. U hoeft niets te doen. Er verandert niets.",
            "Wilt u naar uw eigen pagina? De link staat in de mails die u eerder van ons kreeg.",
        ),
    ),
    ("already_member", "en"): Text(
        subject="You are already a member",
        before=(
            "Somebody signed up this address for the Samenspraak panel. Perhaps it was you.",
            "You are already a member. You need not do anything. Nothing changes.",
            "Would you like to see your own page? The link is in the mails that you had from us before.",
        ),
    ),
    ("welcome", "nl"): Text(
        subject="Welkom bij het panel",
        before=(
            "Uw aanmelding is klaar. Fijn dat u meedoet.",
            "Soms kiezen we u door loting voor een vragenlijst. Dan krijgt u een mail van ons.",
            "Meedoen is altijd vrij.",
            "Op uw eigen pagina kunt u uw gegevens bekijken, pauzeren, stoppen of alles laten wissen.",
        ),
        link="Uw eigen pagina",
        after=("Deze link is van u alleen. Bewaar deze mail en stuur hem niet door.",),
    ),
    ("welcome", "en"): Text(
        subject="Welcome to the panel",
        before=(
            "Your sign-up is complete. We are glad that you take part.",
            "Now and then we draw you by lot for a questionnaire. Then you get a mail from us.",
            "Taking part is always free.",
            "On your own page you can see your data, pause, stop or have everything erased.",
        ),
        link="Your own page",
        after=("This link is yours alone. Keep this mail and do not forward it.",),
    ),
    ("invitation", "nl"): Text(
        subject="Wat vindt u van {app}?",
        before=(
            "{Org} wil weten wat mensen vinden van {app}. U bent door loting gekozen om mee te doen.",
            "We leggen eerst uit hoe het werkt. Daarna vragen we wat u ervan vindt. U hoeft er niets van te weten.",
            "Meedoen is vrij. U kunt tussendoor stoppen en later verdergaan.",
        ),
        link="Naar de vragenlijst",
        after=(
            "Deze link is van u alleen. Stuur deze mail niet door.",
            "{Org} ziet uitkomsten van groepen, nooit uw vragenlijst.",
        ),
    ),
    ("invitation", "en"): Text(
        subject="What do you think of {app}?",
        before=(
            "{Org} wants to know what people think of {app}. You were drawn by lot to take part.",
            "First we explain how it works. Then we ask what you think. You need not know anything about it.",
            "Taking part is free. You can stop on the way and go on later.",
        ),
        link="To the questionnaire",
        after=(
            "This link is yours alone. Please do not forward this mail.",
            "{Org} sees results of groups, never your questionnaire.",
        ),
    ),
    ("reminder", "nl"): Text(
        subject="Doet u nog mee? Uw mening over {app}",
        before=(
            "We vroegen u wat u vindt van {app}. U hebt de vragenlijst nog niet opgestuurd.",
            "Uw mening telt mee, ook als u twijfelt of er weinig van weet.",
            "Was u al begonnen? Dan gaat u daar verder.",
        ),
        link="Naar de vragenlijst",
        after=(
            "Wilt u niet meedoen? Kies dan achter de link voor niet meedoen. Dan krijgt u hier geen mail meer over.",
        ),
    ),
    ("reminder", "en"): Text(
        subject="Will you still take part? Your opinion on {app}",
        before=(
            "We asked you what you think of {app}. You have not sent in the questionnaire yet.",
            "Your opinion counts, also when you are in doubt or know little about it.",
            "Had you started? You go on from there.",
        ),
        link="To the questionnaire",
        after=(
            "Would you rather not? Then choose not to take part behind the link. You will get no more mail about this.",
        ),
    ),
    ("export", "nl"): Text(
        subject="Uw gegevens",
        before=(
            "U vroeg om een kopie van uw gegevens. Die zit als bestand bij deze mail.",
            "In het bestand staat alles wat we over u weten: uw e-mailadres, uw profiel, uw toestemming, "
            "uw uitnodigingen en de antwoorden die nog bij u horen.",
            "Hoe u bij een geheime stemming hebt gestemd, staat er niet in. Dat weten wij niet.",
        ),
    ),
    ("export", "en"): Text(
        subject="Your data",
        before=(
            "You asked for a copy of your data. You find it in the file with this mail.",
            "The file holds everything that we know about you: your e-mail address, your profile, your consent, "
            "your invitations and the answers that still belong to you.",
            "How you voted in a secret ballot is not in it. We do not know that.",
        ),
    ),
    ("goodbye", "nl"): Text(
        subject="Uw gegevens zijn gewist",
        before=(
            "U vroeg ons om alles te wissen. Dat is gedaan.",
            "Verslagen die al klaar waren, veranderen niet. Daarin staat niets over u als persoon.",
            "Dit is de laatste mail die u van ons krijgt. Bedankt dat u meedeed.",
        ),
    ),
    ("goodbye", "en"): Text(
        subject="Your data have been erased",
        before=(
            "You asked us to erase everything. That is done.",
            "Reports that were ready do not change. There is nothing in them about you as a person.",
            "This is the last mail that you get from us. Thank you for taking part.",
        ),
    ),
    ("refresh", "nl"): Text(
        subject="Kloppen uw gegevens nog?",
        before=(
            "U bent lid van het panel van Samenspraak. Het is meer dan een jaar geleden dat u uw gegevens nakeek.",
            "Wilt u kijken of ze nog kloppen? Bijvoorbeeld of u nog op dezelfde plek woont. Dat duurt één minuut.",
        ),
        link="Kijk uw gegevens na",
        after=(
            "Doet u niets? Dan blijft u lid en blijven uw gegevens staan zoals ze zijn.",
            "Deze link is van u alleen. Stuur deze mail niet door.",
        ),
    ),
    ("refresh", "en"): Text(
        subject="Are your data still right?",
        before=(
            "You are a member of the Samenspraak panel. You checked your data more than a year ago.",
            "Would you see whether they are still right? For example, whether you live in the same place. "
            "It takes one minute.",
        ),
        link="Check your data",
        after=(
            "If you do nothing, you stay a member and your data stay as they are.",
            "This link is yours alone. Please do not forward this mail.",
        ),
    ),
    ("result", "nl"): Text(
        subject="De uitkomst over {app} staat online",
        before=(
            "We vroegen u wat u vindt van {app}. Het verslag is nu voor iedereen te lezen.",
            "U leest er ook wat {org} ermee doet. Gaf {org} geen antwoord, dan staat dat erbij.",
        ),
        link="Lees het verslag",
    ),
    ("result", "en"): Text(
        subject="The result about {app} is online",
        before=(
            "We asked you what you think of {app}. Everybody can read the report now.",
            "It also says what {org} will do with it. If {org} gave no answer, it says so.",
        ),
        link="Read the report",
    ),
    ("assembly_asked", "nl"): Text(
        subject="Wilt u meeloten voor {title}?",
        before=(
            "U krijgt deze mail omdat u lid bent van ons panel. Wij zoeken mensen voor: {title}. "
            "Wie dit organiseert: {organiser}.",
            "Er zijn {size} plaatsen. Een openbare loting kiest wie er een plaats krijgt.",
            "Nu vragen we alleen of u wilt meeloten. U zit nergens aan vast. Nee zeggen mag altijd.",
        ),
        link="Lees meer en kies ja of nee",
        after=("Deze link is van u alleen. Stuur deze mail niet door.",),
    ),
    ("assembly_asked", "en"): Text(
        subject="Would you like to be in the lottery for {title}?",
        before=(
            "You get this mail because you are a member of our panel. We are looking for people for: {title}. "
            "Who organises this: {organiser}.",
            "There are {size} seats. A public lottery decides who gets one.",
            "For now we only ask whether you want to be in the lottery. It binds you to nothing.",
            "You may always say no.",
        ),
        link="Read more and choose yes or no",
        after=("This link is yours alone. Please do not forward this mail.",),
    ),
    ("assembly_ticket", "nl"): Text(
        subject="Uw lotnummer voor {title}",
        before=(
            "U doet mee aan de loting voor: {title}. Uw lotnummer is {ticket}.",
            "Er zijn {panels} groepen van {size} mensen gemaakt. Ze staan nu openbaar op onze site. "
            "Niemand kan ze nog veranderen.",
            "Een openbaar getal kiest straks één van die groepen. Niemand kent dat getal nu al. Het gaat om: {source}.",
        ),
        link="Bekijk in hoeveel groepen u zit",
    ),
    ("assembly_ticket", "en"): Text(
        subject="Your ticket for {title}",
        before=(
            "You are in the lottery for: {title}. Your ticket is {ticket}.",
            "There are {panels} groups of {size} people. They can now be seen by everybody on our site. "
            "Nobody can change them any more.",
            "A public number will choose one of these groups. Nobody knows that number yet. It is: {source}.",
        ),
        link="See how many groups hold you",
    ),
    ("assembly_drawn", "nl"): Text(
        subject="U bent geloot voor {title}",
        before=(
            "De loting is geweest. U hebt een plaats geloot voor: {title}.",
            "Laat u ons weten of u de plaats neemt? Nee zeggen mag ook. Dan loten we opnieuw voor die plaats.",
        ),
        link="Neem de plaats of geef die terug",
        after=("Deze link is van u alleen. Stuur deze mail niet door.",),
    ),
    ("assembly_drawn", "en"): Text(
        subject="You were drawn for {title}",
        before=(
            "The lottery has been drawn. You have drawn a seat for: {title}.",
            "Will you let us know whether you take it? You may also say no. Then we draw again for that seat.",
        ),
        link="Take the seat or give it back",
        after=("This link is yours alone. Please do not forward this mail.",),
    ),
    ("assembly_not_drawn", "nl"): Text(
        subject="U bent niet geloot voor {title}",
        before=(
            "De loting is geweest. U hebt deze keer geen plaats geloot voor: {title}.",
            "Bedankt dat u mee wilde doen. Geeft iemand een plaats terug? Dan loten we opnieuw, en doet u weer mee.",
        ),
        link="Kijk hoe de loting ging",
    ),
    ("assembly_not_drawn", "en"): Text(
        subject="You were not drawn for {title}",
        before=(
            "The lottery has been drawn. This time you have not drawn a seat for: {title}.",
            "Thank you for wanting to take part. Does somebody give a seat back? Then we draw again, "
            "and you are in it.",
        ),
        link="See how the lottery went",
    ),
}
