"""Who is who: every id gets a small number, and ids that belong to one person lead to one number.

Numbers are dense (1, 2, 3 … per workspace and kind) because bitmaps of dense numbers are fifty times cheaper
than of hashed ones. The rules, in the order events arrive:

- an event with a user id counts for that user, else for its anonymous id;
- both ids together link them: the user takes over the number of an anonymous id nobody has claimed; if both
  have numbers, the unclaimed one is merged into the user's. An anonymous id that already belongs to another
  user stays theirs (two people on one device are two people);
- an alias merges whatever it names, and saying it twice, backwards or about oneself changes nothing.

The state of one workspace lives here and holds no SQL, so the rules can be tested against a plain re-telling.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

PERSON, ACCOUNT = 1, 2


class People:
    """Ids and merges of one workspace, as far as they are loaded. What changed collects in `new_ids` and
    `new_merges` until the writer stores it. Every id used must have been offered to `learn` before."""

    def __init__(self, merges: dict[int, int] | None = None, last: tuple[int, int] = (0, 0)) -> None:
        self.ids: dict[str, int] = {}  # id → number * 2 + (1 when it has been a user id)
        self.accounts: dict[str, int] = {}
        self.claimed: dict[int, bool] = {}  # number → has a user id
        self.merges = merges if merges is not None else {}  # number → number standing for it, never chained
        self.absorbed: dict[int, list[int]] = {}  # the reverse of merges
        for number, target in self.merges.items():
            self.absorbed.setdefault(target, []).append(number)
        self.last_person, self.last_account = last
        self.new_ids: set[str] = set()  # made now, or now first seen as a user id
        self.new_accounts: list[str] = []
        self.new_merges: dict[int, int] = {}
        self.news: list[tuple[str, int, int, str]] = []  # (person | account | merge, number, into, id)

    def learn(self, ids: Iterable[tuple[str, int, bool]], accounts: Iterable[tuple[str, int]] = ()) -> None:
        """Loaded rows: (id, number, known) and (account id, number)."""
        for id_, number, known in ids:
            self.ids[id_] = number * 2 + known
        self.accounts.update(accounts)

    def root(self, number: int) -> int:
        return self.merges.get(number, number)

    def person(self, user: str, anonymous: str) -> int:
        """The number for one event's ids, at least one of them not empty."""
        if not anonymous:
            return self._user(user)
        if not user:
            found = self.ids.get(anonymous)
            number = found >> 1 if found is not None else self._new_person(anonymous, known=False)
            return self.merges.get(number, number)
        return self._linked(user, anonymous)

    def account(self, id_: str) -> int:
        number = self.accounts.get(id_)
        if number is None:
            self.last_account += 1
            number = self.accounts[id_] = self.last_account
            self.new_accounts.append(id_)
            self.news.append(("account", number, 0, id_))
        return number

    def alias(self, previous: str, user: str) -> tuple[int, int]:
        """Everything `previous` was is `user` from now on. → (number of the user, number merged into it or 0)"""
        if previous == user:
            return self._user(user), 0
        old = self.ids.get(previous)
        if user not in self.ids and old is not None:
            self._give(user, old >> 1, known=True)
        mine = self._user(user)
        if old is None:
            self._give(previous, mine, known=False)
            return mine, 0
        return mine, self._merge(self.root(old >> 1), mine)

    def _user(self, user: str) -> int:
        found = self.ids.get(user)
        if found is None:
            return self._new_person(user, known=True)
        number = found >> 1
        if not found & 1:
            self.ids[user] = found | 1
            self.claimed[number] = True
            self.new_ids.add(user)
        return self.merges.get(number, number)

    def _linked(self, user: str, anonymous: str) -> int:
        theirs, device = self.ids.get(user), self.ids.get(anonymous)
        if device is None:
            number = self._user(user)
            if anonymous != user:
                self._give(anonymous, number, known=False)
            return number
        free = self.root(device >> 1)
        if theirs is None:
            if self._is_claimed(free):
                return self._user(user)
            self._give(user, free, known=True)
            return free
        number = self._user(user)
        if number != free and not self._is_claimed(free):
            self._merge(free, number)
        return number

    def _is_claimed(self, root: int) -> bool:
        return self.claimed.get(root, False)

    def _new_person(self, id_: str, known: bool) -> int:
        self.last_person += 1
        self._give(id_, self.last_person, known)
        return self.last_person

    def _give(self, id_: str, number: int, known: bool) -> None:
        self.ids[id_] = number * 2 + known
        self.new_ids.add(id_)
        self.news.append(("person", self.root(number), 0, id_))
        if known:
            self.claimed[self.root(number)] = True

    def _merge(self, old: int, into: int) -> int:
        if old == into:
            return 0
        moved = [*self.absorbed.pop(old, ()), old]
        for number in moved:
            self.merges[number] = self.new_merges[number] = into
        self.absorbed.setdefault(into, []).extend(moved)
        self.claimed[into] = True
        self.news.append(("merge", old, into, ""))
        return old


class Members:
    """Who belongs to which account since when, of one workspace."""

    def __init__(self) -> None:
        self.of: dict[int, list[tuple[int, int, int]]] = {}  # person → sorted (since in ms, account, called)
        self.new: list[tuple[int, int, int, int]] = []  # (person, account, since, called)

    def at(self, person: int, time: int) -> int:
        """The account of the person's latest group call up to `time`, 0 when there was none."""
        account = 0
        for since, number, called in self.of.get(person, ()):
            if since > time:
                break
            if called:
                account = number
        return account

    def join(self, person: int, account: int, time: int, called: bool) -> bool:
        """True when this is news. An account merely named on an event is news once per person and account."""
        mine = self.of.setdefault(person, [])
        if called:
            if self.at(person, time) == account:
                return False
        elif any(number == account for _, number, _ in mine):
            return False
        insort(mine, (time, account, int(called)))
        self.new.append((person, account, time, int(called)))
        return True

    def merge(self, old: int, into: int) -> None:
        """The person `old` has become `into`, with the accounts."""
        for entry in self.of.pop(old, ()):
            mine = self.of.setdefault(into, [])
            if entry not in mine:
                insort(mine, entry)
