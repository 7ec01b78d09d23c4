"""ZK terminals over port 4370. Only `pyzk.py` here imports the library of that name; the rest is our own."""
