"""What a terminal says, in every dialect, and simulators of terminals. Knows no database."""
