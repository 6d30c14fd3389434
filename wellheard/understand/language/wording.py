"""The words that the rules look for. Patterns are case-insensitive and stand at word bounds."""

from __future__ import annotations

from typing import NamedTuple


class Phrase(NamedTuple):
    """`instead` is what one could write; "" where nothing fits in its place. `ways` gives an ending for each ending."""

    pattern: str
    instead: str
    why: str


# What "user" and "customer" may stand beside without meaning a person we speak to: left alone.
USER_THINGS = (
    "interface interfaces experience story stories name names id ids account accounts agent agents guide guides manual manuals group groups data "
    "testing test tests research interview interviews friendly defined profile profiles role roles permission permissions management "
    "journey journeys flow flows base space mode input inputs settings setting menu list table count session sessions token license"
).split()
CUSTOMER_THINGS = (
    "support service services success care id ids number numbers list data relationship portal team journey experience record records table base "
    "feedback research interview interviews satisfaction lifetime field fields account accounts name names"
).split()
BEFORE_USER = (
    "power super multi per end-to-end active daily weekly monthly root admin database system single guest".split()
)

# A sentence with these speaks of those who pay …
PAYS = (
    r"pay(?:s|ing|ment|ments)?|paid|pric(?:e|es|ed|ing)|invoices?|invoiced|billing|billed|contracts?|renew(?:s|ed|al|als|ing)?|subscri(?:be|bes|bed|ption|ptions)|"
    r"discounts?|refund(?:s|ed)?|purchas(?:e|es|ed|ing)|bought|buy(?:s|ing)?|upgrade to (?:a|the|our) \w+ plan|procurement|budgets?|churn(?:s|ed)?|revenue|"
    r"cancel(?:s|led|ed)? (?:the|their|his|her) (?:contract|subscription|plan)|quote|vat|per seat|deals?"
)
# … and one with these of those who use it.
USES = (
    r"click(?:s|ed|ing)?|tap(?:s|ped|ping)?|typ(?:e|es|ed|ing)|press(?:es|ed|ing)?|scroll(?:s|ed|ing)?|drag(?:s|ged|ging)?|swip(?:e|es|ed|ing)|"
    r"log(?:s|ged|ging)? in|sign(?:s|ed|ing)? in|keyboard|screens?|buttons?|cursor|dropdown|menus?|opens? the (?:page|app|menu|list|dialog)|"
    r"shortcuts?|tooltips?|tabs?|uploads?|download(?:s|ed)? the|search(?:es|ed)? for|fills? in|enters? (?:a|an|the|their)|on the page|in the app"
)

BLAME: dict[str, tuple[Phrase, ...]] = {
    "en": (
        Phrase(r"you failed to", "it did not let you", "It says that they failed. Say what happened, or what helps now."),
        Phrase(r"you (?:did not|didn['’]t|neglected to|forgot to|omitted to) (?:\w+ly )?(?:enter|fill|provide|read|follow|check|confirm|update|save|pay|renew|choose|select|specify|complete|configure|install|enable)", "", "It tells them what they did wrong. Say what is needed and how to do it."),
        Phrase(r"(?:you|users?|customers?|clients?|people|they) should(?: have|['’]ve) (?:\w+ly )?\w+(?:ed|en|wn|ad|ught|nt|d)", "", "In hindsight everybody should have. Say what one can do now."),
        Phrase(r"(?:you|users?|customers?) must have (?:made|entered|chosen|deleted|changed|clicked|forgotten|missed)", "", "It guesses that it was them. Say what we see and what to try."),
        Phrase(r"user errors?|operator errors?|pebkac|layer 8 problem", "confusing step", "What many get wrong is unclear, not their error."),
        Phrase(r"(?:this|that|it) (?:is|was|['’]s) (?:entirely |only |all )?(?:your|the user['’]s|the customer['’]s|their) (?:own )?(?:fault|mistake|error)", "", "Whose fault it was helps nobody. Say what happens next."),
        Phrase(r"(?:your|the user['’]s|the customer['’]s) (?:own )?(?:fault|mistake|negligence)", "", "Whose fault it was helps nobody. Say what happens next."),
        Phrase(r"(?:illegal|invalid) (?:input|value|entry|password|e-?mail(?: address)?|date|number)", "", "Nobody did anything illegal. Say what fits here, with an example."),
        Phrase(r"you (?:have )?misunderstood|you (?:have )?misread|you are wrong|you['’]re wrong", "we were unclear", "If it was misunderstood, it was unclear."),
        Phrase(r"as (?:we|i)(?: have|['’]ve)? (?:already |clearly |previously |repeatedly )+(?:told you|said|stated|explained|mentioned|informed you)", "", "It reproaches them for not having listened. Say it once more, plainly."),
        Phrase(r"(?:improper|incorrect|wrong) (?:use|usage|handling) by (?:the )?(?:user|customer|client)s?", "", "It blames whoever used it. Say what happens and how to avoid it."),
        Phrase(r"(?:simply|obviously|of course),? (?:click|press|type|enter|open|choose|select|go to|follow|read)|(?:click|press|type|enter|open|choose|select) simply", "", "What is simple to us need not be so to them: leave “simply” out."),
    ),
    "de": (
        Phrase(r"Sie haben (?:es )?(?:versäumt|vergessen|unterlassen)", "", "Das sagt, dass sie versagt haben. Sagen Sie, was jetzt hilft."),
        Phrase(r"Sie hätten (?:\w+ ){0,6}(?:müssen|sollen|können)", "", "Hinterher ist man klüger. Sagen Sie, was man jetzt tun kann."),
        Phrase(r"(?:Benutzer|Anwender|Bedien|Bedienungs|Nutzer)fehler", "unklarer Schritt", "Was vielen misslingt, ist unklar und nicht ihr Fehler."),
        Phrase(r"(?:Ihr eigener Fehler|Ihre eigene Schuld|selbst (?:schuld|verschuldet)|Ihr Verschulden)", "", "Wessen Schuld es war, hilft niemandem. Sagen Sie, wie es weitergeht."),
        Phrase(r"(?:falsch|unsachgemäß) (?:bedient|benutzt|verwendet)|Fehlbedienung|unsachgemäße (?:Nutzung|Bedienung|Verwendung)", "", "Das gibt den Menschen die Schuld, die es benutzen."),
        Phrase(r"wie (?:wir|ich) (?:Ihnen )?(?:bereits|schon|mehrfach)(?: \w+){0,2} (?:mitgeteilt|gesagt|erklärt|geschrieben|erwähnt)", "", "Das wirft ihnen vor, nicht zugehört zu haben. Sagen Sie es noch einmal, schlicht."),
    ),
    "fr": (
        Phrase(r"vous avez (?:omis|oublié|négligé) (?:de|d['’])", "", "Cela dit qu'ils ont failli. Dites ce qui aide maintenant."),
        Phrase(r"vous auriez dû", "", "Après coup, chacun aurait dû. Dites ce que l'on peut faire maintenant."),
        Phrase(r"erreurs? (?:de l['’]|d['’])utilisat(?:eur|rice)s?|erreurs? de manipulation", "étape peu claire", "Ce que beaucoup manquent n'est pas clair : ce n'est pas leur erreur."),
        Phrase(r"(?:c['’]est )?(?:de )?votre (?:propre )?faute|votre erreur", "", "Savoir à qui la faute n'aide personne. Dites la suite."),
        Phrase(r"mauvaise (?:utilisation|manipulation)", "", "Cela accuse ceux qui s'en servent."),
        Phrase(r"comme (?:nous|je) (?:vous )?l['’](?:avons|ai) déjà (?:dit|expliqué|indiqué|écrit)", "", "Cela leur reproche de ne pas avoir écouté. Redites-le simplement."),
    ),
    "es": (
        Phrase(r"(?:usted )?(?:olvidó|omitió|ha olvidado|ha omitido)", "", "Dice que fallaron. Diga qué ayuda ahora."),
        Phrase(r"(?:usted )?(?:debería|tendría que) haber", "", "A posteriori todos deberían. Diga qué se puede hacer ahora."),
        Phrase(r"error(?:es)? del? usuarios?", "paso poco claro", "Lo que muchos hacen mal es poco claro, no un error suyo."),
        Phrase(r"(?:es )?(?:su (?:propia )?culpa|culpa suya|error suyo)", "", "De quién fue la culpa no ayuda a nadie. Diga qué sigue."),
        Phrase(r"uso (?:incorrecto|indebido|inadecuado)", "", "Culpa a quienes lo usan."),
        Phrase(r"como ya (?:le )?(?:dijimos|hemos dicho|explicamos|indicamos|hemos indicado)", "", "Les reprocha no haber escuchado. Dígalo otra vez, sin más."),
    ),
}  # fmt: skip

COLD: tuple[Phrase, ...] = (
    Phrase(r"(?:the|our|all|many|most|some|these|those|several|\d[\d,.]*) (?:end[ -])?users(?! of (?:the )?(?:api|library|sdk))", "people", "“The users” are people; say “people”, who they are, or “you”."),
    Phrase(r"end[ -]users?", "people who use it", "Nobody calls themselves an end user."),
    Phrase(r"(?:your|their|his|her|this person['’]s|the customer['’]s) (?:support )?tickets?", "message", "To them it is something they wrote, not a ticket."),
    Phrase(r"tickets? (?:that )?(?:complain|complained|asked|ask|wanted|want|say|said|told)", "people", "Tickets do not speak; people do."),
    Phrase(r"(?:developer|engineering|design|support|development|human|more|additional|enough|external|internal|our|two|three|allocate|assign|free up|add)(?: (?:engineering|developer|development|design))? resources?(?= (?:working|work|is|are|will|to work|who|left|have|has|can)\b)", "people", "People are not resources."),
    Phrase(r"resources (?:who|are working|will work|have left|left the)", "people", "People are not resources."),
    Phrase(r"seats (?:that |who |which )?(?:complain|complained|asked|ask|churned|have left|said|say|told|are (?:unhappy|happy|angry))", "people", "A seat is what is paid for; people sit on it."),
    Phrase(r"(?:churned|dormant|inactive|lost) (?:seats|heads)|eyeballs|warm bodies|headcounts?", "people", "It counts people like things."),
    Phrase(r"(?:difficult|problem|annoying|needy|low-value|stupid|clueless|dumb|lazy) (?:users?|customers?|clients?|people)", "people", "It passes judgement on people. Say what is hard for them."),
)  # fmt: skip

JARGON: dict[str, tuple[Phrase, ...]] = {
    "en": (
        Phrase(r"leverag(?:e|es|ed|ing)", "use", "Plain: use."),
        Phrase(r"utili[sz](?:e|es|ed|ing|ation)", "use", "Plain: use."),
        Phrase(r"synerg(?:y|ies|istic|i[sz]e)", "", "Say who does what together."),
        Phrase(r"best[- ]in[- ]class|best[- ]of[- ]breed|world[- ]class|cutting[- ]edge|bleeding[- ]edge|state[- ]of[- ]the[- ]art|next[- ]gen(?:eration)?|industry[- ]leading|turnkey|mission[- ]critical", "", "It praises instead of saying what is better. Say what one can do now."),
        Phrase(r"game[- ]chang(?:er|ers|ing)|paradigm shifts?|disruptive|revolutionary", "", "Let those who use it say so."),
        Phrase(r"seamless(?:ly)?|frictionless(?:ly)?", "", "Say what no longer has to be done."),
        Phrase(r"actionable(?: insights?)?", "useful", "Plain: useful; or say what to do."),
        Phrase(r"low[- ]hanging fruits?", "easy first steps", "Plain: what is easy."),
        Phrase(r"circle back", "come back", "Plain: come back to you."),
        Phrase(r"touch base", "talk", "Plain: talk."),
        Phrase(r"reach out to", "write to", "Plain: write to, call, ask."),
        Phrase(r"move the needle", "make a difference", "Say what changed and by how much."),
        Phrase(r"deep dives?", "closer look", "Plain: a closer look."),
        Phrase(r"going forward|moving forward", "from now on", "Plain: from now on."),
        Phrase(r"at the end of the day", "", "Leave it out."),
        Phrase(r"(?:key )?learnings", "what we learnt", "Plain: what we learnt."),
        Phrase(r"value[- ]adds?|value propositions?", "what it is good for", "Say what it is good for."),
        Phrase(r"holistic(?:ally)?", "whole", "Plain: whole."),
        Phrase(r"operationali[sz](?:e|es|ed|ing)|ideat(?:e|es|ed|ing)|incentivi[sz](?:e|es|ed|ing)|solution(?:ed|ing|ize)", "", "A plain verb says it better."),
        Phrase(r"(?:have|has|had|no|enough|more|the) bandwidth(?= to\b| for (?:this|that|it)\b)", "time", "People have time, lines have bandwidth."),
        Phrase(r"thought leader(?:s|ship)?|ecosystem play|north star metrics?|win-win", "", "Say it in everyday words."),
    ),
    "de": (
        Phrase(r"Synergie(?:n|effekte?n?)?", "", "Sagen Sie, wer was gemeinsam tut."),
        Phrase(r"zeitnah", "bald", "Schlichter: bald, oder ein Tag."),
        Phrase(r"proaktiv\w*|ganzheitlich\w*|performant\w*|zukunftsfähig\w*", "", "Ein schlichtes Wort sagt es besser."),
        Phrase(r"Mehrwerte?", "Nutzen", "Sagen Sie, wozu es gut ist."),
        Phrase(r"(?:ge)?leverag\w+|committe[nt]\w*|Low[- ]Hanging[- ]Fruits?|State[- ]of[- ]the[- ]Art|Best[- ]in[- ]Class|Game[- ]?Changer", "", "Sagen Sie es auf Deutsch."),
        Phrase(r"(?:der|die|den|unsere[nr]?|alle) End(?:be)?nutzer\w*|Enduser", "Menschen", "Niemand nennt sich selbst Endnutzer."),
    ),
    "fr": (
        Phrase(r"synergies?", "", "Dites qui fait quoi ensemble."),
        Phrase(r"impacter|solutionner|initier", "", "Un verbe simple le dit mieux."),
        Phrase(r"proacti(?:f|fs|ve|ves|vement)|disrupti(?:f|fs|ve|ves)|best[- ]in[- ]class|game[- ]changer", "", "Dites-le avec des mots de tous les jours."),
        Phrase(r"(?:à forte )?valeur ajoutée", "utilité", "Dites à quoi cela sert."),
        Phrase(r"(?:les |des |nos )utilisateurs finaux", "gens", "Personne ne se dit utilisateur final."),
    ),
    "es": (
        Phrase(r"sinergias?", "", "Diga quién hace qué en común."),
        Phrase(r"proactiv[oa]s?|disruptiv[oa]s?|de clase mundial|apalancar|game[- ]changer", "", "Dígalo con palabras de todos los días."),
        Phrase(r"valor agregado|valor añadido", "utilidad", "Diga para qué sirve."),
        Phrase(r"(?:los |nuestros )?usuarios finales", "personas", "Nadie se llama a sí mismo usuario final."),
    ),
}  # fmt: skip

# Words so common that a few of them tell the language of a text.
COMMON = {
    "de": "der die das und ist nicht sie wir ein eine mit für auf von den dem des zu im haben hätten wird werden".split(),
    "fr": "le la les des une un et est pas nous vous dans pour sur avec que qui avez auriez cette ce".split(),
    "es": "el la los las una un y es no para con por que su usted del en se lo como debería".split(),
    "en": "the and is not you we a an of to in for with on that this it are was your our have".split(),
}
