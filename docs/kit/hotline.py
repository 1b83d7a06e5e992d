#!/usr/bin/env python3
"""热线对接样例 · a hotline's client: where a 12345 integrator starts from.

    pip install nats-py nkeys
    python hotline.py --url tls://nats:4222 --ca ca.pem --seed SOURCE_12345.nk \
        --source 12345 --store hotline.db complaints.jsonl

每行一件诉求（docs/bus.md）；库文件记住已发、已收：随时可中断、重跑。
One complaint a line. The store remembers what was sent and what came back: stop it and run it again
whenever you like.
"""
import argparse
import asyncio
import hashlib
import json
import sqlite3
import ssl
import uuid

import nats
from nats.js.errors import APIError

# The package raises its own kind, and sometimes the one that it derives from.
NoAnswer = asyncio.TimeoutError
# 消息编号的命名空间（docs/bus.md“回执”）· name space of message ids
MESSAGES = uuid.UUID("2a7c51d9-0c0e-4f8b-9b1e-6d5483a170be")


def open_store(path):
    """自己的库：先落盘，再发；先落盘，再确认。 Our own commit: before we send, and before we acknowledge."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = FULL")
    db.executescript("""
        CREATE TABLE IF NOT EXISTS sent (message_id TEXT PRIMARY KEY, body TEXT, confirmed INTEGER DEFAULT 0);
        CREATE TABLE IF NOT EXISTS received (message_id TEXT PRIMARY KEY, kind TEXT, external_id TEXT,
            case_no TEXT, outcome TEXT, sequence TEXT, body TEXT);
    """)
    return db


async def send(js, db, args):
    """发布要等 JetStream 确认；超时=结果未知，用同一编号重发。
    A publish counts once JetStream confirms it; a time-out means unknown: again, under the same ids."""
    subject = f"whistle.{args.jurisdiction}.intake.{args.source}"
    for message_id, body in db.execute("SELECT message_id, body FROM sent WHERE confirmed = 0").fetchall():
        while True:
            try:
                await js.publish(subject, body.encode(), timeout=5)
                break
            except (NoAnswer, nats.errors.Error) as error:
                print(f"未确认，重发 · not confirmed, again: {message_id}: {error!r}", flush=True)
                await asyncio.sleep(0.5)
        with db:
            db.execute("UPDATE sent SET confirmed = 1 WHERE message_id = ?", (message_id,))


def keep(db, event):
    """按 id 去重：同一消息可能来两次。 By id: the same message may come twice."""
    data = event["data"]
    kind = event["type"].removeprefix("whistlepost.")  # 回执主题上也有每日对账 · the daily list comes beside receipts
    outcome = data.get("outcome") or data.get("event")
    row = (event["id"], kind, data.get("external_id"), data.get("case_no"), outcome, event.get("sequence"),
           json.dumps(event, ensure_ascii=False))
    with db:
        new = db.execute("INSERT OR IGNORE INTO received VALUES (?,?,?,?,?,?,?)", row).rowcount
    mark = "" if new else "（重复，已忽略 · repeated, ignored）"
    print(f"{kind} {data.get('external_id')} {outcome} {data.get('case_no') or ''}{mark}", flush=True)
    for fault in data.get("faults", []):
        print(f"  {fault['code']} {fault.get('field', '')}: {fault['zh']} {fault['en']}", flush=True)


async def follow(js, db, args, kind):
    """哨所预建的 consumer：只能取，不能建。 The consumer was made for us: we may fetch, and nothing else."""
    place = await js.pull_subscribe_bind(f"{kind}-{args.source}", f"{args.prefix}RECEIPTS")
    while True:
        try:
            for message in await place.fetch(100, timeout=2):
                keep(db, json.loads(message.data))
                await message.ack_sync()  # 落盘之后 · after our own commit
        except (NoAnswer, nats.errors.Error, APIError):
            await asyncio.sleep(0.2)


def uuid5(space, name):
    return uuid.UUID(bytes=hashlib.sha1(space.bytes + name).digest()[:16], version=5)


def answers_to(body):
    """回执以 causationid 指明所答的消息，被拒的另含原文摘要。
    A receipt names the message that it answers by its causationid: two, for a refusal has its own."""
    event = json.loads(body)
    taken = uuid5(MESSAGES, f"{event['source']}\n{event['id']}".encode())
    return {str(taken), str(uuid5(taken, hashlib.sha256(body.encode()).digest()))}


def unanswered(db):
    """没有回执的消息：同一工单的旧回执不算。 Messages without a receipt of their own."""
    receipts = db.execute("SELECT body FROM received WHERE kind = 'receipt'")
    answered = {json.loads(body).get("causationid") for (body,) in receipts}
    sent = db.execute("SELECT message_id, body FROM sent ORDER BY rowid")
    return [message_id for message_id, body in sent if answered.isdisjoint(answers_to(body))]


async def answered(db, patience):
    """等到每条都有回执，或不再等。 Until every message has its receipt, or patience ends."""
    for _ in range(int(patience)):
        if not unanswered(db):
            return
        await asyncio.sleep(1)


def report(db):
    """对账：发了没有回执的、序号断档的。 What has no receipt yet, and where a case's sequence has a gap."""
    one = lambda query: db.execute(query).fetchone()[0]
    double = [r[0] for r in db.execute("""SELECT external_id FROM received WHERE case_no IS NOT NULL
        GROUP BY external_id HAVING count(DISTINCT case_no) > 1""")]
    print(json.dumps({
        "sent": one("SELECT count(*) FROM sent"), "confirmed": one("SELECT count(*) FROM sent WHERE confirmed"),
        "accepted": one("SELECT count(DISTINCT external_id) FROM received WHERE outcome = 'accepted'"),
        "duplicate": one("SELECT count(*) FROM received WHERE outcome = 'duplicate'"),
        "refused": one("SELECT count(*) FROM received WHERE outcome = 'refused'"),
        "closed_or_signed": one("SELECT count(*) FROM received WHERE kind = 'status'"),
        "without_receipt": unanswered(db), "two_cases": double}, ensure_ascii=False), flush=True)


async def main():
    args = arguments()
    db = open_store(args.store)
    for line in open(args.file, encoding="utf-8"):
        data = json.loads(line)
        message_id = f"{data['external_id']}/{args.edition}"
        event = {"specversion": "1.0", "id": message_id, "source": f"/hotline/{args.source}",
                 "type": "whistlepost.complaint", "whistleversion": "1", "data": data}
        with db:
            db.execute("INSERT OR IGNORE INTO sent (message_id, body) VALUES (?, ?)",
                       (message_id, json.dumps(event, ensure_ascii=False)))
    # CA 即信任；nkey 即身份 · the authority says whom we trust, the nkey who we are
    tls = ssl.create_default_context(cafile=args.ca) if args.ca else None
    bus = await nats.connect(args.url, tls=tls, nkeys_seed=args.seed, max_reconnect_attempts=-1)
    js = bus.jetstream()
    followers = [asyncio.create_task(follow(js, db, args, kind)) for kind in ("receipt", "status")]
    await send(js, db, args)
    await answered(db, args.patience)
    await asyncio.sleep(args.seconds)
    for follower in followers:
        follower.cancel()
    report(db)
    await bus.close()


def arguments():
    parser = argparse.ArgumentParser(description="热线对接样例 · a hotline's client")
    parser.add_argument("--url", default="nats://127.0.0.1:4222")
    parser.add_argument("--ca", help="服务器 CA · the server's authority, PEM")
    parser.add_argument("--seed", help="nkey 私钥文件 · file with the seed")
    parser.add_argument("--source", default="12345")
    parser.add_argument("--jurisdiction", default="320506")
    parser.add_argument("--prefix", default="", help="流名前缀 · prefix of the streams")
    parser.add_argument("--edition", default="1", help="同一工单再次报送的版次 · which edition of the same orders")
    parser.add_argument("--store", default="hotline.db")
    parser.add_argument("--patience", type=float, default=60, help="等回执最多多久 · how long to wait for receipts")
    parser.add_argument("--seconds", type=float, default=10, help="之后再收多久 · how long to listen afterwards")
    parser.add_argument("file", help="JSONL")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
