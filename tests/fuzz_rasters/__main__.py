"""`python -m tests.fuzz_rasters --count N --seed S`: ends with 1 where anything differs."""

import argparse
import multiprocessing
import sys

from tests.fuzz_rasters.compare import differences

EVERY = 500


def main() -> int:
    """Compare so many rasters."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_rasters", description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first raster; the others follow")
    arguments = parser.parse_args()
    seeds, different = range(arguments.seed, arguments.seed + arguments.count), 0
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for done, lines in enumerate(pool.imap_unordered(differences, seeds, chunksize=10), start=1):
            different += bool(lines)
            print(*lines, sep="\n", end="\n" if lines else "", flush=True)  # noqa: T201 - a command
            if done % EVERY == 0:
                print(f"{done} of {arguments.count} compared, {different} differ", file=sys.stderr, flush=True)  # noqa: T201
    print(f"{arguments.count} rasters from seed {arguments.seed}: {different} differ")  # noqa: T201
    return min(different, 1)


if __name__ == "__main__":
    sys.exit(main())
