"""The server: the second tower, on the vocabulary and the kernel alone. Nobody imports it; it is reached late."""
