"""The proof of the chances, and the back-test: outside what a draw's code hash covers."""
