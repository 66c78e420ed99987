"""Deletes what a project owns when its stack is deleted, and restores it when an update of its stack fails."""
