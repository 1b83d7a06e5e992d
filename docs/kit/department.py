#!/usr/bin/env python3
"""承办单位样例 · a department's client: takes its tasks, signs, contacts, feeds back.

    pip install nats-py nkeys
    python department.py --url tls://nats:4222 --ca ca.pem --seed UNIT_320506001012001.nk \
        --unit 320506001012001 --store department.db

真实系统在签收之后把任务交给人；样例自动办结。
A real system hands the task to a person after it has signed; this one answers by itself.
"""
import argparse
import asyncio
import json
import sqlite3
import ssl

import nats
from nats.js.errors import APIError

# The package raises its own kind, and sometimes the one that it derives from.
NoAnswer = asyncio.TimeoutError


async def answer(js, args, task, action, **fields):
    """同一任务的同一动作用同一编号：重发永远安全。
    The same act on the same task has the same id: sending it again is always safe."""
    event = {"specversion": "1.0", "id": f"{task['id']}/{action}", "source": f"/units/{args.unit}",
             "type": "whistlepost.response", "whistleversion": "1",
             "data": {"case": task["data"]["case"], "action": action, **fields}}
    body = json.dumps(event, ensure_ascii=False).encode()
    while True:
        try:
            await js.publish(f"whistle.{args.jurisdiction}.response.{args.unit}", body, timeout=5)
            print(f"{action} {task['data']['case_no']}", flush=True)
            return
        except (NoAnswer, nats.errors.Error) as error:
            print(f"未确认，重发 · not confirmed, again: {error!r}", flush=True)
            await asyncio.sleep(0.5)


async def handle(js, db, args, message):
    kind, data = message["type"], message["data"]
    if kind == "whistlepost.dispatch":
        await work(js, db, args, message)
    elif kind == "whistlepost.leg" and data["role"] == "called":
        await come(js, db, args, message)
    elif kind == "whistlepost.answer":
        # 每条回应都有答复；refused 须有人看 · every answer of ours is answered; a person reads a refusal
        faults = " ".join(fault["code"] for fault in data.get("faults", []))
        print(f"回应回执 · {data['outcome']} {data.get('case_no', '')} {faults}".rstrip(), flush=True)
    elif kind == "whistlepost.recall":
        with db:
            db.execute("DELETE FROM signed WHERE case_id = ?", (data["case"],))
        print(f"撤回 · recalled {data['case_no']}", flush=True)


async def work(js, db, args, task):
    case = task["data"]["case"]
    if db.execute("SELECT 1 FROM done WHERE task = ?", (task["id"],)).fetchone():
        print(f"重复，已忽略 · repeated, ignored: {task['data']['case_no']}", flush=True)
        return
    # 时限变动时任务重发：只签收一次 · a task comes anew when its limit moves: it is signed once
    if not db.execute("SELECT 1 FROM signed WHERE case_id = ?", (case,)).fetchone():
        await answer(js, args, task, "sign")
        with db:
            db.execute("INSERT OR IGNORE INTO signed VALUES (?)", (case,))
        await answer(js, args, task, "contact", channel="phone", text="已联系诉求人。")
    await answer(js, args, task, "result", solved=True, text="已处理完毕，现场复核正常。")
    with db:
        db.execute("INSERT OR IGNORE INTO done VALUES (?)", (task["id"],))


async def come(js, db, args, leg):
    """吹哨：应哨、到场报到、反馈；之后等吹哨单位解哨。
    A whistle: respond, report in, feed back; then the sounder stands us down."""
    if db.execute("SELECT 1 FROM done WHERE task = ?", (leg["id"],)).fetchone():
        print(f"重复，已忽略 · repeated, ignored: {leg['data']['case_no']}", flush=True)
        return
    await answer(js, args, leg, "respond")
    await answer(js, args, leg, "arrive", place=leg["data"].get("place", ""))
    await answer(js, args, leg, "finish", text="已到场处置完毕。")
    with db:
        db.execute("INSERT OR IGNORE INTO done VALUES (?)", (leg["id"],))


async def main():
    args = arguments()
    db = sqlite3.connect(args.store)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE IF NOT EXISTS done (task TEXT PRIMARY KEY)")
    db.execute("CREATE TABLE IF NOT EXISTS signed (case_id TEXT PRIMARY KEY)")
    tls = ssl.create_default_context(cafile=args.ca) if args.ca else None
    bus = await nats.connect(args.url, tls=tls, nkeys_seed=args.seed, max_reconnect_attempts=-1)
    js = bus.jetstream()
    # 预建的 consumer，名字即单位代码 · made for us, named after the unit
    place = await js.pull_subscribe_bind(args.unit, f"{args.prefix}DISPATCH")
    end = asyncio.get_running_loop().time() + args.seconds
    while args.seconds == 0 or asyncio.get_running_loop().time() < end:
        try:
            for message in await place.fetch(10, timeout=2):
                await handle(js, db, args, json.loads(message.data))
                await message.ack_sync()  # 落盘之后 · after our own commit
        except (NoAnswer, nats.errors.Error, APIError):
            await asyncio.sleep(0.2)
    await bus.close()


def arguments():
    parser = argparse.ArgumentParser(description="承办单位样例 · a department's client")
    parser.add_argument("--url", default="nats://127.0.0.1:4222")
    parser.add_argument("--ca", help="服务器 CA · the server's authority, PEM")
    parser.add_argument("--seed", help="nkey 私钥文件 · file with the seed")
    parser.add_argument("--unit", required=True)
    parser.add_argument("--jurisdiction", default="320506")
    parser.add_argument("--prefix", default="", help="流名前缀 · prefix of the streams")
    parser.add_argument("--store", default="department.db")
    parser.add_argument("--seconds", type=float, default=0, help="运行多久，0 为一直 · how long; 0 for ever")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
