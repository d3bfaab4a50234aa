"""Access tokens for a live k6: requests, answers, renewal."""
