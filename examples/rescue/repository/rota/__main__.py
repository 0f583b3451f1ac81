import sys

from rota.intervals import gaps
from rota.shifts import format_time, parse_shifts


def main():
    found = gaps(parse_shifts(sys.stdin))
    for start, end in found:
        print(f"{format_time(start)}-{format_time(end)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
