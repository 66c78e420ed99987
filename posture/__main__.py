"""``python -m posture``: how safe is what the packages make? Fails on what does not hold without a reason."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from posture import checks, fetched
from posture.plans import PACKAGES, PlanError, resources
from posture.report import exceptions, judge


def main(arguments: list[str]) -> int:
    """Plan all packages, print the figures; 1 if something is unexplained, 2 if nothing is known."""
    parser = argparse.ArgumentParser(prog="python -m posture", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print every row that holds, too")
    verbose = parser.parse_args(arguments).verbose
    try:
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = [item for package in pool.map(resources, PACKAGES) for item in package]
        excepted = exceptions()
    except (PlanError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    commands = list(fetched.commands())
    report = judge([*checks.rows(found), *fetched.rows(commands)], excepted)
    print("\n".join(report.lines(verbose=verbose)))
    idle = [
        f"takes away what it rests on and is not noticed: {row.check}: {row.subject}"
        for row in checks.unnoticed(found)
    ]
    idle += [
        f"a hash that nobody misses: {row.subject}"
        for row in fetched.rows(map(fetched.without_proof, commands))
        if row.met
    ]
    held = sum(row.met for row in report.rows)
    print(
        f"{len(found)} resources of {len(PACKAGES)} packages, {len(commands)} commands that fetch: "
        f"{len(report.rows)} rows, {held} hold, {len(report.explained)} are excepted ({len(excepted)} reasons), "
        f"{len(report.unexplained)} are missing. Of the {held}, {held - len(idle)} were noticed when taken away."
    )
    for problem in (*report.problems, *idle):
        print(problem, file=sys.stderr)
    return int(bool(report.problems or idle))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
