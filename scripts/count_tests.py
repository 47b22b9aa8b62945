#!/usr/bin/python3
"""Adds up what the suites report: count_tests.py DIRECTORY, which holds one NAME.status per suite.

A status file says "EXIT REPORT": the runner's exit status, and where its TRX or JUnit report should be ("-": the
exit status is all there is, and the suite counts as one test). The last line printed is "N passed, N failed".
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple


class Count(NamedTuple):
    passed: int
    failed: int
    skipped: int
    note: str = ""


def count_trx(root: ElementTree.Element) -> Count:
    counters = next(element for element in root.iter() if element.tag.endswith("Counters"))
    total, passed = int(counters.get("total", 0)), int(counters.get("passed", 0))
    executed = int(counters.get("executed", 0))
    return Count(passed, executed - passed, total - executed)


def count_junit(root: ElementTree.Element) -> Count:
    suites = [root] if root.tag == "testsuite" else list(root.iter("testsuite"))
    total, failed, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (["tests"], ["failures", "errors"], ["skipped"])
    )
    return Count(total - failed - skipped, failed, skipped)


def count(status_file: Path) -> Count:
    status, report = status_file.read_text().split(maxsplit=1)
    succeeded, path = int(status) == 0, Path(report.strip())
    if str(path) == "-":
        return Count(int(succeeded), int(not succeeded), 0, "" if succeeded else f"exit status {status}")
    try:
        counted = (count_trx if path.suffix == ".trx" else count_junit)(ElementTree.parse(path).getroot())
    except (OSError, ElementTree.ParseError, StopIteration) as error:
        return Count(0, 1, 0, f"exit status {status}, no usable report: {error}")
    if counted.passed + counted.failed == 0:
        return counted._replace(failed=1, note=f"exit status {status}, no test ran")
    if not succeeded and counted.failed == 0:
        return counted._replace(failed=1, note=f"exit status {status}, though no test failed")
    return counted


def main() -> int:
    suites = {file.stem: count(file) for file in sorted(Path(sys.argv[1]).glob("*.status"))}
    print()
    for name, counted in suites.items():
        skipped = f", {counted.skipped} skipped" if counted.skipped else ""
        note = f"  ({counted.note})" if counted.note else ""
        print(f"{name:32} {counted.passed} passed, {counted.failed} failed{skipped}{note}")
    passed = sum(counted.passed for counted in suites.values())
    failed = sum(counted.failed for counted in suites.values())
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
