#!/usr/bin/env python3
"""The monthly report of a city's open data, computed from its file alone, beside what the product says.

    benches/report.py FILE.csv.gz REPORT.json...

FILE is a table with `external_id, received_at, due_at, closed_at, department, category_2` (Boston 311); each REPORT is
the output of `whistlepost export report --month …` over an import of it (`--map deploy/maps/boston.toml
--as-of-recorded`). Months are those of the limit, else of the arrival, in Chinese time. Standard library only.
Exit 0: every number is the same.
"""
import collections
import csv
import datetime
import gzip
import json
import sys

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def time(text):
    return datetime.datetime.fromisoformat(text) if text else None


def read(path):
    """One row per id: the last one counts, as later rows supplement a case."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def counted(rows):
    """Counts by month, and in each by all, by department and by category."""
    months = collections.defaultdict(collections.Counter)
    for row in rows:
        received, due, closed = time(row["received_at"]), time(row["due_at"]), time(row["closed_at"])
        month = (due or received).astimezone(CHINA).strftime("%Y-%m")
        what = ["cases", "complaints"]
        if closed:
            what.append("closed")
        if due and closed:
            what.append("in_time" if closed <= due else "late")
        elif due:
            what.append("overdue")
        for group in [("", ""), ("units", row["department"]), ("items", row["category_2"])]:
            for name in what:
                months[month][group + (name,)] += 1
    return months


def differences(report, counts):
    """Every number of the report that is another in the file."""
    told = {("", ""): report["counts"]}
    for kind in ["units", "items"]:
        for line in report[kind]:
            told[(kind, line["key"])] = line["counts"]
    for (kind, key), numbers in told.items():
        for name in ["cases", "complaints", "closed", "in_time", "late", "overdue"]:
            ours, theirs = numbers[name], counts[(kind, key, name)]
            if ours != theirs:
                yield f"{report['period']} {kind} {key} {name}: the report has {ours}, the file {theirs}"
    shares = {
        "result": (told[("", "")]["in_time"], ["in_time", "late", "overdue"]),
        "overdue": (told[("", "")]["late"] + told[("", "")]["overdue"], ["in_time", "late", "overdue"]),
    }
    for name, (part, of) in shares.items():
        whole = sum(counts[("", "", each)] for each in of)
        figure = report["figures"].get(name, {"numerator": 0, "denominator": 0, "value": None})
        if (figure["numerator"], figure["denominator"]) != (part, whole):
            yield f"{report['period']} {name}: the report has {figure}, the file {part}/{whole}"
        if whole and figure["value"] != f"{(2 * part * 1000 + whole) // (2 * whole) / 10:.1f}":
            yield f"{report['period']} {name}: the report has {figure['value']}, the file {part}/{whole}"


def main():
    months = counted(read(sys.argv[1]))
    wrong, compared = [], 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        wrong.extend(differences(report, months[report["period"]]))
        compared += 1
        all_of = {name: months[report["period"]][("", "", name)] for name in ["cases", "closed", "in_time", "late", "overdue"]}
        print(report["period"], all_of, {name: report["figures"][name]["value"] for name in ["result", "overdue"]})
    for line in wrong[:50]:
        print(line)
    print(json.dumps({"reports": compared, "different": len(wrong)}))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
