import unittest

from rota.intervals import gaps, merge


class MergeTests(unittest.TestCase):
    def test_joins_what_overlaps_and_what_touches(self):
        self.assertEqual(merge([(0, 10), (5, 20), (20, 30)]), [(0, 30)])

    def test_leaves_what_is_apart(self):
        self.assertEqual(merge([(0, 10), (11, 20)]), [(0, 10), (11, 20)])

    def test_takes_intervals_in_any_order(self):
        self.assertEqual(merge([(11, 20), (0, 10), (5, 12)]), [(0, 20)])

    def test_an_interval_within_another_changes_nothing(self):
        self.assertEqual(merge([(0, 30), (5, 10)]), [(0, 30)])


class GapsTests(unittest.TestCase):
    def test_nothing_is_covered_without_shifts(self):
        self.assertEqual(gaps([], day=(0, 100)), [(0, 100)])

    def test_finds_the_hole_between_two_shifts(self):
        self.assertEqual(gaps([(0, 40), (60, 100)], day=(0, 100)), [(40, 60)])


if __name__ == "__main__":
    unittest.main()
