"""Our own tables of the city (villages, holidays) and its map."""
