"""Intervals of minutes since midnight, as pairs (start, end); the end is not part of the interval."""

DAY = (0, 24 * 60)


def merge(intervals):
    """Joins intervals that overlap or touch; returns them in order."""
    merged = []
    for start, end in intervals:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def gaps(intervals, day=DAY):
    """Returns the parts of `day` that no interval covers."""
    found, position = [], day[0]
    for start, end in merge(intervals):
        if start > position:
            found.append((position, start))
        position = end
    if position < day[1]:
        found.append((position, day[1]))
    return found
