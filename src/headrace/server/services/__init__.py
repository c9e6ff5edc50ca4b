"""What a server does by itself: one loop a file, each with its own thread, started and ended by `serving`."""
