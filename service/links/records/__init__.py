"""Records of links: cached, and dropped when they change."""
