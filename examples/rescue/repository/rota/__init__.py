"""Finds the hours of a day that no shift covers."""
