"""Shop events on their way to bronze: simulator, replay, the door, the lake."""
