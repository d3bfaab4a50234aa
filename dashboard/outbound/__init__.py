"""The only HTTP client for requests that the dashboard sends on behalf of a user.

The client resolves a host name once, checks every address and connects to a checked address, so that the name cannot
change its address between the check and the connection.
"""
