"""Files of a link: listed, downloaded, packed, uploaded."""
