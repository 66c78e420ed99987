"""Hosting: models, endpoint configurations, and endpoints that really answer."""
