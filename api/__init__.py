"""Shows what is stored: JSON, HR pages, feed. Never talks to a terminal."""
