import subprocess
import sys
import unittest


def rota(shifts):
    result = subprocess.run([sys.executable, "-m", "rota"], input=shifts, text=True, capture_output=True)
    return result.returncode, result.stdout


class CommandTests(unittest.TestCase):
    def test_a_covered_day_has_no_gap(self):
        self.assertEqual(rota("ada 00:00 12:00\nlin 12:00 24:00\n"), (0, ""))

    def test_late_lines_of_the_file_count_too(self):
        self.assertEqual(rota("lin 12:00 24:00\nada 00:00 12:00\n"), (0, ""))

    def test_a_short_shift_within_a_long_one_opens_no_gap(self):
        self.assertEqual(rota("ada 00:00 18:00\nlin 09:00 10:00\neve 18:00 24:00\n"), (0, ""))


if __name__ == "__main__":
    unittest.main()
