"""Who used a link: noted, folded, written."""
