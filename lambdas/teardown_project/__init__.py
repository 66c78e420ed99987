"""Deletes what a project owns when its stack is deleted."""
