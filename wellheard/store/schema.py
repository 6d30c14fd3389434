"""The tables of the event engine, and how an older layout becomes the present one.

events     one row per thing done; sorted so that a question about one event of one workspace reads only that
rollup     per workspace, event and day, who did it and for which accounts, as bitmaps; name '' is any event
           but the quiet ones, which a library sends by itself
ids        every id ever seen → its dense number; `known` when it has been a user id
merges     number → the number that now stands for it (always the last in a chain)
joins      number → number it counts as, because people say so and not the events; equal numbers: no longer
members    who belongs to which account since when; `called` when a group call said so
feed       traits and news of people and accounts, in order, for those who mirror them
seen       message hashes of the last days, by which repetitions are known
refused    the last refused messages with the reason
forgotten  hashes of erased ids: what they did before their erasure never comes back
wanted     what the writer looks for just now
sets       long lists of numbers that questions are restricted to (sets.py)
"""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from .engine import Engine
from .errors import StoreError
from .rows import QUIET

VERSION = 5
SEEN_DAYS = 8

# What is acknowledged has left the spool, so a part must be on disk itself and not in the page cache.
# Merged parts are not synced, so those they came from stay for two minutes, by when the system has written them; the
# engine would look for such leftovers every five minutes when it is quiet, and hold twice the room until then.
_TIDY = "old_parts_lifetime = 120, cleanup_delay_period = 10, max_cleanup_delay_period = 30"
_DURABLE = f"fsync_after_insert = 1, fsync_part_directory = 1, {_TIDY}"

TABLES = {
    "events": f"""
        workspace UInt32, name LowCardinality(String), day Date, person UInt32, account UInt32,
        time DateTime64(3, 'UTC'), session String, message UInt64, batch UInt64,
        received DateTime64(3, 'UTC'), flags UInt8, source LowCardinality(String),
        url String, path LowCardinality(String), referrer String, title String, duration Float32,
        properties String, context String
        ) ENGINE = MergeTree ORDER BY (workspace, name, day, person) SETTINGS {_DURABLE}""",
    "rollup": f"""
        workspace UInt32, name LowCardinality(String), day Date,
        people AggregateFunction(groupBitmap, UInt32), accounts AggregateFunction(groupBitmap, UInt32)
        ) ENGINE = AggregatingMergeTree ORDER BY (workspace, name, day)
        SETTINGS index_granularity = 256, {_DURABLE}""",
    "ids": f"""
        workspace UInt32, kind UInt8, id String, number UInt32, known UInt8, batch UInt64
        ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, kind, id) SETTINGS {_DURABLE}""",
    "merges": f"""
        workspace UInt32, kind UInt8, from UInt32, to UInt32, batch UInt64
        ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, kind, from) SETTINGS {_DURABLE}""",
    "joins": f"""
        workspace UInt32, kind UInt8, from UInt32, to UInt32, version UInt64
        ) ENGINE = ReplacingMergeTree(version) ORDER BY (workspace, kind, from) SETTINGS {_DURABLE}""",
    "members": f"""
        workspace UInt32, person UInt32, account UInt32, since DateTime64(3, 'UTC'), called UInt8, batch UInt64
        ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, person, since, account, called)
        SETTINGS {_DURABLE}""",
    "feed": f"""
        workspace UInt32, position UInt64, what LowCardinality(String), number UInt32, other UInt32, id String,
        traits String, time DateTime64(3, 'UTC'), message UInt64, day Date, batch UInt64
        ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, position) SETTINGS {_DURABLE}""",
    "seen": f"""
        workspace UInt32, message UInt64, received Date, batch UInt64
        ) ENGINE = MergeTree PARTITION BY received ORDER BY (workspace, message)
        TTL received + INTERVAL {SEEN_DAYS} DAY
        SETTINGS index_granularity = 512, ttl_only_drop_parts = 1, {_DURABLE}""",
    "refused": f"""
        workspace UInt32, position UInt64, received DateTime64(3, 'UTC'),
        source String, reason String, message String
        ) ENGINE = ReplacingMergeTree ORDER BY (workspace, position)
        TTL toDateTime(received) + INTERVAL 7 DAY SETTINGS {_DURABLE}""",
    "forgotten": f"""
        workspace UInt32, kind UInt8, hash UInt64, number UInt32, at DateTime64(3, 'UTC')
        ) ENGINE = MergeTree ORDER BY (workspace, kind, hash) SETTINGS {_DURABLE}""",
    "wanted": "hash UInt64, id String) ENGINE = Memory",
    "sets": f"""
        key UInt64, number UInt32, made DateTime
        ) ENGINE = MergeTree ORDER BY (key, number) TTL made + INTERVAL 1 DAY SETTINGS {_TIDY}""",
}

# How columns are packed where the engine's usual way leaves much: texts half as large for reading them half again as
# slow. Numbers that questions add up and group by stay as they are. Hashes cannot be made smaller.
PACKED = {
    "events": {
        "time": "Delta, ZSTD(1)", "message": "NONE",
        **dict.fromkeys(
            ("batch", "received", "session", "url", "path", "referrer", "title", "properties", "context"), "ZSTD(1)"
        ),
    },
    "seen": {"message": "NONE", "batch": "ZSTD(1)"},
    "feed": dict.fromkeys(("id", "traits", "time", "batch", "position", "message"), "ZSTD(1)"),
    "ids": dict.fromkeys(("id", "batch"), "ZSTD(1)"),
    "members": dict.fromkeys(("since", "batch"), "ZSTD(1)"),
    "refused": dict.fromkeys(("message", "reason"), "ZSTD(1)"),
    "sets": {"key": "ZSTD(1)", "number": "Delta, ZSTD(1)", "made": "ZSTD(1)"},
}  # fmt: skip

SHARED = ("wanted", "sets")  # those whose rows belong to no workspace

# Rows of the rollup are large and few: with the usual 8,192 of them in a granule, a question about one event read those
# of many others (19 ms instead of 8, at 20 million events).
#
# An empty name beside the event's own makes "did anything" as cheap a question as any other. Whoever fills the rollup
# (the view as events arrive, the writer after a crash, erasing, upgrading) takes it from here.
ROLLUP = f"""
    SELECT workspace, one AS name, day, groupBitmapState(person) AS people,
        groupBitmapStateIf(account, account != 0) AS accounts
    FROM events ARRAY JOIN if(bitAnd(flags, {QUIET}) = 0, [name, ''], [name]) AS one"""


def migrate(engine: Engine) -> None:
    """Creates what is missing. Raises StoreError when a newer program has written here.

    A version is written down when all of its upgrade is done, and each can be done again: a crash within costs time.
    """
    engine.command("CREATE TABLE IF NOT EXISTS layout (version UInt32) ENGINE = MergeTree ORDER BY version")
    found = int(engine.rows("SELECT max(version) FROM layout")[0][0])
    if found > VERSION:
        raise StoreError(f"the event data has layout {found}, this program knows {VERSION}: use a newer program")
    if found == VERSION:
        return
    if found in (1, 2):
        engine.command("DROP VIEW IF EXISTS rollup_view")
        engine.command("DROP TABLE IF EXISTS rollup SYNC")
    for name, body in TABLES.items():
        engine.command(f"CREATE TABLE IF NOT EXISTS {name} ({body}")
    if found in (1, 2):
        _rollup_anew(engine)
    if found:  # pages come again and again: read as numbers, paths are told in five sixths of the time
        engine.command("ALTER TABLE events MODIFY COLUMN path LowCardinality(String)")
    for name, columns in PACKED.items():  # what is stored already is packed anew when the engine next merges it
        changes = ", ".join(f"MODIFY COLUMN {column} CODEC({codec})" for column, codec in columns.items())
        engine.command(f"ALTER TABLE {name} {changes}, MODIFY SETTING {_TIDY}")
    engine.command(
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS rollup_view TO rollup AS {ROLLUP} GROUP BY workspace, one, day"
    )
    engine.command(f"INSERT INTO layout VALUES ({VERSION})")


def _rollup_anew(engine: Engine) -> None:
    """Quiet events no longer make anybody active, and granules are smaller. A month at a time, to be easy on memory."""
    for workspace, month in engine.rows("SELECT DISTINCT workspace, toYYYYMM(day) FROM events"):
        engine.command(
            f"INSERT INTO rollup {ROLLUP} WHERE workspace = {{w:UInt32}} AND toYYYYMM(day) = {{m:UInt32}} "
            "GROUP BY workspace, one, day",
            {"w": int(workspace), "m": int(month)},
        )


def recount(engine: Engine, workspace: int, names: list[str], days: list[int]) -> None:
    """Makes the rollup of these names ('' is any) and days (since 1970) anew from the events."""
    again = {"w": workspace, "names": names, "days": days}
    part = "workspace = {w:UInt32} AND name IN {names:Array(String)} AND toUInt16(day) IN {days:Array(UInt16)}"
    engine.command(f"ALTER TABLE rollup DELETE WHERE {part} SETTINGS mutations_sync = 2", again)
    source = ROLLUP.replace("AS name", "AS label")
    engine.command(
        f"INSERT INTO rollup SELECT workspace, label, day, people, accounts FROM ({source} "
        "WHERE workspace = {w:UInt32} AND toUInt16(day) IN {days:Array(UInt16)} GROUP BY workspace, one, day) "
        "WHERE label IN {names:Array(String)}",
        again,
    )
