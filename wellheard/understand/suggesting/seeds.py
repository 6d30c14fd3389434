"""Short sentences of each kind, ours, from which words get their first leaning; what members sort outweighs them soon."""

from __future__ import annotations

# kind → sentences; the languages stand in the order English, German, French, Spanish.
KINDS: dict[str, tuple[str, ...]] = {
    "bug": (
        "The export stops halfway and the file is empty", "Since Monday the calendar shows yesterday's appointments",
        "Login loops back to the start page", "Totals differ between the list and the printed report",
        "Attachments open as blank pages", "After saving, half of my entries were gone", "Search returns nothing although the order exists",
        "The app closes by itself when I rotate the phone", "Notifications arrive twice", "Sync hangs at 80 percent every night",
        "Uploading a picture ends in an error message", "The button does nothing when I press it", "Charts stay white in Firefox",
        "It logs me out every few minutes", "Printing cuts off the last column", "The date jumps back by one day",
        "Beim Speichern erscheint eine Fehlermeldung", "Die App stürzt beim Öffnen ab", "Seit dem Update lädt die Liste nicht mehr",
        "Der Export bricht ab", "L'application se ferme toute seule", "Depuis la mise à jour rien ne s'affiche",
        "Le fichier exporté est vide", "La aplicación se cierra sola", "Desde la actualización no carga la lista", "El archivo sale vacío",
    ),
    "request": (
        "It would help to filter by customer", "Please let us change the order of the columns", "We need an export to Excel",
        "Add a dark theme", "Could the report be sent every Monday by mail", "I miss keyboard shortcuts", "An option to undo would save us",
        "Let me hide archived projects", "Allow several owners for one account", "Support for right-to-left languages",
        "Single sign-on with our directory", "Give us an interface for programs", "More colours for labels", "A reminder before the deadline",
        "Bulk edit for invoices", "Being able to copy a template", "Make the font size adjustable", "Integration with our calendar",
        "Bitte einen Export nach Excel einbauen", "Ein dunkles Design wäre schön", "Man sollte Spalten ausblenden können",
        "Wir brauchen eine Schnittstelle", "Il manque un export vers Excel", "Ce serait bien de pouvoir trier les colonnes",
        "Ajoutez un thème sombre", "Falta exportar a Excel", "Sería útil poder ordenar las columnas", "Añadan un tema oscuro",
    ),
    "praise": (
        "This saves me an hour every day", "Setting it up took five minutes, lovely", "Your support answered within minutes, thank you",
        "The new editor is a joy", "Exactly what we were looking for", "My whole team likes working with it", "So much faster than before",
        "Everything is where I expect it", "We would not want to work without it", "The new report is beautiful", "Runs smoothly on my old laptop",
        "Finally a tool that just works", "Great improvement over last year", "Clear, quick and friendly", "It keeps me organised",
        "I can do everything from my phone", "Very satisfied so far", "Keep going like this",
        "Spart mir jeden Tag eine Stunde", "Genau das haben wir gesucht", "Läuft sehr zuverlässig, danke", "Sehr übersichtlich",
        "Exactement ce qu'il nous fallait", "Très agréable à utiliser", "Un vrai gain de temps", "Justo lo que buscábamos",
        "Muy cómodo de usar", "Nos ahorra mucho tiempo",
    ),
    "question": (
        "How do I change my address?", "Where can I find last month's invoice?", "Is there a limit on users per account?",
        "What happens to my data when I cancel?", "Can I move a project to another team?", "When will the new version come out?",
        "Which plan includes the reports?", "Do you offer a discount for schools?", "Why was I charged two amounts?",
        "Does it work offline?", "How long are backups kept?", "I would like to know who can see my notes",
        "Who do I contact about billing?", "What does the yellow sign mean?", "Am I able to use it on two devices?",
        "Wie kann ich mein Passwort ändern?", "Wo finde ich die Rechnung?", "Gibt es eine Grenze für Dateien?",
        "Was passiert nach der Kündigung?", "Comment changer mon mot de passe ?", "Où se trouve la facture ?",
        "Est-ce que cela fonctionne hors ligne ?", "¿Cómo cambio mi contraseña?", "¿Dónde está la factura?", "¿Funciona sin conexión?",
    ),
}  # fmt: skip

FEELINGS: dict[str, tuple[str, ...]] = {
    "negative": (
        "I lost a whole day because of this", "We are thinking of leaving", "Every update makes it worse", "It takes forever",
        "Nobody answers my mails", "I gave up after an hour", "This is not what we pay for", "Going round in circles again",
        "Not worth the money", "Can't do my work", "Ich habe aufgegeben", "Das kostet uns jeden Tag Zeit", "Dafür zahlen wir nicht",
        "On perd un temps fou", "J'abandonne", "Perdemos mucho tiempo", "No vale lo que cuesta",
    ),
    "neutral": (
        "How do I change my address?", "An export to Excel", "Where is the invoice?", "Version control", "We use it on two computers",
        "Filter by customer", "The report is sent every Monday", "Data cleaning and plotting", "Our office is in Berlin",
        "Is there a limit for files?", "Add a field for the order number", "I received my card yesterday",
        "Wo finde ich die Rechnung?", "Export nach Excel", "Où se trouve la facture ?", "¿Dónde está la factura?",
    ),
    "positive": (
        "This saves me an hour every day", "Everything is where I expect it", "My whole team likes it", "Exactly what we needed",
        "It keeps me organised", "I use it every day", "Would not want to be without it", "Runs smoothly", "What a relief",
        "Finally it just works", "Got everything I could wish for", "Spart mir Zeit", "Genau was wir brauchten", "Exactement ce qu'il fallait",
        "Un vrai gain de temps", "Justo lo que buscábamos", "Nos ahorra mucho tiempo",
    ),
}  # fmt: skip
