"""Who may use the dashboard: tokens, cookies, identities from a proxy, badge keys, and rate limiting."""
