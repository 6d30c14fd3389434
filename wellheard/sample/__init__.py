"""Sample workspaces: simulated products whose true effects are known."""
