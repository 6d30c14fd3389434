"""Turns of phrase that tell what somebody wants and how they feel, in English and the basics of three more languages.

Patterns are held against text in lower case without accents. A weight is what one such turn adds to the logit of its
kind; a turn counts once however often it stands there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

KINDS = ("bug", "request", "praise", "question")
FEELINGS = ("negative", "neutral", "positive")


class Cue(NamedTuple):
    kind: str
    weight: float
    pattern: re.Pattern[str]


def _cue(kind: str, weight: float, *turns: str) -> Cue:
    return Cue(kind, weight, re.compile("|".join(turns)))


CUES: tuple[Cue, ...] = (
    # bug: it broke, it stopped, it shows what it should not
    _cue("bug", 2.2, r"\b(crash\w*|freez\w+|frozen|froze|hangs|glitch\w*|buggy|bugs?|broken|corrupt\w*|blank (page|screen))\b"),
    _cue("bug", 2.0, r"\berrors?\b", r"\bexception\b", r"\bstack ?trace\b", r"\b(404|500|502|503)\b"),
    _cue("bug", 2.2, r"\b(does|do|did|is|was|will|would|can|could|has|have|are)(n[o']?t| not)\s+(\w+ )?(work|load|open|save|sync|start|show|update|updat|download|respond|connect|log|sign|install|play|send|print|appear|reach|upload|export)\w*"),
    _cue("bug", 1.6, r"\b(stopped|stops|quit) working\b", r"\bno longer works?\b", r"\bfail(s|ed|ing|ure)?\b", r"\bkeeps? (on )?\w+ing\b", r"\b(force|keeps?) clos\w+", r"\bwon'?t\b", r"\bunable to\b", r"\bnot able to\b"),
    _cue("bug", 1.2, r"\b(since|after) (the|this|your|an?|last|latest|my) ?(last|latest|new|recent)? ?(update|upgrade|release|version)\b", r"\b(disappear\w*|vanish\w*|missing|lost (my|all|our)|stuck|duplicat\w+|twice|wrong|incorrect|timed? ?out|times out)\b", r"\bnot (getting|being) \w+ed\b"),
    _cue("bug", 0.9, r"\b(trouble|problems?|issues?) (with|logging|loading|opening|signing|pulling|getting|when)\b", r"\b(fix|fixed)\b", r"\b(could|can)(no|n'?)t\b", r"\b(was|were|been|got|is) (declined|rejected|blocked|refused|charged)\b"),
    _cue("bug", 2.2, r"\b(absturz\w*|stuerzt|sturzt|fehler\w*|kaputt|haengt|hangt|eingefroren|fehlermeldung)\b", r"\bfunktioniert (\w+ )?(nicht|nie)\b", r"\bgeht (\w+ )?nicht( mehr)?\b", r"\bklappt nicht\b", r"\bladt nicht\b"),
    _cue("bug", 2.2, r"\b(plante|plantage|bogue|erreur|ne (fonctionne|marche|charge|s'ouvre) (pas|plus)|en panne|bloque)\b"),
    _cue("bug", 2.2, r"\b(falla|fallo|no funciona|se cierra|se cuelga|bloquea\w*|no (carga|abre|deja|guarda)|da error|roto)\b", r"\berror(es)? (al|en|de)\b"),
    # request: something should be there
    _cue("request", 2.2, r"\b(i|we|you)('d| would)? wish\b", r"\bonly wish\b", r"\b(please|pls|plz)\b[^.?!]{0,40}\b(add|make|allow|bring|support|include|give|let|provide|implement|enable|consider|put)\b", r"\b(would|could|'d) (like|love|be (nice|great|good|helpful|useful|better|awesome|cool|handy|perfect))\b", r"\bfeature request\b", r"\bwould be (so |much |really |a lot )?\w+ (if|to)\b"),
    _cue("request", 1.8, r"\b(needs?|want|wants) (a|an|the|to be able|more|better|some|support|spotify|option|it to|have)\b", r"\b(add|adding|implement|introduce|include) (a|an|the|more|some|support|an option|to)\b", r"\bshould (be|have|allow|let|support|come|include|offer|show|also)\b", r"\b(ability|option|possibility|a way) (to|for)\b", r"\b(support|integration) (for|with)\b", r"\bcould you (please )?(add|make|allow|support)\b"),
    _cue("request", 1.3, r"\b(better|improved|improve|more|easier|customi[sz]able|configurable) \w+( \w+)?( support| integration| options?| control| editor)?\s*(\|\||$)", r"\b(missing|lacks?|lacking|there is no|has no|no way to)\b", r"\b(if (it|i|you|we|only|they) (could|had|can|would))\b", r"\bcan you (please )?(add|make|allow|put|bring|delete|remove|take|give)\b", r"\bplease (update|upgrade|remove|delete|change|help)\b", r"\binstead of\b", r"\bi (want|need) to\b", r"\b(hope|hoping) (you|to see|for|they|that)\b", r"\bturn off\b", r"\bcould be better\b", r"\bgive (it )?(5|five)\b"),
    _cue("request", 2.0, r"\b(wunsch\w*|wuensch\w*|hatte gern\w*|haette gern\w*|ware (es )?(schon|gut|toll|super|hilfreich|praktisch)|waere|konnte man|bitte (\w+ ){0,3}(einbau\w*|hinzufug\w*|erganz\w*|erlaub\w*|ermoglich\w*)|es fehlt|fehlt (mir|uns|noch|eine?)|sollte(n)? (man|es|auch)|mochten?|brauch(e|en|t))\b"),
    _cue("request", 2.0, r"\b(j'aimerais|nous aimerions|ce serait|il serait|il faudrait|serait (bien|utile|pratique|genial)|pourriez-vous ajouter|ajoute[rz]|il manque|j'ai besoin|souhait\w+|permettre de)\b"),
    _cue("request", 2.0, r"\b(me gustaria|nos gustaria|estaria (bien|genial)|seria (bueno|util|genial|ideal|bien)|podrian (anadir|agregar|poner)|anad(ir|an)|agreg(ar|uen)|falta (una?|la|el|poder)|necesit\w+|ojala|por favor (anad|agreg|pong|hag)\w+)\b"),
    # question: they want to know
    _cue("question", 1.5, r"\?"),
    _cue("question", 2.2, r"(^|[.!?,;] ?|\b(and|but|so|hi|hello|hey) )(how|what|where|when|which|who|whose|why|is there|are there|do (you|i|we|they|the)|does|did|can (i|we|you|someone|somebody|anyone|one)|could (i|we|you)|am i|is (it|this|that|my|the)|are (you|we|there|the)|will (i|you|it|there|my)|should i|may i|if i)\b[^.!]{3,200}\?"),
    _cue("question", 1.4, r"\b(how (do|can|to|long|much|many|does|would|come)|what (is|are|do|does|happens|should|would)|where (is|do|can|does|are)|is it possible|is there (a|any)|wondering (if|how|whether|what)|does anyone|anybody know|tell me|can i|can you (tell|explain|help)|i (don'?t|do not) (understand|know|see) (how|where|what|why|which|if))\b"),
    _cue("question", 2.0, r"\b(wie (kann|komme|funktioniert|lange|geht|viel|macht|stelle)|wo (finde|ist|kann|sehe)|warum|wieso|gibt es|kann (ich|man)|was (ist|bedeutet|muss|passiert)|ist es moglich|wann)\b[^.!]{0,200}\?"),
    _cue("question", 2.0, r"\b(comment|pourquoi|ou (puis|est|se)|est-ce (que|qu')|quand|quel(le)?s?|combien|peut-on|puis-je|y a-t-il)\b[^.!]{0,200}\?"),
    _cue("question", 2.0, r"¿|\b(como (puedo|se|hago)|donde (esta|puedo|encuentro)|por que|cuando|cuanto|hay (alguna|forma)|se puede|puedo)\b[^.!]{0,200}\?"),
    # praise: they like it and want nothing
    _cue("praise", 1.9, r"\b(love|loving|loved|adore)\b(?! to see)", r"\b(awesome|amazing|excellent|fantastic|wonderful|brilliant|superb|perfect(ly)?|outstanding|fabulous|superior|terrific|delightful|flawless\w*|incredible)\b", r"\b(best|greatest|favou?rite)\b", r"\bthank(s| you)\b", r"\bkudos|well done|good job|great job|nice work|keep (it )?up\b", r"\bhighly recommend\w*|recommend (it|this)|would recommend|i recom+end\b"),
    _cue("praise", 1.5, r"\b(great|good|nice|cool|super|neat|slick|lovely|solid) (\w+ )?(app|application|tool|product|service|program|site|work|thing|stuff|job|place|way|update|release|team|support|feature|idea|to have)\b", r"\b(works|working|worked) (very |really |so |just )?(great|well|fine|perfectly|nicely|beautifully|flawlessly|like a charm)\b", r"\b(easy|simple|intuitive|handy|convenient|helpful|useful|reliable|smooth|fast|quick)\b(?!er)", r"\b(happy|pleased|impressed|satisfied|enjoy\w*|glad|grateful)\b", r"\bhelps? me\b", r"\b(must have|a must|indispensable|essential|life ?saver|game.?changer)\b", r"\b(like|liked) (this|it|the|that|how|what)\b"),
    _cue("praise", 1.9, r"\b(toll|super|prima|klasse|genial|spitze|hervorragend|perfekt|grossartig|wunderbar|danke|begeistert|liebe (es|diese|die|euch|das)|gefallt (mir|uns)|beste)\b"),
    _cue("praise", 1.9, r"\b(super|genial|excellent|parfait|merci|bravo|j'adore|formidable|magnifique|j'aime (bien|beaucoup)|tres (bien|bon|pratique|utile)|meilleure?)\b"),
    _cue("praise", 1.9, r"\b(genial|excelente|perfect[oa]|gracias|me encanta|me gusta mucho|estupend[oa]|increible|maravillos[oa]|muy (bien|buen[oa]|util|facil)|mejor app|buenisim[oa])\b"),
    # what speaks against praise alone, or against a fault
    _cue("praise", -1.5, r"\b(but|however|except|although|though|unfortunately|aber|leider|mais|malheureusement|pero|lastima)\b", r"\?"),
    _cue("praise", -1.5, r"\b(would|could|should|wish|please add|if only)\b", r"\bnot (great|good|the best|useful|easy|helpful)\b", r"\b(terrible|horrible|awful|useless|hate|sucks?|worst|disappoint\w*)\b"),
    _cue("bug", -2.0, r"\b(no|never (had|have|any)|without|zero|haven'?t had any) (\w+ )?(problems?|issues?|bugs?|errors?|crash\w*|glitch\w*|trouble)\b", r"\bif (it|the \w+) (could|would)\b"),
)  # fmt: skip

# Feeling by single words; what denies within three words before turns it round, and what follows a "but" weighs more.
GOOD = frozenset(
    """love loves loved loving like likes liked awesome amazing excellent fantastic wonderful brilliant superb perfect perfectly
    great good nice best better favorite favourite easy easily simple intuitive handy convenient helpful useful reliable smooth fast
    quick quickly happy pleased impressed satisfied enjoy enjoyed enjoying glad grateful thank thanks recommend outstanding fabulous
    superior terrific cool neat slick lovely solid essential indispensable fun beautiful beautifully flawless flawlessly incredible
    delight delightful worth efficient powerful organized fine well wow yay kudos bravo appreciate appreciated
    toll prima klasse genial spitze hervorragend perfekt grossartig wunderbar danke begeistert gefallt liebe gut einfach schnell
    schon hilfreich praktisch zufrieden ubersichtlich freue
    parfait merci formidable magnifique adore aime bien bon bonne pratique utile facile rapide meilleur content contente satisfait
    excelente perfecto perfecta gracias encanta gusta bueno buena util facil rapido estupendo increible maravilloso mejor contento
    contenta feliz practico""".split()
)
BAD = frozenset(
    """bad terrible horrible awful useless hate hates hated sucks suck worst worse disappointing disappointed disappointment annoying
    annoyed frustrating frustrated frustration irritating irritated angry upset poor poorly slow sooo buggy crash crashes crashed
    crashing freeze freezes freezing frozen broken bug bugs error errors fail fails failed failing failure confusing confused
    difficult hard impossible painful pain clunky cumbersome unusable unreliable unacceptable ridiculous stupid waste wasted wasting
    problem problems issue issues trouble troubles glitch glitches stuck lost missing wrong lacks lacking limited expensive
    overpriced spam ads adds lag laggy lags uninstall uninstalled uninstalling deleted fed unfortunately declined blocked rejected
    refused crap garbage junk rubbish joke pathetic bloated mess messy ugly terribly complaint scam rip stolen
    schlecht schlimm furchtbar katastrophe katastrophal nervt nervig argerlich enttauscht enttauschend langsam kaputt fehler absturz
    absturze sturzt kompliziert umstandlich unbrauchbar mies leider verwirrend teuer unmoglich
    nul nulle mauvais mauvaise horrible decu decue decevant lent lente penible erreur erreurs plante complique inutile
    inutilisable enervant agacant cher malheureusement impossible
    malo mala terrible pesimo pesima horrible odio lento lenta decepcionado decepcionante molesto error errores falla fallo
    complicado inutil imposible caro cara lastima""".split()
)
STRONG = frozenset(
    """love awesome amazing excellent fantastic perfect best worst terrible horrible awful useless hate sucks unusable unacceptable
    ridiculous crap garbage pathetic wonderful brilliant begeistert furchtbar katastrophal adore parfait nul encanta pesimo""".split()
)
DENY = frozenset(
    """not no never n't isn't isnt don't dont doesn't doesnt didn't didnt wasn't wasnt can't cant cannot couldn't won't wont without
    hardly nothing neither nor aint ain't nicht kein keine keinen nie ohne ne pas jamais sans aucun aucune sin nunca ningun
    ninguna nada""".split()
)
BUT = frozenset("but however except although though aber jedoch allerdings mais cependant pero sino".split())
