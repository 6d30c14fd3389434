"""Chalk, exercises for schools: the school buys, students and teachers use."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Person, State

from .people import account, person, somewhen, spans, team
from .script import Cast, Doing, Script, Subject, Wager

PLACES = "Aarau Bergen Celle Dole Elda Fano Gent Husum Imst Jaca Kalmar Lugo Metz Namur Olten Pisa Reims Sion Thun Ulm".split()
KINDS = ("Grammar School", "Primary School", "College")
PER_LICENCE = 120


def cast(rng: np.random.Generator, start: date, until: date) -> Cast:
    accounts: list[Account] = []
    people: list[Person] = []
    pace: list[float] = []
    for n in range(48):
        name = f"{PLACES[n % len(PLACES)]} {KINDS[n // len(PLACES)]}"
        since = somewhen(rng, start - timedelta(days=700), until - timedelta(days=60))
        licences = int(rng.integers(20, 90))
        money = spans((since, PER_LICENCE * licences))
        state: State = "active"
        if rng.random() < 0.08:
            ended = somewhen(rng, since + timedelta(days=50), until)
            money, state = spans((since, PER_LICENCE * licences), (ended, 0)), "churned"
        accounts.append(account(n, name, "year", "Sven Aalto", since, money, state, licences=licences))
        domain = accounts[-1].domain
        gone = money[-1].since if not money[-1].cents else None
        alive = float(rng.choice([0.08, 0.5, 0.9], p=[0.2, 0.4, 0.4]))
        people.append(person(rng, len(people), n, ("buys",), "Head of school", since, domain, gone))
        pace.append(0.01)
        for i in range(round(licences * rng.uniform(0.7, 1.05))):
            teacher = i % 14 == 0
            joined = somewhen(rng, since, min(until, since + timedelta(days=60)))
            people.append(
                person(
                    rng,
                    len(people),
                    n,
                    ("uses", "champions") if i == 0 else ("uses",),
                    "Teacher" if teacher else "Student",
                    joined,
                    domain,
                    gone,
                )
            )
            pace.append((1.4 if teacher else float(rng.gamma(2, 0.5))) if rng.random() < alive else 0.01)
    return Cast(tuple(accounts), tuple(people), np.array(pace))


SCHOOL = Script(
    "school", "Chalk", "school",
    (
        Doing("Exercise Solved", "/exercise", 3.0), Doing("Hint Opened", "/exercise", 0.8), Doing("Class Looked At", "/class", 0.3),
        Doing("Homework Set", "/homework", 0.15), Doing("Page Viewed", "/home", 1.2),
    ),
    (
        Subject("hints", "Hints give the answer away", "One press and there is nothing left to think.", "Hint Opened",
                ("The hint is the solution, so there is nothing to learn.", "My class presses hint three times and copies.",
                 "I want a nudge, not the answer."), ("A smaller first hint.", "Let teachers switch them off."), 90),
        Subject("who-is-stuck", "Teachers see marks, not who is stuck", "The overview tells what happened, when it is too late.", "Class Looked At",
                ("I see marks on Friday and not who was stuck on Monday.", "Thirty rows of numbers tell me nothing."), ("Show me whom to sit down with.",), 70),
        Subject("offline", "Nothing works in the gym building", "The network ends at the school yard.", "Exercise Solved",
                ("In the annex there is no network and the lesson is over.", "My answers were gone when the network came back."), ("Keep what I wrote.",), 75, "bug"),
        Subject("licences", "A licence stays with those who left", "Whoever finished school still holds one.", "Page Viewed",
                ("Last year's class still holds all our licences.", "We pay for students who have left."), ("Free them in summer.", "A list for the office, please."), 30, buyers=900.0),
        Subject("read-aloud", "Exercises cannot be read aloud", "Young students cannot read long texts yet.", "Exercise Solved",
                ("My first graders cannot read the task.", "A voice that reads the task would help."), ("Read it to me.",), 40, confirmed=False),
    ),
    (
        Wager("hints", "Hints in three steps", "If the first hint is a nudge, those who asked will solve more exercises by themselves.", "Exercise Solved",
              "Hints in three steps", "**You said** that a hint gives the answer away.\n\n**We did:** a nudge first, then a step, then the way. Teachers can stop at any of them.", 12, 0.3),
        Wager("who-is-stuck", "Who is stuck", "If teachers see who is stuck today, they will look at their class more often.", "Class Looked At", "", "", None),
    ),
    team("chalk.example", ("Sven Aalto", "Product manager", "product", "owner"), ("Rita Cole", "Designer", "design", "editor"),
         ("Jo Lind", "Sales to schools", "sales", "contributor")),
    cast,
)  # fmt: skip
