"""Access tokens for a live k6: requests, responses, renewal."""
