"""Speed as ratios to a peer or a physical limit, on the same rows in the same run."""
