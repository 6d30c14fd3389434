"""The words of the widget, in the languages it speaks. The page's own language is used, else the browser's, else English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ENGLISH: Mapping[str, str] = {
    "button": "Feedback",
    "title": "Tell us",
    "close": "Close",
    "say": "Say something",
    "bug": "Report a bug",
    "news": "News",
    "inbox": "Answers",
    "say_label": "What would make this better for you?",
    "bug_label": "What went wrong, and what did you expect?",
    "email": "Your e-mail, if you want an answer",
    "email_hint": "We ask once whether it is yours.",
    "picture": "Add a picture",
    "capture": "Of this page",
    "choose": "A file",
    "remove": "Remove the picture",
    "picture_of": "The picture that will be sent",
    "with_it": "What is sent with it",
    "nothing_else": "Nothing else of this page is sent.",
    "page": "Page",
    "browser": "Browser",
    "window": "Window",
    "send": "Send",
    "sending": "Sending …",
    "thanks": "Thank you. It has arrived.",
    "thanks_mail": "Thank you. We wrote to your address: press the button there, and answers will reach you.",
    "more": "Say something else",
    "no_picture": "This picture cannot be read. Choose a PNG or JPEG.",
    "failed": "It did not arrive. Your words are still here: try again.",
    "empty": "Write something first.",
    "too_often": "That was a lot in a short time. Try again in some minutes.",
    "no_news": "Nothing was announced yet.",
    "all_news": "All news",
    "no_answers": "No answers yet. What you say, and what comes of it, stands here.",
    "you": "You",
    "shipped": "You asked, we did",
    "loading": "Loading …",
    "board": "See what others asked for",
}

OTHERS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "button": "Rückmeldung", "title": "Sagen Sie es uns", "close": "Schließen", "say": "Etwas sagen", "bug": "Fehler melden",
        "news": "Neues", "inbox": "Antworten", "say_label": "Was würde es für Sie besser machen?",
        "bug_label": "Was ging schief, und was haben Sie erwartet?", "email": "Ihre E-Mail, wenn Sie eine Antwort möchten",
        "email_hint": "Wir fragen einmal nach, ob sie Ihnen gehört.", "picture": "Bild anhängen", "capture": "Von dieser Seite",
        "choose": "Eine Datei", "remove": "Bild entfernen", "picture_of": "Das Bild, das mitgeschickt wird",
        "with_it": "Was mitgeschickt wird", "nothing_else": "Sonst wird nichts von dieser Seite gesendet.", "page": "Seite",
        "browser": "Browser", "window": "Fenster", "send": "Senden", "sending": "Wird gesendet …",
        "thanks": "Danke. Es ist angekommen.",
        "thanks_mail": "Danke. Wir haben Ihnen geschrieben: Drücken Sie dort den Knopf, dann erreichen Sie die Antworten.",
        "more": "Noch etwas sagen", "failed": "Es ist nicht angekommen. Ihr Text ist noch da: Versuchen Sie es noch einmal.",
        "no_picture": "Dieses Bild lässt sich nicht lesen. Wählen Sie PNG oder JPEG.",
        "empty": "Schreiben Sie zuerst etwas.", "too_often": "Das war viel in kurzer Zeit. Versuchen Sie es in einigen Minuten wieder.",
        "no_news": "Noch wurde nichts angekündigt.", "all_news": "Alle Neuigkeiten",
        "no_answers": "Noch keine Antworten. Was Sie sagen und was daraus wird, steht hier.", "you": "Sie",
        "shipped": "Sie haben gefragt, wir haben es getan", "loading": "Lädt …", "board": "Was andere sich wünschen",
    },
    "fr": {
        "button": "Votre avis", "title": "Dites-le-nous", "close": "Fermer", "say": "Donner un avis", "bug": "Signaler un problème",
        "news": "Nouveautés", "inbox": "Réponses", "say_label": "Qu’est-ce qui serait mieux pour vous ?",
        "bug_label": "Que s’est-il passé, et qu’attendiez-vous ?", "email": "Votre e-mail, si vous voulez une réponse",
        "email_hint": "Nous vous demanderons une fois s’il est à vous.", "picture": "Ajouter une image", "capture": "De cette page",
        "choose": "Un fichier", "remove": "Retirer l’image", "picture_of": "L’image qui sera envoyée",
        "with_it": "Ce qui est envoyé avec", "nothing_else": "Rien d’autre de cette page n’est envoyé.", "page": "Page",
        "browser": "Navigateur", "window": "Fenêtre", "send": "Envoyer", "sending": "Envoi …", "thanks": "Merci. C’est arrivé.",
        "thanks_mail": "Merci. Nous vous avons écrit : appuyez sur le bouton du message, et les réponses vous parviendront.",
        "more": "Dire autre chose", "failed": "L’envoi a échoué. Votre texte est encore là : réessayez.",
        "no_picture": "Cette image est illisible. Choisissez un PNG ou un JPEG.",
        "empty": "Écrivez d’abord quelque chose.", "too_often": "C’était beaucoup en peu de temps. Réessayez dans quelques minutes.",
        "no_news": "Rien n’a encore été annoncé.", "all_news": "Toutes les nouveautés",
        "no_answers": "Pas encore de réponse. Ce que vous dites et ce qui en résulte se trouve ici.", "you": "Vous",
        "shipped": "Vous l’avez demandé, c’est fait", "loading": "Chargement …", "board": "Ce que d’autres demandent",
    },
    "es": {
        "button": "Opinión", "title": "Cuéntenos", "close": "Cerrar", "say": "Decir algo", "bug": "Informar de un error",
        "news": "Novedades", "inbox": "Respuestas", "say_label": "¿Qué lo haría mejor para usted?",
        "bug_label": "¿Qué falló y qué esperaba?", "email": "Su correo, si quiere una respuesta",
        "email_hint": "Le preguntaremos una vez si es suyo.", "picture": "Añadir una imagen", "capture": "De esta página",
        "choose": "Un archivo", "remove": "Quitar la imagen", "picture_of": "La imagen que se enviará",
        "with_it": "Lo que se envía con ello", "nothing_else": "No se envía nada más de esta página.", "page": "Página",
        "browser": "Navegador", "window": "Ventana", "send": "Enviar", "sending": "Enviando …", "thanks": "Gracias. Ha llegado.",
        "thanks_mail": "Gracias. Le hemos escrito: pulse el botón del mensaje y le llegarán las respuestas.",
        "more": "Decir otra cosa", "failed": "No ha llegado. Su texto sigue aquí: inténtelo de nuevo.",
        "no_picture": "Esta imagen no se puede leer. Elija PNG o JPEG.",
        "empty": "Escriba algo primero.", "too_often": "Ha sido mucho en poco tiempo. Inténtelo dentro de unos minutos.",
        "no_news": "Todavía no se ha anunciado nada.", "all_news": "Todas las novedades",
        "no_answers": "Aún no hay respuestas. Lo que diga y lo que resulte de ello estará aquí.", "you": "Usted",
        "shipped": "Usted lo pidió, lo hicimos", "loading": "Cargando …", "board": "Lo que piden otros",
    },
    "ar": {
        "button": "رأيك", "title": "أخبرنا", "close": "إغلاق", "say": "قل شيئًا", "bug": "أبلغ عن خطأ", "news": "الجديد",
        "inbox": "الردود", "say_label": "ما الذي يجعل هذا أفضل لك؟", "bug_label": "ما الذي حدث، وماذا كنت تتوقع؟",
        "email": "بريدك الإلكتروني إن أردت ردًا", "email_hint": "سنسألك مرة واحدة إن كان لك.", "picture": "أضف صورة",
        "capture": "لهذه الصفحة", "choose": "ملف", "remove": "أزل الصورة", "picture_of": "الصورة التي سترسل",
        "with_it": "ما يرسل معها", "nothing_else": "لا يرسل شيء آخر من هذه الصفحة.", "page": "الصفحة", "browser": "المتصفح",
        "window": "النافذة", "send": "أرسل", "sending": "جارٍ الإرسال …", "thanks": "شكرًا. لقد وصل.",
        "thanks_mail": "شكرًا. كتبنا إلى بريدك: اضغط الزر هناك وستصلك الردود.", "more": "قل شيئًا آخر",
        "failed": "لم يصل. كلماتك ما زالت هنا: حاول مرة أخرى.", "no_picture": "لا يمكن قراءة هذه الصورة. اختر PNG أو JPEG.",
        "empty": "اكتب شيئًا أولًا.",
        "too_often": "كان ذلك كثيرًا في وقت قصير. حاول بعد دقائق.", "no_news": "لم يعلن عن شيء بعد.", "all_news": "كل الجديد",
        "no_answers": "لا ردود بعد. ما تقوله وما ينتج عنه يظهر هنا.", "you": "أنت", "shipped": "طلبتَ ففعلنا",
        "loading": "جارٍ التحميل …", "board": "ما طلبه الآخرون",
    },
}  # fmt: skip
RIGHT_TO_LEFT = ("ar",)


def language_of(asked: Sequence[str]) -> str:
    """The first of these that the widget speaks, by its two letters."""
    for one in asked:
        short = one.strip().lower().replace("_", "-").split("-")[0]
        if short == "en" or short in OTHERS:
            return short
    return "en"


def words(language: str) -> Mapping[str, str]:
    return OTHERS.get(language, ENGLISH)
