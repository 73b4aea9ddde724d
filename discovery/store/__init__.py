"""What discovery keeps in MongoDB: syncs, matches, answers."""
