"""Keeps terminals read: polls, listens, imports files, and hands every record to ingest."""
