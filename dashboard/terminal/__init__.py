"""The command line's own run: start it, follow it, print its result, and end with a code that a script can use."""
