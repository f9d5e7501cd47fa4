"""What an operator sees of a running gateway: figures, how its parts are, and log lines. Never what was captured."""
