#!/usr/bin/env python3
"""What SQLite alone needs to commit the rows of a log, one command a transaction, in one thread.

    benches/commits.py LOG FOLDER

LOG is a log that `lifecycle --store sqlite --database-url sqlite://LOG` has written; FOLDER is on the disk
to be measured. Nothing decides, hashes or answers here, so this is about the limit of one command in flight with
these tables. The run without a flush says how much of it is the disk.
"""
import glob
import os
import sqlite3
import statistics
import sys
import time

EVENT = f"INSERT INTO events VALUES ({','.join('?' * 16)})"
RECEIPT = "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?)"
DEADLINE = """INSERT INTO deadlines VALUES (?, ?, 'sign', ?, ?) ON CONFLICT (stream_kind, stream_id)
    DO UPDATE SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation"""


def read(path):
    log = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    schema = [sql for (sql,) in log.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")]
    events = {row[0]: row for row in log.execute("SELECT * FROM events")}
    receipts = log.execute("SELECT * FROM receipts ORDER BY first_position").fetchall()
    keys = dict(log.execute("SELECT * FROM case_keys"))
    return schema, log.execute("SELECT * FROM log").fetchone(), events, receipts, keys


def commit(db, events, receipt, keys):
    kind, stream, first, last = receipt[2:]
    db.execute("BEGIN IMMEDIATE")
    db.executemany(EVENT, [events[position] for position in range(first, last + 1)])
    db.execute(RECEIPT, receipt)
    end = events[last]
    if end[4].startswith("CaseClosed"):
        db.execute("DELETE FROM deadlines WHERE stream_kind = ? AND stream_id = ?", (kind, stream))
    else:
        db.execute(DEADLINE, (kind, stream, end[9] + 3_600_000_000, end[3]))
    if events[first][3] == 1 and stream in keys:
        db.execute("INSERT INTO case_keys VALUES (?, ?)", (stream, keys[stream]))
    db.execute("UPDATE log SET head_position = ?, head_hash = ?", (last, end[14]))
    db.execute("COMMIT")


def run(log, folder, synchronous):
    schema, head, events, receipts, keys = log
    place = os.path.join(folder, "commits.db")
    try:
        db = sqlite3.connect(place, isolation_level=None)
        for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "cache_size = -32768"):
            db.execute(f"PRAGMA {pragma}")
        for statement in schema:
            db.execute(statement)
        db.execute(f"INSERT INTO log VALUES ({','.join('?' * len(head))})", head)
        started = time.perf_counter()
        for receipt in receipts:
            commit(db, events, receipt, keys)
        return len(receipts) / (time.perf_counter() - started)
    finally:
        for file in glob.glob(place + "*"):
            os.remove(file)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    log = read(sys.argv[1])
    for synchronous in ("FULL", "OFF"):
        rate = statistics.median(run(log, sys.argv[2], synchronous) for _ in range(3))
        print(f"{synchronous}: {rate:.0f} commands/s, {1000 / rate:.3f} ms a commit")


if __name__ == "__main__":
    main()
