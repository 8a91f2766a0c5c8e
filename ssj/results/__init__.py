"""What comes back after a draw: findings, registers, corrections, follow-up, publication."""
