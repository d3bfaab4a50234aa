"""Reads what a team already has (OpenAPI, GraphQL, Postman, HAR, curl, JMeter, access logs) as endpoints of a test.

Every reader is pure: it gets a document and returns what it found. It opens no file and no connection.
"""
