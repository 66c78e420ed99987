"""Measures seeding: against native git, against REST libraries, in memory and at a cold start."""
