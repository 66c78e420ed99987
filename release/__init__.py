"""Builds a release: the archives that package 1 uploads, and ``release.json``, which names them by content."""
