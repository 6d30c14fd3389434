CREATE TABLE events (workspace UInt32, name LowCardinality(String), day Date, person UInt32, account UInt32, time DateTime64(3, 'UTC'), session String, message UInt64, batch UInt64, received DateTime64(3, 'UTC'), flags UInt8, source LowCardinality(String), url String, path String, referrer String, title String, duration Float32, properties String, context String ) ENGINE = MergeTree ORDER BY (workspace, name, day, person) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE rollup (workspace UInt32, name LowCardinality(String), day Date, people AggregateFunction(groupBitmap, UInt32), accounts AggregateFunction(groupBitmap, UInt32) ) ENGINE = AggregatingMergeTree ORDER BY (workspace, name, day) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE ids (workspace UInt32, kind UInt8, id String, number UInt32, known UInt8, batch UInt64 ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, kind, id) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE merges (workspace UInt32, kind UInt8, from UInt32, to UInt32, batch UInt64 ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, kind, from) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE members (workspace UInt32, person UInt32, account UInt32, since DateTime64(3, 'UTC'), called UInt8, batch UInt64 ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, person, since, account, called) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE feed (workspace UInt32, position UInt64, what LowCardinality(String), number UInt32, other UInt32, id String, traits String, time DateTime64(3, 'UTC'), message UInt64, day Date, batch UInt64 ) ENGINE = ReplacingMergeTree(batch) ORDER BY (workspace, position) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE seen (workspace UInt32, message UInt64, received Date, batch UInt64 ) ENGINE = MergeTree PARTITION BY received ORDER BY (workspace, message) TTL received + INTERVAL 8 DAY SETTINGS index_granularity = 512, ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE refused (workspace UInt32, position UInt64, received DateTime64(3, 'UTC'), source String, reason String, message String ) ENGINE = ReplacingMergeTree ORDER BY (workspace, position) TTL toDateTime(received) + INTERVAL 7 DAY SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE forgotten (workspace UInt32, kind UInt8, hash UInt64, number UInt32, at DateTime64(3, 'UTC') ) ENGINE = MergeTree ORDER BY (workspace, kind, hash) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 120
;;
CREATE TABLE wanted (hash UInt64, id String) ENGINE = Memory
;;
CREATE MATERIALIZED VIEW rollup_view TO rollup AS SELECT workspace, one AS name, day, groupBitmapState(person) AS people, groupBitmapStateIf(account, account != 0) AS accounts FROM events ARRAY JOIN [name, ''] AS one GROUP BY workspace, one, day
