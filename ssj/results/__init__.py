"""What becomes of the drawn visits: findings and their registers, publication, follow-up, mutual
recognition.
"""
