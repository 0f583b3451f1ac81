"""Reads shifts, one a line: a name, a start and an end, as in `ada 09:00 17:00`."""


def parse_time(text):
    """Returns the minutes since midnight that `text`, such as `09:30` or `24:00`, stands for."""
    hours, minutes = (int(part) for part in text.split(":"))
    if not (0 <= hours <= 24 and 0 <= minutes < 60 and hours * 60 + minutes <= 24 * 60):
        raise ValueError(f"no time of day: {text}")
    return hours * 60 + minutes


def format_time(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def parse_shifts(lines):
    """Returns the interval of each shift; lines that are empty or begin with `#` are skipped."""
    intervals = []
    for line in lines:
        words = line.split("#")[0].split()
        if words:
            _, start, end = words
            intervals.append((parse_time(start), parse_time(end)))
    return intervals
