"""eventsourcing.py 9.5: an application with its aggregate on its PostgreSQL recorder, threads as in its guide."""

import argparse
import json
import threading
import time
from urllib.parse import urlparse
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

UNIT = "320506-cq-lq-g03"
REGISTERED = {
    "case_no": "20261120-7K3QD",
    "source": "12345-hotline",
    "channel": "phone",
    "title": "小区南门道路积水无人清理",
    "text": "连续下雨后南门外道路积水，老人和孩子出行不便，希望尽快疏通并说明原因。" * 3,
    "address": "长桥街道龙桥社区南门外一百米路口",
    "reporter": "王女士 13800000000",
}
REPLY = "已现场处置，疏通雨水口两处，道路恢复畅通，并加强巡查，向来电人说明。" * 2 + "请放心出行。"


class Case(Aggregate):
    @event("Registered")
    def __init__(self, case_no, source, channel, title, text, address, reporter):
        self.last, self.unit, self.solved = "Registered", None, False

    @event("Classified")
    def classify(self, item, item_name, place, rule):
        self.last = "Classified"

    @event("Dispatched")
    def dispatched(self, unit, rung, sign_due_at, resolve_due_at, rule):
        self.last, self.unit = "Dispatched", unit

    @event("Acknowledged")
    def acknowledged(self, unit, handler, note):
        self.last = "Acknowledged"

    @event("ResultSubmitted")
    def result_submitted(self, unit, solved, reply):
        self.last, self.solved = "ResultSubmitted", solved

    @event("CalledBack")
    def called_back(self, contacted, solved, satisfaction, note):
        self.last = "CalledBack"

    @event("Closed")
    def closed(self, closed_at, on_time, outcome, note):
        self.last = "Closed"

    def after(self, last):
        if self.last != last:
            raise ValueError(f"not possible after {self.last}")


class Street(Application):
    is_snapshotting_enabled = False

    def register(self) -> UUID:
        case = Case(**REGISTERED)
        case.classify("0103", "市政设施·道路积水", "长桥街道龙桥社区第三网格", "catalogue 2026-01 row 0103")
        self.save(case)
        return case.id

    def dispatch(self, case_id):
        case = self.repository.get(case_id)
        case.after("Classified")
        case.dispatched(UNIT, "grid", "2026-11-20T10:30:00+08:00", "2026-11-25T17:30:00+08:00", "首接负责；签收二小时，办结三个工作日")
        self.save(case)

    def acknowledge(self, case_id):
        case = self.repository.get(case_id)
        case.after("Dispatched")
        case.acknowledged(UNIT, "user:handler", "已签收，网格员十分钟内到场")
        self.save(case)

    def submit_result(self, case_id):
        case = self.repository.get(case_id)
        case.after("Acknowledged")
        case.result_submitted(UNIT, True, REPLY)
        self.save(case)

    def call_back(self, case_id):
        case = self.repository.get(case_id)
        case.after("ResultSubmitted")
        case.called_back(True, True, "satisfied", "来电人表示积水已清，对处理结果满意，感谢工作人员")
        case.closed("2026-11-20T16:05:00+08:00", True, "solved", "按时办结，回访满意，归档；如再积水可随时来电重办")
        self.save(case)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database-url", type=urlparse, required=True)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    arguments = parser.parse_args()
    url = arguments.database_url
    street = Street(env={
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.path[1:],
        "POSTGRES_HOST": url.hostname,
        "POSTGRES_PORT": str(url.port),
        "POSTGRES_USER": url.username,
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": "10",
        "POSTGRES_MAX_OVERFLOW": "10",
        "POSTGRES_MAX_WAITING": "100",
    })
    numbers, latencies = iter(range(arguments.cases)), []
    lock = threading.Lock()

    def timed(step, *of):
        asked = time.perf_counter()
        answer = step(*of)
        latencies.append(time.perf_counter() - asked)
        return answer

    failures = []

    def work():
        try:
            while True:
                with lock:
                    if next(numbers, None) is None:
                        return
                case_id = timed(street.register)
                for step in (street.dispatch, street.acknowledge, street.submit_result, street.call_back):
                    timed(step, case_id)
        except Exception as failure:  # one failed command fails the run
            failures.append(failure)

    started = time.perf_counter()
    workers = [threading.Thread(target=work) for _ in range(arguments.in_flight)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    if failures:
        raise failures[0]
    latencies.sort()
    at = lambda share: latencies[min(int(len(latencies) * share), len(latencies) - 1)] * 1000
    print(json.dumps({
        "commands": len(latencies),
        "seconds": seconds,
        "commands_per_s": len(latencies) / seconds,
        "events_per_s": arguments.cases * 7 / seconds,
        "p50_ms": at(0.50),
        "p99_ms": at(0.99),
    }))


if __name__ == "__main__":
    main()
