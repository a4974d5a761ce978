"""The tile store: rendered images on this machine's disk, shared by all workers, living through restarts."""
