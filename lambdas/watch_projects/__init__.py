"""Knows which projects exist: keeps package 1 from being taken away under them, and looks for drift."""
