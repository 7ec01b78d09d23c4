"""Pure rules on frames; store.py and job.py alone touch the database."""
