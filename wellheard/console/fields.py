"""What the fields of an import mean, in a sentence each."""

EXPLAINED = {
    ("voices", "id"): "What tells this row from all others. The same id never comes in twice. Two columns make one id.",
    ("voices", "text"): "Their own words. Needed.",
    ("voices", "author"): "Who said it, by the id your product knows them by.",
    ("voices", "email"): "Their address. People with an address can hear back.",
    ("voices", "name"): "Their name, if they are new.",
    ("voices", "account"): "The company or customer they spoke for: its id or its name.",
    ("voices", "created_at"): "When they said it. Left out: now. Their account's state of that day is kept.",
    ("voices", "channel"): "Where it was said. Words we do not know are kept as a trait.",
    ("voices", "kind"): "Request, bug, question or praise.",
    ("voices", "relayed_by"): "A colleague who passed it on. The author stays the author.",
    ("voices", "language"): "A short code, such as en.",
    ("voices", "title"): "A line above the words; it is kept with them.",
    ("voices", "url"): "Where it can be read at its source.",
    ("voices", "thread"): "What it belongs to there: a conversation, a ticket.",
    ("voices", "status"): "The status of an idea: open, considering, planned, started, shipped, declined.",
    ("voices", "voters"): "Who voted for it; they become voters and followers here.",
    ("people", "id"): "The id your product knows them by. An id or an address is needed.",
    ("people", "account"): "The company or customer they belong to: its id or its name.",
    ("people", "role"): "What they are there: uses, buys, administers, champions; several with commas.",
    ("people", "created_at"): "When they came.",
    ("accounts", "id"): "The id your product knows it by. An id or a name is needed.",
    ("accounts", "mrr"): "What it pays a month.",
    ("accounts", "since"): "From which day that holds.",
    ("accounts", "state"): "prospect, trial, active, churned or lost.",
    ("", "email"): "Their address.",
    ("", "name"): "What people call them.",
    ("", "language"): "A short code, such as en.",
    ("", "currency"): "Three letters, such as EUR.",
    ("", "account"): "Its id or its name.",
    ("", "amount"): "How much, with a point or comma before the cents.",
    ("", "from"): "The day it begins.",
    ("", "to"): "The day it ends; empty: it goes on.",
}

CALLED = {
    "id": "Id", "text": "Words", "author": "Author’s id", "email": "Address", "name": "Name", "account": "Account",
    "created_at": "When", "channel": "Channel", "kind": "Kind", "relayed_by": "Passed on by", "language": "Language",
    "title": "Title", "url": "Link", "thread": "Thread", "status": "Status", "voters": "Voters", "role": "Role",
    "plan": "Plan", "mrr": "Monthly revenue", "currency": "Currency", "owner": "Looked after by", "state": "State",
    "domain": "Domain", "since": "Since", "amount": "Amount", "from": "From", "to": "Until", "day": "Day",
}  # fmt: skip
# Seldom needed: shown when asked for.
SELDOM = ("relayed_by", "language", "title", "url", "thread", "status", "voters")
